"""File names of any bytes, streams that are not there, users without a home: a run goes on and says what it can."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from eraser.console import write_line
from eraser.system.words import one_line, printable, storable

MAIN = "from eraser.cli import main; main()"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes, and closed streams")


@pytest.fixture
def folder(tmp_path):
    """A folder with two photos; a masker plugin that finds a box in each."""
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(rng.integers(0, 255, (40, 50, 3), np.uint8)).save(tmp_path / "in" / name)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "box.py").write_text(
        "import numpy as np\nfrom eraser import Person\n"
        "def load_masker(context):\n    return lambda image: [Person((5, 5, 15, 20), np.ones((15, 10), bool))]\n"
    )
    return tmp_path


def run(folder, *words, shell="", **options):
    command = [sys.executable, "-c", MAIN, *words, "--masker", "box", "--inpainter", "telea"]
    command += ["--plugins-dir", str(folder / "plugins"), "--on-conflict", "overwrite"]
    if shell:
        command = ["bash", "-c", f'"$@" {shell}', "bash", *command]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120, **options)


@pytest.mark.parametrize("name", [b"caf\xe9.png", b"two\nlines\x1b[31m.png", b"x" * 251 + b".png"])
def test_a_damaged_photo_of_any_name_fails_alone_and_again_with_resume(folder, name):
    (folder / "in" / os.fsdecode(name)).write_bytes((folder / "in" / "a.png").read_bytes()[:300])

    first = run(folder, "in", "-o", "out", "--json")
    again = run(folder, "in", "-o", "out", "--json", "--resume")

    for done in (first, again):
        assert done.returncode == 3
        assert b"Traceback" not in done.stderr
        assert b"\x1b" not in done.stderr
        assert not any(name in line for line in done.stderr.splitlines() if b"\n" in name)
    outcomes = [json.loads(line) for line in first.stdout.splitlines()]
    assert [outcome["status"] for outcome in outcomes].count("erased") == 2
    assert os.fsencode(next(o["input"] for o in outcomes if o["status"] == "failed")) == b"in/" + name


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_stream_that_is_closed_stops_no_photo(folder, closed):
    done = run(folder, "in", "-o", "out", shell=closed)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (folder / "out").glob("*.png")) == ["a.erased.png", "b.erased.png"]


def test_a_list_on_a_stdin_that_is_closed_is_said_in_one_line(folder):
    done = run(folder, "-", shell="<&-")

    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["error: - reads a list of photos from stdin, which is closed"]


def test_a_reader_that_goes_away_stops_no_photo(folder):
    done = run(folder, "in", "-o", "out", shell="| true; exit ${PIPESTATUS[0]}")

    assert done.returncode == 0
    assert len(list((folder / "out").glob("*.erased.png"))) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("\ufeffin/a.png\n".encode(), None),
        ("in/a.png\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a picture"),
        (b"\xff\xd8\xff\xe0 jpeg", "a picture"),
    ],
)
def test_a_list_in_another_form_is_read_or_said_in_one_line(folder, data, said):
    done = run(folder, "-", "-o", "out", input=data)

    assert done.returncode == (0 if said is None else 3), done.stderr
    assert len(done.stderr.splitlines()) == (0 if said is None else 1)
    assert said is None or said in done.stderr.decode()


def test_a_user_without_a_home_gets_a_folder_below_the_temporary_one(folder, tmp_path):
    # A number that no user has, and no HOME: as a container that is run by number.
    code = (
        "import os, pwd; from eraser.system import paths\n"
        "pwd.getpwuid = lambda number: (_ for _ in ()).throw(KeyError(number))\n"
        "os.environ.pop('HOME', None)\n"
        "print(paths.weights_dir()); print(paths.cache_dir())"
    )
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    for name in ("ERASER_WEIGHTS", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        variables.pop(name, None)

    done = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)

    own = tmp_path / f"erase-me-{os.getuid()}"
    assert done.stdout.split() == [str(own / "data" / "weights"), str(own / "cache")]
    assert done.stderr.count("there is no home folder") == 1
    assert own.stat().st_mode & 0o777 == 0o700


def test_control_characters_are_escaped_and_names_of_any_bytes_can_be_stored():
    assert one_line("a\nb\x1b[31m\r\x9b") == r"a\nb\x1b[31m\r\x9b"
    assert printable("a\n\tb\x1b") == "a\n\tb\\x1b"
    assert storable("caf\udce9") == r"caf\udce9"
    assert one_line("caf\udce9 héé") == "caf\udce9 héé"


def test_a_stream_that_was_never_there_takes_every_line():
    write_line(None, "nobody reads this")
