"""Whatever ends a run, the next one finishes it: every photo once, none lost, none partial."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from eraser.system.files import TEMPORARY_SUFFIX
from eraser.system.process_id import this_process

COMMAND = [sys.executable, "-c", "from eraser.cli import main; main()"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_in_the_middle_of_60_photos_and_resumed(make_photos, kill_when, erase_me, check_all_done_once, workers):
    photos = make_photos(60)
    kill_when(20, "--workers", workers, seconds_a_photo=0.1)
    there = list(Path("out").rglob("*.erased*"))
    for path in there:
        Image.open(path).load()

    code, results, err = erase_me("--resume")

    assert 20 <= len(there) < 60
    assert (code, err) == (0, "")
    assert 60 - len(there) <= len(results) <= 60 - len(there) + int(workers)  # one in the moment of being recorded
    check_all_done_once(photos)
    assert erase_me("--resume") == (0, [], "")


def test_killed_again_and_again_a_run_gets_there(make_photos, kill_when, erase_me, check_all_done_once):
    photos = make_photos(30)
    for results, option in ((5, "--ledger"), (12, "--save-mask")):
        kill_when(results, "--resume", option)
        assert results <= len(list(Path("out").rglob("*.erased*"))) < 30  # it was in the middle

    assert erase_me("--resume")[0] == 0

    for mask in Path("out").rglob("*.mask.png"):  # of the run with other settings
        mask.unlink()
    check_all_done_once(photos)


def test_what_a_killed_process_was_writing_is_removed_and_what_a_living_one_writes_is_not(make_photos, erase_me, place):
    make_photos(2)
    mine = this_process()
    out = place / "out"
    out.mkdir()
    living = out / f".{mine}-{'a' * 12}{TEMPORARY_SUFFIX}"
    dead = out / f".{mine.host}-{mine.pid}-{mine.began + 1000}-{'b' * 12}{TEMPORARY_SUFFIX}"
    foreign = out / f".00000000-1-1-{'c' * 12}{TEMPORARY_SUFFIX}"
    for path in (living, dead, foreign):
        path.write_bytes(b"half")

    erase_me()

    assert [path.exists() for path in (living, dead, foreign)] == [True, False, True]


def test_a_result_named_in_the_moment_of_the_kill_is_taken_for_ours(make_photos, erase_me, place, check_all_done_once):
    photos = make_photos(3)
    erase_me()
    with sqlite3.connect(place / "out" / ".erase-me.sqlite") as connection:  # as if killed before it was recorded
        connection.execute("DELETE FROM photos WHERE CAST(photo AS TEXT) LIKE '%001.png'")
    connection.close()

    assert erase_me("--resume") == (0, ["out/001.erased.png"], "")
    check_all_done_once(photos)


def test_a_result_of_somebody_else_is_never_replaced_by_resuming(make_photos, erase_me, place):
    make_photos(2)
    erase_me()
    (place / "out" / "001.erased.png").write_bytes(b"retouched by hand")
    with (place / "in" / "001.png").open("ab") as photo:
        photo.write(b"changed")

    assert erase_me("--resume") == (0, ["out/001.erased-2.png"], "")
    assert (place / "out" / "001.erased.png").read_bytes() == b"retouched by hand"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(make_photos, place, of_session, number):
    make_photos(60)
    process = subprocess.Popen(
        [*COMMAND, "in", "-o", "out", "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SECONDS_A_PHOTO": "0.1"},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(list(Path("out").rglob("*.erased*"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(of_session(process.pid)) >= 3

    os.kill(process.pid, number)
    process.wait(30)

    while of_session(process.pid) and time.monotonic() < deadline + 60:
        time.sleep(0.02)
    assert of_session(process.pid) == []
    if number != signal.SIGKILL:
        assert process.returncode == 143
        assert list(Path("out").rglob("*.tmp")) == []
