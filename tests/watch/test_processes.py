"""Real processes: what arrives badly, and what ends badly. Every photo once, none lost, none partial."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from eraser.photo import load

COMMAND = [sys.executable, "-c", "from eraser.cli import main; main()", "--watch"]
QUICK = ["--inpainter", "telea", "--device", "cpu", "--settle", "0.1"]
BOX = """
import pathlib, time
import numpy as np
from eraser import Person

def load_masker(context):
    def mask(image):
        pathlib.Path("started").touch()
        time.sleep({seconds})
        while pathlib.Path("wait").exists():
            time.sleep(0.01)
        hole = np.zeros(image.shape[:2], bool)
        hole[4:12, 4:12] = True
        return [Person.from_mask(hole, 0.9)]
    return mask
"""
PATIENT_S = 60

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and links of POSIX")


def until(happened):
    """Wait for something, but not for ever."""
    deadline = time.monotonic() + PATIENT_S
    while not happened():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


@pytest.fixture
def watch(tmp_path, inbox, outbox):
    """Start watches; what they say goes to files. None outlives the test."""
    (tmp_path / "plugins").mkdir()
    processes = []

    def watch(*options, seconds=0):
        masker = f"box{seconds}".replace(".", "_")
        (tmp_path / "plugins" / f"{masker}.py").write_text(BOX.format(seconds=seconds))
        number = len(processes)
        with (tmp_path / f"{number}.out").open("wb") as out, (tmp_path / f"{number}.err").open("wb") as err:
            process = subprocess.Popen(
                [*COMMAND, inbox, "-o", outbox, "--masker", masker, *QUICK, *options],
                stdout=out,
                stderr=err,
                cwd=tmp_path,
                env={**os.environ, "OMP_NUM_THREADS": "1", "ERASER_PLUGINS": str(tmp_path / "plugins")},
            )
        process.said = lambda: (tmp_path / f"{number}.err").read_text()
        process.results = lambda: (tmp_path / f"{number}.out").read_text().split()
        processes.append(process)
        return process

    yield watch
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    return process.wait(timeout=PATIENT_S)


def test_a_slow_writer_is_waited_for(watch, photo, inbox, outbox, files):
    whole = photo("ready.jpg", size_wh=(200, 150)).read_bytes()
    process = watch("-v", "--settle", "0.3")
    until(lambda: (outbox / "ready.erased.jpg").exists())

    half = len(whole) // 2
    with (inbox / "slow.jpg").open("wb") as file:
        file.write(whole[:half])
        file.flush()
        until(lambda: "slow.jpg: not whole yet" in process.said())
        file.write(whole[half:])
    until(lambda: (outbox / "slow.erased.jpg").exists())

    assert end(process) == 0
    assert files(outbox) == ["ready.erased.jpg", "slow.erased.jpg"]
    assert load(outbox / "slow.erased.jpg").size_wh == (200, 150)
    assert "error: " not in process.said()


def test_photos_renamed_and_folders_moved_into_place_are_taken_and_bursts_are_one_job(
    watch, photo, inbox, outbox, files, tmp_path
):
    photo("first.jpg")
    process = watch()
    until(lambda: (outbox / "first.erased.jpg").exists())

    data = (inbox / "first.jpg").read_bytes()
    (inbox / "a.jpg.part").write_bytes(data)
    (inbox / "a.jpg.part").rename(inbox / "a.jpg")
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "b.jpg").write_bytes(data)
    (tmp_path / "album").rename(inbox / "album")
    (inbox / "c.jpg").write_bytes(data)
    for moment in range(500):
        os.utime(inbox / "c.jpg", (moment, moment))
    (inbox / "new" / "deep").mkdir(parents=True)
    (inbox / "new" / "deep" / "d.jpg").write_bytes(data)
    (inbox / "left.jpg.part").write_bytes(data)
    results = ["a.erased.jpg", "album/b.erased.jpg", "c.erased.jpg", "first.erased.jpg", "new/deep/d.erased.jpg"]
    until(lambda: files(outbox) == results)

    assert end(process, signal.SIGINT) == 0
    assert files(outbox) == results
    assert Counter(process.results()) == Counter(str(outbox / name) for name in results)


def test_two_watches_on_one_folder_do_each_photo_once(watch, photo, outbox, files, leftovers):
    names = [photo(f"{number:02}.jpg", seed=number).stem for number in range(16)]

    both = watch("--once", seconds=0.02), watch("--once", seconds=0.02)

    assert [process.wait(timeout=PATIENT_S) for process in both] == [0, 0]
    assert files(outbox) == [f"{name}.erased.jpg" for name in names]
    done = [name for process in both for name in process.results()]
    assert sorted(done) == [str(outbox / f"{name}.erased.jpg") for name in names]
    assert leftovers(outbox) == []


def test_sigterm_lets_the_photo_in_hand_be_finished_and_no_other_be_begun(watch, photo, outbox, files, tmp_path):
    photo("a.jpg")
    photo("b.jpg")
    (tmp_path / "wait").touch()
    process = watch()
    until(lambda: (tmp_path / "started").exists())

    process.send_signal(signal.SIGTERM)
    until(lambda: "ending after the photo in hand" in process.said())
    (tmp_path / "wait").unlink()

    assert process.wait(timeout=PATIENT_S) == 0
    assert files(outbox) == ["a.erased.jpg"]


def test_a_second_ctrl_c_ends_at_once_and_leaves_nothing_half_done(watch, photo, outbox, files, tmp_path, leftovers):
    photo("a.jpg")
    (tmp_path / "wait").touch()
    process = watch()
    until(lambda: (tmp_path / "started").exists())

    process.send_signal(signal.SIGINT)
    until(lambda: "again to end at once" in process.said())

    assert end(process, signal.SIGINT) == 130
    assert files(outbox) == []
    assert leftovers(outbox) == []


def test_killed_and_started_again_it_does_each_photo_once(watch, photo, inbox, outbox, files, leftovers):
    names = [photo(f"{number:02}.jpg", seed=number).stem for number in range(24)]
    for count in (4, 12):
        process = watch("--after", "delete", seconds=0.03)
        until(lambda count=count: len(files(outbox)) >= count)
        process.kill()
        process.wait()

    last = watch("--after", "delete", "--once")

    assert last.wait(timeout=PATIENT_S) == 0
    assert files(outbox) == [f"{name}.erased.jpg" for name in names]
    assert all(load(outbox / name).size_wh == (48, 32) for name in files(outbox))
    assert files(inbox) == []
    assert leftovers(outbox) == []


def test_a_folder_that_vanishes_is_waited_for_and_watched_again(watch, photo, inbox, outbox, tmp_path, files):
    photo("a.jpg")
    process = watch("--poll", "0.2")
    until(lambda: (outbox / "a.erased.jpg").exists())

    inbox.rename(tmp_path / "away")
    until(lambda: "the watched folder is gone" in process.said())
    photo("b.jpg", seed=1).rename(tmp_path / "away" / "b.jpg")
    inbox.rmdir()
    (tmp_path / "away").rename(inbox)
    until(lambda: (outbox / "b.erased.jpg").exists())

    assert end(process) == 0
    assert files(outbox) == ["a.erased.jpg", "b.erased.jpg"]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux changes the limits of another process")
def test_on_a_full_disk_it_waits_and_goes_on_when_there_is_room(watch, photo, outbox, files, tmp_path, leftovers):
    photo("a.jpg")
    process = watch()
    until(lambda: "a.jpg: took out" in process.said())
    limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)

    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (2500, limits[1]))
    photo("b.jpg", seed=1)
    until(lambda: "the disk is full: waiting" in process.said())
    until(lambda: leftovers(outbox) == [])
    meanwhile = files(outbox)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
    until(lambda: "b.jpg: took out" in process.said())

    assert end(process) == 0
    assert meanwhile == ["a.erased.jpg"]
    assert files(outbox) == ["a.erased.jpg", "b.erased.jpg"]
    assert process.said().count("the disk is full") == 1
    assert "it works again: going on" in process.said()
