"""A full disk, a process that dies of a photo, a ledger that is in use: the run goes on, and says so."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.batch.ledger import Ledger

COMMAND = [sys.executable, "-c", "from eraser.cli import main; main()"]


def test_a_full_disk_fails_what_does_not_fit_and_leaves_nothing_partial(
    make_photos, erase_me, place, check_all_done_once
):
    small, large = make_photos(8), place / "in" / "large.png"
    image = np.random.default_rng(9).integers(0, 200, (400, 300, 3), dtype=np.uint8)
    image[8:28, 8:24] = (255, 0, 0)
    Image.fromarray(image).save(large)

    limit = 90_000  # bytes a file; the ledger needs half of it
    done = subprocess.run(
        [*COMMAND, "in", "-o", "out"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )

    assert (done.returncode, len(done.stdout.splitlines())) == (3, 8)
    assert "out/large.erased.png: could not be written (File too large)" in done.stderr
    assert "error: 1 of 9 failed: in/large.png" in done.stderr
    assert list(Path("out").rglob("*.tmp")) == []
    assert erase_me("--resume") == (0, ["out/large.erased.png"], "")
    check_all_done_once([*small, large])


def test_a_ledger_without_room_stops_photos_before_they_get_a_name(make_photos, place):
    make_photos(2)
    Ledger.open(place / "out").close()
    size = (place / "out" / ".erase-me.sqlite").stat().st_size

    done = subprocess.run(
        [*COMMAND, "in", "-o", "out"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size // 8, size // 8)),
    )

    assert done.returncode == 8
    assert "the ledger cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(Path("out").rglob("*.png")) == []


def test_a_photo_that_kills_its_worker_fails_and_the_others_are_done(make_photos, erase_me, place):
    make_photos(8)
    [deadly] = make_photos(1, corner=(255, 0, 255), folder="in/deadly")

    code, results, err = erase_me("--workers", "2")

    assert (code, len(results)) == (1, 8)
    assert f"{deadly.relative_to(place)}: the worker process that had it ended (killed by signal 9)" in err
    assert sorted(path.name for path in Path("out").rglob("*.erased*")) == [f"{i:03}.erased.png" for i in range(8)]
    with Ledger.open(place / "out") as ledger:
        assert ledger.entry(deadly).status == "failed"


def test_several_workers_do_what_one_does(make_photos, erase_me, check_all_done_once, place):
    photos = make_photos(12)
    for number in (1, 4):  # the names of their results meet; the order decides
        Image.open(photos[number]).save(photos[number].with_suffix(".webp"), lossless=True)

    code, out, _ = erase_me("--workers", "2", "--json", "--format", "png")

    lines = [json.loads(line) for line in out]
    outputs = {line["input"]: line["output"] for line in lines}
    assert (code, len(lines)) == (0, 14)
    assert {line["masker"]["name"] for line in lines} == {"box"}
    assert outputs["in/001.png"] == "out/001.erased.png"
    assert outputs["in/001.webp"] == "out/001.erased-2.png"


def test_two_runs_over_one_folder_do_every_photo_once(make_photos, place, check_all_done_once):
    photos = make_photos(24)
    runs = [
        subprocess.Popen(
            [*COMMAND, "in", "-o", "out", "--resume", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "SECONDS_A_PHOTO": "0.05"},
        )
        for _ in range(2)
    ]
    outputs = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0]
    assert [err for _, err in outputs] == ["", ""]
    done = [json.loads(line) for out, _ in outputs for line in out.splitlines()]
    assert len([line for line in done if line["status"] == "erased"]) == 24
    check_all_done_once(photos)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_masker_that_cannot_be_loaded_stops_the_run_at_once(make_photos, erase_me, workers):
    make_photos(20)

    code, results, err = erase_me("--masker", "nobody", "--workers", workers)

    assert (code, results) == (4, [])
    assert "19 were not tried, since this would meet them all" in err


def test_ctrl_c_is_heard_by_the_parent_only_even_while_workers_begin(make_photos, place, of_session):
    make_photos(40)
    process = subprocess.Popen(
        [*COMMAND, "in", "-o", "out", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "SECONDS_A_PHOTO": "0.1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where tests run in the background
    )
    deadline = time.monotonic() + 60
    while not any(map(is_worker_that_imports, of_session(process.pid))) and time.monotonic() < deadline:
        time.sleep(0.005)

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it

    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")


def is_worker_that_imports(pid):
    """Whether a process is a worker that has begun to import what it needs."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes() and "numpy" in Path(
            f"/proc/{pid}/maps"
        ).read_text("utf-8", "replace")
    except OSError:
        return False
