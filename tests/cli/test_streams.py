"""What a process does that cannot be seen from inside it: terminals, closed pipes, signals."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FULL = Path("/dev/full")
COMMAND = [sys.executable, "-c", "from eraser.cli import main; main()"]
SLOW = """
import pathlib, time

def load_masker(context):
    def mask(image):
        pathlib.Path("started").touch()
        time.sleep(60)
        return []
    return mask
"""


def read_all(descriptor):
    """What was written to a pseudo-terminal whose other end is closed."""
    written = b""
    while select.select([descriptor], [], [], 0)[0]:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # Linux's way to say that the other end is gone
            break
        if not chunk:
            break
        written += chunk
    return written.decode()


@pytest.mark.parametrize("options", [[], ["-q"]])
def test_on_a_terminal_progress_goes_to_stderr_and_only_paths_to_stdout(make_photo, options):
    make_photo("a.jpg")
    make_photo("b[1].jpg")
    ours, theirs = pty.openpty()

    done = subprocess.run(
        [*COMMAND, "a.jpg", "b[1].jpg", *options],
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "160"},
    )
    os.close(theirs)
    seen = read_all(ours)
    os.close(ours)

    assert (done.returncode, done.stdout) == (0, b"a.erased.jpg\nb[1].erased.jpg\n")
    if options:
        assert seen == ""
    else:
        assert "a.jpg: took out 1 of 1 people" in seen
        assert "b[1].jpg: took out 1 of 1 people" in seen
        assert "0/2" in seen


def test_a_reader_who_leaves_stops_neither_the_work_nor_ends_in_a_traceback(make_photo, files):
    for name in "abc":
        make_photo(f"{name}.jpg")
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run([*COMMAND, "a.jpg", "b.jpg", "c.jpg"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")
    assert [name for name in files() if "erased" in name] == ["a.erased.jpg", "b.erased.jpg", "c.erased.jpg"]


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("names", [["a.jpg"], ["a.jpg", "b.jpg"]])
def test_a_full_disk_behind_stdout_stops_no_photo_and_ends_with_1(make_photo, files, names, options):
    for name in names:
        make_photo(name)

    with FULL.open("w") as full:
        done = subprocess.run([*COMMAND, *names, *options], stdout=full, stderr=subprocess.PIPE, check=False)

    assert done.returncode == 1
    assert done.stderr == b"error: stdout: No space left on device: lines are missing there\n"
    assert [name for name in files() if "erased" in name] == [name.replace(".", ".erased.") for name in names]


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "command",
    [["cli", "--help"], ["toolbox", "maskers", "list"], ["toolbox", "weights", "list"]],
    ids=["help", "maskers", "weights"],
)
def test_a_full_disk_behind_other_answers_is_one_line(home, command):
    code = f"from eraser.{command[0]} import main; main()"

    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, *command[1:]], stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.returncode == 1
    assert done.stderr.startswith(b"error: stdout: No space left on device")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_a_file_name_that_is_no_text_is_printed_as_the_bytes_it_is(make_photo, home):
    make_photo("a.jpg")
    (home / "a.jpg").rename(os.fsdecode(os.fsencode(home) + b"/caf\xe9.jpg"))

    done = subprocess.run([*COMMAND, b"caf\xe9.jpg"], capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (0, b"caf\xe9.erased.jpg\n")


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_run_quietly(make_photo, plugin, home, files, number, expected):
    plugin("slow", SLOW)
    make_photo("a.jpg")
    process = subprocess.Popen([*COMMAND, "a.jpg", "--masker", "slow"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not (home / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.02)

    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (expected, b"", b"")
    assert files() == ["a.jpg", "started"]
