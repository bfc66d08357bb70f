import sys

import pytest
from PIL import Image


def masker_that(statement, when_called=True):
    """Code of a masker that misbehaves when it is called, or already when it is built."""
    if when_called:
        return f"def load_masker(context):\n    def mask(image):\n        {statement}\n    return mask\n"
    return f"def load_masker(context):\n    {statement}\n"


def test_one_bad_photo_does_not_stop_the_others_and_is_named_at_the_end(erase_me, make_photo, home, files):
    make_photo("a.jpg")
    (home / "b.jpg").write_bytes(b"no photo at all")
    make_photo("c.jpg")

    code, out, err = erase_me("a.jpg", "b.jpg", "c.jpg")

    lines = err.splitlines()
    assert (code, out.splitlines()) == (3, ["a.erased.jpg", "c.erased.jpg"])
    assert len(lines) == 2
    assert lines[0].startswith("error: b.jpg: ")
    assert lines[1] == "error: 1 of 3 failed: b.jpg"


def test_different_failures_end_with_1(erase_me, make_photo, plugin):
    plugin("odd", masker_that("return 5"))
    make_photo("a.jpg")

    code, _, err = erase_me("a.jpg", "missing.jpg", "--masker", "odd")

    assert code == 1
    assert "error: a.jpg: the masker odd must return" in err
    assert "error: missing.jpg: there is no such file" in err


def test_many_failures_are_counted_not_all_named(erase_me):
    code, _, err = erase_me("-q", *(f"{number}.jpg" for number in range(14)))

    assert code == 3
    assert err.splitlines()[-1].startswith("error: 14 of 14 failed: 0.jpg, 1.jpg, ")
    assert err.splitlines()[-1].endswith(" and 4 more")


@pytest.mark.parametrize("options", [("--who", "3"), ("--at", "2,2"), ("--who", "3", "--list")])
def test_a_person_who_is_not_there_is_an_error_of_that_photo(erase_me, make_photo, files, options):
    make_photo("a.jpg")

    code, out, err = erase_me("a.jpg", *options)

    assert (code, out) == (1, "")
    assert err.startswith("error: a.jpg: ")
    assert "see --list" in err
    assert files() == ["a.jpg"]


def test_a_folder_without_photos_is_an_error(erase_me, make_photo, home):
    (home / "empty").mkdir()
    make_photo("done/a.erased.jpg")

    assert erase_me("empty") == (3, "", "error: empty: there are no photos in this folder\n")
    assert "results of erase-me (1) are left out" in erase_me("done")[2]


@pytest.mark.parametrize("size", [(64, 64), (80, 128)])
def test_a_mask_of_another_size_is_an_error_of_that_photo(erase_me, make_photo, home, size, files):
    make_photo("a.jpg")
    Image.new("L", size, 255).save(home / "hole.png")

    code, _, err = erase_me("a.jpg", "--mask", "hole.png")

    assert (code, err.count("\n")) == (3, 1)
    assert "128 x 80" in err
    assert files() == ["a.jpg", "hole.png"]


def test_what_would_meet_every_photo_stops_at_once(erase_me, make_photo, plugin):
    plugin("broken", masker_that("raise RuntimeError('no luck')", when_called=False))
    for name in "abc":
        make_photo(f"{name}.jpg")

    code, out, err = erase_me("a.jpg", "b.jpg", "c.jpg", "--masker", "broken")

    assert (code, out) == (4, "")
    assert err.count("no luck") == 1
    assert "2 were not tried" in err


@pytest.mark.parametrize(("option", "name", "expected"), [("--masker", "rde", 4), ("--inpainter", "patchs", 4)])
def test_an_unknown_name_ends_in_one_line(erase_me, make_photo, option, name, expected):
    make_photo("a.jpg")

    code, _, err = erase_me("a.jpg", option, name)

    assert (code, err.count("\n")) == (expected, 1)
    assert name in err


@pytest.mark.parametrize(
    ("statement", "expected", "said"),
    [
        ("raise MemoryError", 7, "memory"),
        ("raise RuntimeError('DefaultCPUAllocator: not enough memory')", 7, "memory"),
        ("import cv2, numpy; error = cv2.error('x'); error.code = -4; raise error", 7, "memory"),
        ("return 5", 4, "must return a list"),
        ("return {}[1]", 4, "KeyError"),
    ],
)
def test_whatever_a_network_raises_is_one_line_with_its_code(erase_me, make_photo, plugin, statement, expected, said):
    plugin("odd", masker_that(statement))
    make_photo("a.jpg")

    code, out, err = erase_me("a.jpg", "--masker", "odd")

    assert (code, out, err.count("\n")) == (expected, "", 1)
    assert err.startswith("error: ")
    assert said in err


def test_verbose_shows_where_an_error_came_from(erase_me, make_photo, plugin):
    plugin("odd", masker_that("return {}[1]"))
    make_photo("a.jpg")

    _, _, err = erase_me("a.jpg", "--masker", "odd", "-v")

    assert "Traceback" in err
    assert "odd.py" in err


def test_an_interruption_ends_with_130_and_leaves_nothing(erase_me, make_photo, files, monkeypatch):
    def interrupted(self, file, **options):
        file.write(b"half a pic")
        raise KeyboardInterrupt

    make_photo("a.jpg")
    monkeypatch.setattr(Image.Image, "save", interrupted)

    code, out, err = erase_me("a.jpg")

    assert (code, out, err) == (130, "", "")
    assert files() == ["a.jpg"]


def test_a_mask_that_cannot_be_written_does_not_hide_the_result(erase_me, make_photo, home):
    make_photo("a.jpg")
    (home / "a.mask.png").mkdir()

    code, out, err = erase_me("a.jpg", "--save-mask", "--on-conflict", "overwrite")

    assert (code, out) == (3, "a.erased.jpg\n")
    assert "a.mask.png" in err


def test_missing_system_libraries_are_named_with_the_remedy(erase_me, make_photo, monkeypatch):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "cv2":
                raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    make_photo("a.jpg")
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])

    code, out, err = erase_me("a.jpg")

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "libGL.so.1" in err
    assert "apt-get install libgl1 libglib2.0-0" in err
