import pytest

from eraser.config import EraseRequest
from eraser.serve.errors import ServeError
from eraser.serve.forms import read_options
from eraser.serve.limits import safe_name
from eraser.serve.replies import result_name


def test_every_option_of_a_request_can_be_sent():
    sent = [("who", "others"), ("at", "1,2"), ("at", "3, 4"), ("add_mask", "on"), ("second_look", "no")]
    sent += [("shadows", "off"), ("dilate_px", "3"), ("feather_px", "0"), ("format", "jpg"), ("quality", "80")]

    asked = read_options(sent)

    assert asked.erase == EraseRequest(
        who="others", at=((1, 2), (3, 4)), add_mask=True, second_look=False, shadows="off", dilate_px=3, feather_px=0
    )
    assert (asked.results.format, asked.results.quality) == ("jpg", 80)
    assert {name for name, _ in sent} | {"keep", "unsure"} >= set(EraseRequest.__dataclass_fields__)


def test_people_to_keep_are_sent_by_name_and_must_be_known(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "faces.json"))

    with pytest.raises(ServeError, match="anna") as refused:
        read_options([("keep", "anna, me"), ("unsure", "go")])

    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.jpg", "a.jpg"),
        ("..", "photo"),
        (None, "photo"),
        ("a\r\nb\x00.jpg", "ab.jpg"),
        ('a";<b>.jpg', "ab.jpg"),
        ("Jörg\u202e.jpg", "Jörg.jpg"),
        ("x" * 300 + ".jpeg", "x" * 160 + ".jpeg"),
        ("ß" * 300, "ß" * 100),
        ("\N{CAMERA}" * 100 + ".png", "\N{CAMERA}" * 40 + ".png"),
        ("\ud800a.jpg", "a.jpg"),
    ],
)
def test_a_name_is_made_safe(sent, kept):
    assert safe_name(sent) == kept


@pytest.mark.parametrize(
    ("name", "suffix", "result"),
    [("a.jpg", ".jpg", "a.erased.jpg"), ("a.b.HEIC", ".jpg", "a.b.erased.jpg"), ("photo", ".png", "photo.erased.png")],
)
def test_a_result_is_named_as_on_the_command_line(name, suffix, result):
    assert result_name(name, suffix) == result
