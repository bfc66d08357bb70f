"""Real processes on many tiny photos, ended in every way there is."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.batch.ledger import Ledger
from eraser.cli import main

COMMAND = [sys.executable, "-c", "from eraser.cli import main; main()"]
FINDS_A_BOX = """
import os, time

import numpy as np

from eraser import Box, Person


def load_masker(context):
    def find(image):
        time.sleep(float(os.environ.get("SECONDS_A_PHOTO", "0")))
        if (image[0, 0] == (255, 0, 255)).all():  # a photo that brings its process down
            os.kill(os.getpid(), 9)
        if not (image[8:28, 8:24] == (255, 0, 0)).all():  # nobody, or nobody left
            return []
        return [Person(box=Box(8, 8, 24, 28), mask=np.ones((20, 16), bool))]
    return find
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, and a masker that takes its time."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "box.py").write_text(FINDS_A_BOX)
    for name, value in {"MASKER": "box", "PLUGINS": str(plugins), "INPAINTER": "telea", "DEVICE": "cpu"}.items():
        monkeypatch.setenv(f"ERASER_{name}", value)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def make_photos(place):
    """Write photos of 48 x 40 pixels, no two alike; the colour of the first pixel may be given."""

    def make_photos(count, corner=(0, 0, 0), folder="in", size_wh=(48, 40)):
        (place / folder / "deep").mkdir(parents=True, exist_ok=True)
        paths = []
        for number in range(count):
            image = np.random.default_rng(number).integers(0, 200, (size_wh[1], size_wh[0], 3), dtype=np.uint8)
            image[0, 0], image[8:28, 8:24] = corner, (255, 0, 0)
            below = "deep" if number % 3 == 0 else ""
            paths.append(place / folder / below / f"{number:03}.png")
            Image.fromarray(image).save(paths[-1])
        return paths

    return make_photos


@pytest.fixture
def erase_me(place, monkeypatch, capfd):
    """Run ``erase-me in -o out`` to its end, in this process; returns exit code, lines of stdout, stderr."""
    logger, on_term = logging.getLogger("eraser"), signal.getsignal(signal.SIGTERM)
    level, handlers = logger.level, list(logger.handlers)

    def erase_me(*options):
        monkeypatch.setattr(sys, "argv", ["erase-me", "in", "-o", "out", *options])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return ended.value.code, captured.out.splitlines(), captured.err

    yield erase_me
    logger.setLevel(level)
    logger.handlers[:] = handlers
    signal.signal(signal.SIGTERM, on_term)


@pytest.fixture
def of_session():
    """Processes of a session that run still."""

    if not Path("/proc/self/stat").exists():
        pytest.skip("only Linux shows processes as files")

    def of_session(session):
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(stat.parent.name)
        return found

    return of_session


@pytest.fixture
def kill_when(place, of_session):
    """Start ``erase-me in -o out`` and kill it, once so many results are there; its workers end before this returns."""

    def kill_when(results, *options, seconds_a_photo=0.05):
        process = subprocess.Popen(
            [*COMMAND, "in", "-o", "out", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "SECONDS_A_PHOTO": str(seconds_a_photo)},
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while len(list((place / "out").rglob("*.erased*"))) < results and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
        while of_session(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)

    return kill_when


@pytest.fixture
def check_all_done_once(place):
    """Every photo has one result, whole, of its size, where its person is gone; and nothing else is there."""

    def check_all_done_once(photos):
        results = {path.relative_to(place / "out") for path in (place / "out").rglob("*") if path.is_file()}
        below = [photo.relative_to(place / "in") for photo in photos]
        expected = {path.with_name(f"{path.stem}.erased{path.suffix}") for path in below}
        with Ledger.open(place / "out") as ledger:
            entries = {entry.photo: entry.status for entry in ledger.entries()}

        assert sorted(results - {ledger.path.relative_to(ledger.folder)}) == sorted(expected)
        assert entries == dict.fromkeys(photos, "erased")
        for photo, name in zip(photos, below, strict=True):
            before = np.asarray(Image.open(photo))
            after = np.asarray(Image.open(place / "out" / name.parent / f"{name.stem}.erased.png"))
            assert after.shape == before.shape
            assert not np.array_equal(after[8:28, 8:24], before[8:28, 8:24])

    return check_all_done_once
