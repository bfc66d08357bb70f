"""Run hostile files through the command line: ``python tests/hostile/corpus.py`` (``make corpus``).

As a folder with one process and with two, and thirty of them singly. Nothing may crash, hang, or write for a failure.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

from tests.hostile import files

SINGLE_LIMIT_S = 20.0
_FOLDER_LIMIT_S = 300.0
_MASKER = """
import numpy as np
from eraser import Person


def load_masker(context):
    def corner(image):
        mask = np.zeros(image.shape[:2], bool)
        mask[: max(1, mask.shape[0] // 3), : max(1, mask.shape[1] // 3)] = True
        return [] if mask.all() else [Person.from_mask(mask, 0.9)]
    return corner
"""


@dataclass
class Report:
    """What a corpus did."""

    photos: int = 0
    statuses: collections.Counter[str] = field(default_factory=collections.Counter)
    problems: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


def run_corpus(work: Path, *, share: int = 1, singles: int = 30, workers: tuple[int, ...] = (1, 2)) -> Report:
    """Place every ``share``-th file in a folder and run it."""
    report, plugins, inbox = Report(), work / "plugins", work / "in"
    plugins.mkdir()
    (plugins / "corner.py").write_text(_MASKER)
    report.photos = files.place(inbox, share)
    before = _hashes(inbox)
    for count in workers:
        out = work / f"out-{count}"
        args = [os.fspath(inbox), "-o", f"{out}/", "--workers", str(count)]
        _check(_run(args, plugins, _FOLDER_LIMIT_S), out, report, f"{count} workers")
    paths = sorted(path for path in before if path.is_file())
    for number, path in enumerate(paths[:: max(1, len(paths) // singles)][:singles]):
        out = work / f"single-{number}"
        begin = time.monotonic()
        _check(_run([os.fspath(path), "-o", f"{out}/"], plugins, SINGLE_LIMIT_S), out, report, repr(path.name))
        report.slowest_s = max(report.slowest_s, time.monotonic() - begin)
    if _hashes(inbox) != before:
        report.problems.append("an input has changed")
    return report


def _run(args: list[str], plugins: Path, limit_s: float) -> subprocess.CompletedProcess[bytes] | None:
    command = [sys.executable, "-c", "from eraser.cli import main; main()", *args, "--json", "--masker", "corner"]
    command += ["--inpainter", "telea", "--device", "cpu", "--verify", "--plugins-dir", os.fspath(plugins)]
    environment = {**os.environ, "ERASER_OFFLINE": "1"}
    try:
        return subprocess.run(command, capture_output=True, timeout=limit_s, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return None


def _check(done: subprocess.CompletedProcess[bytes] | None, out: Path, report: Report, name: str) -> None:
    if done is None:
        report.problems.append(f"{name}: still running after its limit")
        return
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (0, 1, 3) or "Traceback" in said or "unexpected error" in said or ": unexpected " in said:
        report.problems.append(f"{name}: exit {done.returncode}: {said[-500:]}")
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    report.statuses.update(outcome["status"] for outcome in outcomes)
    written = {
        os.fspath(path) for path in out.rglob("*") if path.is_file() and not path.name.startswith(".erase-me.sq")
    }
    named = {outcome["output"] for outcome in outcomes if outcome["output"]}
    if written != named:
        report.problems.append(f"{name}: written but not named, or the reverse: {sorted(written ^ named)[:3]}")
    for outcome in outcomes:
        if outcome["status"] == "failed" and (outcome["output"] or not outcome["error"]):
            report.problems.append(f"{name}: a failure without reason, or with a result: {outcome['input']!r}")
        if outcome["error"] and "\n" in outcome["error"].replace(outcome["input"], ""):
            report.problems.append(f"{name}: an error of several lines: {outcome['error']!r}")


def _hashes(folder: Path) -> dict[Path, str]:
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none" for path in folder.iterdir()
    }


def main() -> None:
    """Run all of it, and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=int, default=1, help="take every n-th file")
    parser.add_argument("--singles", type=int, default=30)
    asked = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="erase-me-corpus-"))
    begin = time.monotonic()
    try:
        report = run_corpus(work, share=asked.share, singles=asked.singles)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    counts = ", ".join(f"{count} {status}" for status, count in report.statuses.most_common())
    print(f"{report.photos} files, {time.monotonic() - begin:.0f} s, slowest single {report.slowest_s:.1f} s: {counts}")
    print("\n".join(itertools.islice(report.problems, 40)) or "no problem")
    sys.exit(bool(report.problems))


if __name__ == "__main__":
    main()
