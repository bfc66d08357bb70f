import base64
import html.parser
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.batch import DONE_BEFORE, Outcome, PersonFound, Review
from eraser.batch.thumbnails import make_thumbnails
from eraser.errors import PhotoReadError, PhotoWriteError
from eraser.geometry import Box
from eraser.system.files import TEMPORARY_SUFFIX
from eraser.system.process_id import this_process

BEFORE = np.full((900, 1200, 3), 90, np.uint8)
AFTER, HOLE = BEFORE.copy(), np.zeros((900, 1200), bool)
AFTER[100:400, 200:800] = 200
HOLE[100:400, 200:800] = True
SOMEBODY = PersonFound(1, Box(200, 100, 800, 400), 0.9, 0.1, chosen=True)


class Page(html.parser.HTMLParser):
    """What is on a page: its tags with their attributes, and its text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def erased(path, **more):
    thumbnails = make_thumbnails(BEFORE, AFTER, HOLE)
    return Outcome(
        path=Path(path),
        status="erased",
        output=Path(f"{path}.out.jpg"),
        people=(SOMEBODY,),
        thumbnails=thumbnails,
        **more,
    )


@pytest.fixture
def write(tmp_path):
    def write(*outcomes):
        target = tmp_path / "out" / "review.html"
        with Review(target) as review:
            for outcome in outcomes:
                review.add(outcome)
        assert [path.name for path in target.parent.iterdir()] == ["review.html"]
        return Page(target)

    return write


def picture(source):
    return Image.open(io.BytesIO(base64.b64decode(source.partition("base64,")[2])))


def test_a_photo_is_shown_before_and_after_with_its_hole_and_a_slider(write):
    page = write(erased("a.jpg"))

    before, after, mask = (picture(image["src"]) for image in page.all("img"))
    assert {image.size for image in (before, after, mask)} == {(640, 480)}
    assert abs(int(np.asarray(before)[100, 200, 0]) - 90) < 4
    assert abs(int(np.asarray(after)[100, 200, 0]) - 200) < 4
    alpha = np.asarray(mask.convert("RGBA"))[..., 3]
    assert alpha[100, 200] > 100
    assert alpha[400, 600] == 0
    assert [field["type"] for field in page.all("input")] == ["range"]


def test_the_page_loads_nothing_and_runs_nothing_but_its_own_script(write):
    page = write(erased("a.jpg"))

    sources = [value for _, attributes in page.tags for name, value in attributes.items() if name == "src"]
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(r"https?:|//", " ".join(link["href"] for link in page.all("a")))
    [policy] = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "name", ['<script>alert("1")</script>.jpg', "a&amp;b'.jpg", os.fsdecode(b"caf\xe9.jpg"), "javascript:x"]
)
def test_file_names_are_text_and_nothing_else(write, name):
    page = write(erased(name))

    assert len(page.all("script")) == 1
    assert name.encode("utf-8", "surrogateescape").decode("utf-8", "replace") in page.words
    assert page.all("a")[0]["href"].startswith("./..")


def test_what_needs_a_look_is_marked(write):
    page = write(
        erased("left.jpg", leftover_people=2),
        Outcome(path=Path("bad.jpg"), status="failed", error=PhotoReadError("bad.jpg: damaged")),
        Outcome(path=Path("empty.jpg"), status="unchanged", people=(), thumbnails=make_thumbnails(BEFORE, None, None)),
    )

    assert [card["data-marks"] for card in page.all("article")] == ["erased leftover", "failed", "unchanged"]
    assert "bad.jpg: damaged" in page.words
    assert len(page.all("img")) == 4  # the empty one only before


def test_photos_of_an_earlier_run_are_shown_from_their_files(write, tmp_path):
    Image.fromarray(BEFORE).save(tmp_path / "a.jpg")
    Image.fromarray(AFTER).save(tmp_path / "a.erased.png")

    page = write(
        Outcome(path=tmp_path / "a.jpg", status="skipped", output=tmp_path / "a.erased.png"),
        Outcome(path=tmp_path / "gone.jpg", status="skipped"),
    )

    assert [image.get("class") for image in page.all("img")] == [None, "after"]
    assert len(page.all("article")) == 2


def test_marks_of_an_earlier_run_stay(write):
    page = write(
        Outcome(path=Path("left.jpg"), status="skipped", why=DONE_BEFORE, output=Path("x.jpg"), leftover_people=1),
        Outcome(path=Path("empty.jpg"), status="skipped", why=DONE_BEFORE),
        Outcome(path=Path("busy.jpg"), status="skipped", why="another process is at it"),
    )

    marks = [card["data-marks"] for card in page.all("article")]
    assert marks == ["skipped leftover", "skipped unchanged", "skipped"]
    assert "another process is at it" in page.words


def test_photos_beyond_pillows_own_limit_are_shown(write, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    Image.fromarray(BEFORE).save(tmp_path / "a.jpg")

    assert len(write(Outcome(path=tmp_path / "a.jpg", status="skipped")).all("img")) == 1


def test_what_a_killed_run_left_of_its_page_is_removed(write, tmp_path):
    mine = this_process()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f".{mine.host}-{mine.pid}-{mine.began + 1000}-{'b' * 12}{TEMPORARY_SUFFIX}").touch()

    write(erased("a.jpg"))  # looks that nothing else is there


def test_a_run_that_is_broken_off_leaves_the_earlier_page(tmp_path):
    target = tmp_path / "review.html"
    target.write_text("earlier")

    def write():
        with Review(target) as review:
            review.add(erased("a.jpg"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()

    assert target.read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_page_that_cannot_be_written_is_found_before_the_first_photo(tmp_path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(PhotoWriteError, match=r"review\.html: cannot be written"),
        Review(tmp_path / "file" / "review.html"),
    ):
        raise AssertionError("must not begin")
