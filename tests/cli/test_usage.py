import subprocess
import sys

import pytest
import typer

from eraser import __version__
from eraser.cli import app

CONTRADICTIONS = {
    "who is nobody": (["--who", "me"], "--who"),
    "person zero": (["--who", "0"], "--who"),
    "one coordinate": (["--at", "5"], "--at"),
    "negative pixel": (["--at=-5,3"], "--at"),
    "pixel and number": (["--at", "5,3", "--who", "2"], "--at"),
    "score above one": (["--min-score", "1.5"], "--min-score"),
    "no score": (["--min-score", "nan"], "--min-score"),
    "negative rim": (["--dilate-px", "-1"], "--dilate-px"),
    "quality zero": (["--quality", "0"], "--quality"),
    "unknown device": (["--device", "tpu"], "--device"),
    "unknown format": (["--format", "gif"], "--format"),
    "no mask to invert": (["--invert-mask"], "--invert-mask"),
    "no mask to add": (["--add-mask"], "--add-mask"),
    "mask that is not there": (["--mask", "nowhere.png"], "--mask"),
    "mask and who": (["--mask", "mask.png", "--who", "main"], "--who"),
    "mask and pixel": (["--mask", "mask.png", "--at", "5,3"], "--at"),
    "mask and list": (["--mask", "mask.png", "--list"], "--list"),
    "list and mask": (["--list", "--save-mask"], "--save-mask"),
    "list and copy": (["--list", "--copy-unchanged"], "--copy-unchanged"),
    "list as jpeg": (["--list", "--format", "jpg"], "--format"),
    "list into a jpeg": (["--list", "-o", "b.jpg"], "-o"),
    "format against the name": (["-o", "b.png", "--format", "jpg"], "-o"),
    "unknown suffix": (["-o", "b.gif"], "-o"),
    "several into a file": (["second.jpg", "-o", "b.jpg"], "-o"),
    "a folder into a file": (["folder", "-o", "b.jpg"], "-o"),
    "empty output": (["-o", ""], "-o"),
    "quiet and verbose": (["-q", "-v"], "--quiet"),
    "unknown option": (["--shadow"], "--shadow"),
}


@pytest.mark.parametrize(("options", "named"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_what_makes_no_sense_ends_with_2_before_any_photo_is_opened(erase_me, home, files, options, named):
    (home / "folder").mkdir()
    (home / "mask.png").write_bytes(b"never read")

    code, out, err = erase_me("missing.jpg", *options)

    assert (code, out) == (2, "")
    assert named in err
    assert "missing.jpg" not in err
    assert files() == ["mask.png"]


def test_without_a_photo_there_is_nothing_to_do(erase_me):
    code, out, err = erase_me()

    assert (code, out) == (2, "")
    assert "PHOTO" in err


def test_the_version_needs_no_photo(erase_me):
    assert erase_me("--version") == (0, f"erase-me {__version__}\n", "")


@pytest.mark.parametrize("options", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(options):
    code = (
        "import sys\n"
        "from eraser.cli import main\n"
        f"sys.argv = ['erase-me', *{options!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        "heavy = {'torch', 'ultralytics', 'numpy', 'PIL', 'cv2', 'numba', 'rich', 'httpx'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & sys.modules.keys())))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout
    assert done.stderr == ""


def test_the_help_says_which_options_there_are_and_their_defaults(erase_me):
    code, out, _ = erase_me("--help")

    assert code == 0
    assert out.count("\n  -") >= len(typer.main.get_command(app).params) - 1  # photos are no option
    assert "default: suffix" in out
    assert "grows with the person" in out
