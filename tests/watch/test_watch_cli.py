import configparser
import json
import logging
import plistlib
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest

from eraser.cli import main

README = (Path(__file__).parents[2] / "docs" / "watching.md").read_text(encoding="utf-8")

BOX = """
import numpy as np
from eraser import Person

def load_masker(context):
    def mask(image):
        if image.shape[0] == 31:
            return []
        if image.shape[0] == 33:
            raise RuntimeError("lost its mind")
        hole = np.zeros(image.shape[:2], bool)
        hole[4:12, 4:12] = True
        return [Person.from_mask(hole, 0.9)]
    return mask
"""


@pytest.fixture
def erase_me(tmp_path, monkeypatch, capfd):
    """Run ``erase-me`` with a masker that finds one person, nobody, or fails, by the photo's height."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "box.py").write_text(BOX)
    options = {"MASKER": "box", "PLUGINS": str(tmp_path / "plugins"), "INPAINTER": "telea", "DEVICE": "cpu"}
    for name, value in options.items():
        monkeypatch.setenv(f"ERASER_{name}", value)
    logger, on_term, on_int = logging.getLogger("eraser"), signal.getsignal(15), signal.getsignal(2)
    before = logger.level, list(logger.handlers)

    def erase_me(*args):
        monkeypatch.setattr(sys, "argv", ["erase-me", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return ended.value.code, captured.out, captured.err

    yield erase_me
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_int)


@pytest.fixture
def once(erase_me, inbox, outbox):
    return lambda *options: erase_me("--watch", inbox, "-o", outbox, "--once", "--settle", "0.02", *options)


def test_once_does_what_lies_there_in_the_inbox_tree_and_says_it_with_the_time(once, photo, outbox, files):
    photo("a.jpg")
    photo("sub/b.png")

    code, out, err = once()

    assert code == 0
    assert files(outbox) == ["a.erased.jpg", "sub/b.erased.png"]
    assert out.split() == [str(outbox / "a.erased.jpg"), str(outbox / "sub/b.erased.png")]
    line = next(line for line in err.splitlines() if "a.jpg" in line)
    assert line[:2] == "20"
    assert "took out 1 of 1 people" in line
    assert line.endswith(" s")


def test_json_has_a_line_for_each_photo_and_nothing_else(once, photo):
    photo("a.jpg")
    photo("nobody.jpg", size_wh=(48, 31))

    reports = [json.loads(line) for line in once("--json")[1].splitlines()]

    assert [(report["status"], report["exit_code"]) for report in reports] == [("erased", 0), ("unchanged", 0)]


def test_a_photo_without_people_has_a_copy_only_on_request(once, photo, outbox, files):
    path = photo("nobody.jpg", size_wh=(48, 31))

    once()
    without = files(outbox)
    once("--copy-unchanged")

    assert without == []
    assert (outbox / "nobody.erased.jpg").read_bytes() == path.read_bytes()


def test_after_delete_keeps_whatever_has_no_result(once, photo, inbox, outbox, files):
    photo("a.jpg")
    photo("nobody.jpg", size_wh=(48, 31))
    photo("fails.jpg", size_wh=(48, 33))
    (inbox / "cut.jpg").write_bytes(photo("whole.jpg", seed=5).read_bytes()[:600])

    code, _, err = once("--after", "delete")

    assert code == 1  # different failures
    assert files(inbox) == ["cut.jpg", "fails.jpg", "nobody.jpg"]
    assert [name for name in files(outbox) if name.endswith(".txt")] == ["failed/cut.jpg.txt", "failed/fails.jpg.txt"]
    assert "the original is kept, since there is no result" in err
    assert "lost its mind" in (outbox / "failed/fails.jpg.txt").read_text()


def test_after_move_empties_the_inbox_into_another_tree(once, photo, inbox, tmp_path, files):
    photo("sub/a.jpg")

    once("--after", "move", "--move-to", tmp_path / "done")

    assert (files(inbox), files(tmp_path / "done")) == ([], ["sub/a.jpg"])


def test_a_second_run_does_nothing_and_says_nothing_of_photos(once, photo, outbox, files):
    photo("a.jpg")
    photo("fails.jpg", size_wh=(48, 33))
    first, second = once(), once()

    assert (first[0], second[0]) == (4, 0)
    assert second[1] == ""
    assert ".jpg" not in second[2]


def test_photos_of_one_name_that_come_one_after_the_other_are_both_kept(once, photo, outbox, files):
    photo("a.jpg", seed=1)
    once("--after", "delete")
    photo("a.jpg", seed=2)
    once("--after", "delete")

    assert files(outbox) == ["a.erased-2.jpg", "a.erased.jpg"]


def test_folders_that_overlap_end_with_six(erase_me, inbox):
    code, out, err = erase_me("--watch", inbox, "-o", inbox / "out")

    assert (code, out) == (6, "")
    assert "error: " in err
    assert "choose a folder outside" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--watch", "in"], "it needs -o FOLDER"),
        (["--watch", "in", "-o", "out", "a.jpg"], "and no others"),
        (["--watch", "in", "-o", "out.jpg"], "looks like a file"),
        (["--watch", "in", "-o", "out", "--list"], "a watch erases"),
        (["--watch", "in", "-o", "out", "--poll", "0"], "above 0"),
        (["--watch", "in", "-o", "out", "--settle", "nan"], "above 0"),
        (["--watch", "in", "-o", "out", "--after", "move"], "--move-to DIR"),
        (["--watch", "in", "-o", "out", "--move-to", "done"], "--after move"),
        (["--watch", "in", "-o", "out", "--after", "delete", "--on-conflict", "overwrite"], "all that is left"),
        (["a.jpg", "--once"], "it needs --watch"),
        (["a.jpg", "--poll", "3"], "it needs --watch"),
        ([], "name photos or folders"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(erase_me, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)

    code, out, err = erase_me(*options)

    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "out").exists()


def test_a_mask_in_the_watched_folder_would_be_taken_for_a_photo(erase_me, inbox, photo, outbox):
    mask = photo("mask.png")

    code, _, err = erase_me("--watch", inbox, "-o", outbox, "--mask", mask)

    assert code == 2
    assert "taken for a photo" in err


@pytest.mark.parametrize("place", ["", "plugins"])
def test_what_comes_into_the_watched_folder_is_data_never_a_plugin(erase_me, inbox, outbox, place):
    folder = inbox / place
    folder.mkdir(exist_ok=True)
    (folder / "box.py").write_text("raise SystemExit('I was run')")

    code, _, err = erase_me("--watch", inbox, "-o", outbox, "--once", "--plugins-dir", folder)

    assert code == 2
    assert "what comes into the watched folder would be run" in " ".join(err.replace("│", "").split())


def test_the_services_of_the_readme_run_a_watch(erase_me, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [unit] = re.findall(r"```ini\n(.*?)```", README, re.DOTALL)
    [plist] = re.findall(r"```xml\n(.*?)```", README, re.DOTALL)
    service = configparser.RawConfigParser()
    service.read_string(unit)
    commands = shlex.split(service["Service"]["ExecStart"]), plistlib.loads(plist.encode())["ProgramArguments"]

    for command in commands:
        code, _, err = erase_me(*command[1:])

        assert command[0].endswith("/erase-me")
        assert code == 6, err  # understood; there is only no such folder
