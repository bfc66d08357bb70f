"""What the command says and does about metadata, labels, and reading results back."""

import json

import pytest
from PIL import Image

from eraser.photo import load, xmp

TRAINED, COPIED = (label.rpartition("/")[2] for label in (xmp.TRAINED, xmp.COPIED))


@pytest.fixture
def told(erase_me):
    def told(*args):
        code, out, err = erase_me(*args, "--json")
        assert code == 0, err
        return json.loads(out)

    return told


def label_in(path):
    with Image.open(path) as image:
        return xmp.label_of(image.info.get("xmp"))


def test_a_result_says_that_pixels_of_the_photo_filled_it(told, make_photo):
    make_photo("a.jpg")

    said = told("a.jpg")

    assert said["label"].endswith(f"/{COPIED}")
    assert label_in("a.erased.jpg") == said["label"]


def test_a_network_that_leads_the_fill_is_named_on_the_review_page_too(told, make_photo, home):
    make_photo("a.jpg")

    said = told("a.jpg", "--inpainter", "generator", "--review", "page.html")

    assert said["label"] == label_in("a.erased.jpg") == xmp.TRAINED
    assert f"labelled as {TRAINED}" in (home / "page.html").read_text()


def test_without_the_label_the_xmp_of_the_photo_stays_what_it_was(told, make_photo):
    make_photo("a.jpg")

    said = told("a.jpg", "--no-ai-label")

    assert (said["label"], load("a.erased.jpg").carried.xmp) == (None, None)


def test_where_nothing_was_erased_nothing_is_labelled(told, make_photo):
    make_photo("a.png", people=())

    said = told("a.png", "--format", "jpg", "--copy-unchanged")

    assert (said["status"], said["label"], label_in("a.erased.jpg")) == ("copied", None, None)


def test_a_result_is_read_back(told, make_photo):
    make_photo("a.png")

    found = told("a.png", "--verify")["read_back"]

    assert found == {
        "size": [128, 80], "format": "PNG", "mode": "RGB 8", "same_profile": True, "upright": True, "lossless": True,
        "outside_differ": 0, "largest_difference": 0, "own_blocks": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("option", "owner", "text"), [((), 1, 0), (("--keep-metadata",), 1, 1), (("--strip-metadata",), 0, 0)]
)
def test_metadata_is_what_the_options_say(told, make_photo, option, owner, text):
    exif = Image.Exif()
    exif[0x8298], exif[0x010E] = "belongs to Ada", "Grace waves"
    make_photo("a.jpg", exif=exif)

    told("a.jpg", *option)

    data = (load("a.erased.jpg").on_request.exif) or b""
    assert ((b"Ada" in data), (b"Grace" in data)) == (bool(owner), bool(text))


def test_a_copy_that_is_to_have_no_metadata_is_not_the_photo_itself(told, make_photo):
    exif = Image.Exif()
    exif[0x8298] = "belongs to Ada"
    make_photo("a.jpg", people=(), exif=exif)

    told("a.jpg", "--strip-metadata", "--copy-unchanged")

    assert load("a.erased.jpg").on_request.exif is None


def test_to_keep_and_to_strip_at_once_is_no_request(erase_me, make_photo):
    make_photo("a.jpg")

    code, _, err = erase_me("a.jpg", "--strip-metadata", "--keep-metadata")

    assert code == 2
    assert "contradict" in " ".join(err.split())
