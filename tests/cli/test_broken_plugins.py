"""Plugins that are broken on purpose, in tests/plugins/, through the real command line."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

BROKEN = Path(__file__).parents[1] / "plugins"
SAID = {
    "broken_import": r"could not be imported: .*broken_import\.py: ModuleNotFoundError: No module named",
    "syntax_error": r"could not be imported: .*syntax_error\.py: SyntaxError: ",
    "exits": r"could not be imported: .*exits\.py: SystemExit: no GPU, giving up",
    "no_factory": r"could not be imported: .*no_factory\.py: ImportError: it does not define load_masker\(context\)",
    "from_the_future": r"needs version 1000 of the plugin interface, .*: update erase-me",
    "required_option": r"is broken: .*required_option\.py: TypeError: its option colour has no default",
    "factory_raises": r"could not be built: .*factory_raises\.py: RuntimeError: no graphics card is there .*\.\.\.",
    "returns_none": r"is broken: .*returns_none\.py must return something that is called with a photo, got nothing",
    "takes_nothing": r"could not be built: .*takes_nothing\.py: TypeError: load_masker\(\) takes 0 positional",
    "hangs_early": r"did not finish within 0\.3 s",
    "hangs": r"did not finish within 0\.3 s",
    "raises": r"failed: IndexError: index 7 is out of bounds",
    "exits_later": r"failed: SystemExit: 0",
    "recurses": r"failed: RecursionError",
    "writes_photo": r"failed: ValueError: .*read-only",
    "mask_too_small": r"returned a mask of 64 x 40 pixels for a photo of 128 x 80 pixels",
    "mask_of_bytes": r"failed: a person's mask must be an \(H, W\) bool array",
    "nan_score": r"failed: a person's score must lie in \[0, 1\], got nan",
    "off_photo": r"returned the box \(-5, 0, 5, 10\) off a photo of 128 x 80 pixels",
    "returns_array": r"must return a list of eraser\.Person, got ndarray",
    "yields": r"must return a list of eraser\.Person, got generator",
    "list_of_masks": r"must return a list of eraser\.Person, got a list with ndarray in it",
    "yolo": r"two maskers are called yolo: eraser\.maskers\.yolo:load_masker and .*yolo\.py; rename or remove one",
}
INPAINTERS = {
    "fills_wrongly": r"must return a uint8 image of shape \(\d+, \d+, 3\), got uint8 ",
    "copies_from_afar": r"returned offsets that",
    "no_fill": r"must return an eraser\.Fill, got ndarray",
}


@pytest.mark.parametrize("name", SAID)
def test_a_broken_masker_ends_in_one_line_that_names_it_and_leaves_the_photo_alone(erase_me, make_photo, files, name):
    photo = make_photo("a.jpg")
    before = photo.read_bytes()

    seconds = "0.3" if name.startswith("hangs") else "60"
    code, out, err = erase_me("a.jpg", "--plugins-dir", BROKEN, "--masker", name, "--masker-timeout", seconds)

    assert (code, out, err.count("\n")) == (4, "", 1), err
    assert re.search(SAID[name], err), err
    assert name in err
    assert photo.read_bytes() == before
    assert files() == ["a.jpg"]


@pytest.mark.parametrize("name", INPAINTERS)
def test_a_broken_inpainter_ends_in_one_line_that_names_it(erase_me, make_photo, files, name):
    make_photo("a.jpg")

    code, out, err = erase_me("a.jpg", "--masker", "red", "--plugins-dir", everything(make_photo), "--inpainter", name)

    assert (code, out) == (4, ""), err
    assert re.search(f"the inpainter {name} {INPAINTERS[name]}", err.splitlines()[-1]), err
    assert files() == ["a.jpg"]


def everything(make_photo):
    """A folder of plugins with all broken ones, and one masker that works."""
    folder = make_photo("a.jpg").parents[1] / "plugins"
    for file in BROKEN.glob("*.py"):
        shutil.copy(file, folder)
    return folder


def test_broken_plugins_beside_it_do_not_stop_another_masker(erase_me, make_photo):
    folder = everything(make_photo)

    code, out, err = erase_me("a.jpg", "--masker", "red", "--plugins-dir", folder)

    assert (code, out, err) == (0, "a.erased.jpg\n", "")


def test_what_a_masker_prints_goes_to_stderr_and_results_to_stdout(erase_me, make_photo):
    make_photo("a.jpg")

    code, out, err = erase_me("a.jpg", "--masker", "prints", "--plugins-dir", BROKEN)

    assert (code, out) == (0, "a.erased.jpg\n")
    assert err.splitlines() == ["prints: imported", "prints: built", "prints: called"]


def test_a_masker_that_ends_the_program_on_one_photo_does_not_stop_the_others(erase_me, make_photo, plugin):
    plugin(
        "moody",
        "import sys\ndef load_masker(context):\n    return lambda image: sys.exit(3) if (image > 200).any() else []\n",
    )
    make_photo("a.png")
    make_photo("b.png", people=())

    code, _, err = erase_me("a.png", "b.png", "--masker", "moody")

    assert code == 4
    assert "error: a.png: the masker moody failed: SystemExit: 3" in err
    assert "b.png: nobody found" in err


def test_the_process_ends_although_the_masker_is_still_at_it(home, make_photo):
    make_photo("a.jpg")
    make_photo("b.jpg")
    command = [sys.executable, "-c", "from eraser.cli import main; main()", "a.jpg", "b.jpg", "--masker", "hangs"]

    begin = time.monotonic()
    done = subprocess.run(
        [*command, "--masker-timeout", "0.5", "--plugins-dir", BROKEN],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 4
    assert "error: a.jpg: the masker hangs did not finish within 0.5 s, so the run ends" in done.stderr
    assert "b.jpg: the masker" not in done.stderr
    assert time.monotonic() - begin < 100
