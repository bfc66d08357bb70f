"""How long one photo takes in a new process, against the import of torch, in one run.

    python tests/benchmarks/start.py PHOTO [--before CHECKOUT] [--runs 7]

Commands take turns, so that a busy moment meets all of them; medians and ratios of medians. ``first run`` has an empty
folder of compiled code. Peak memory is that of the process. ``--before`` also measures another checkout.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[2]
MAIN = "from eraser.cli import main; main()"


def run(code: str, arguments: list[str], checkout: Path, **environment: str) -> tuple[float, float]:
    """Seconds and peak megabytes of a Python process."""
    variables = {**os.environ, "PYTHONPATH": str(checkout), "ERASER_OFFLINE": "1", **environment}
    begin = time.perf_counter()
    command = [sys.executable, "-c", code, *arguments]
    process = subprocess.Popen(command, cwd=checkout, env=variables, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    assert status == 0, code
    return seconds, usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    checkouts = {"now": HERE} | ({"before": args.before} if args.before else {})
    with tempfile.TemporaryDirectory() as folder:
        erase = [str(args.photo.resolve()), "-q", "-o", f"{folder}/out.jpg", "--on-conflict", "overwrite"]
        jobs = {"import torch": ("import torch", [], HERE), "import typer": ("import typer", [], HERE)}
        for name, checkout in checkouts.items():
            jobs[f"{name}: erase-me PHOTO"] = (MAIN, erase, checkout)
            jobs[f"{name}: erase-me --help"] = (MAIN, ["--help"], checkout)
        for job in jobs.values():
            run(*job)  # what is compiled and what the system reads from disk
        times: dict[str, list[float]] = {name: [] for name in jobs}
        peaks: dict[str, float] = {}
        for _ in range(args.runs):
            for name, job in jobs.items():
                seconds, peaks[name] = run(*job)
                times[name].append(seconds)
        for name, checkout in checkouts.items():
            name = f"{name}: first run"
            with tempfile.TemporaryDirectory() as cache:
                seconds, peaks[name] = run(MAIN, erase, checkout, NUMBA_CACHE_DIR=cache)
            times[name] = [seconds]
    torch_s, typer_s = (statistics.median(times[f"import {module}"]) for module in ("torch", "typer"))
    print("| what | median s | over import torch | over import typer | peak MB |", "|---|---|---|---|---|", sep="\n")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median:.2f} | {median / torch_s:.2f} | {median / typer_s:.2f} | {peaks[name]:.0f} |")


if __name__ == "__main__":
    main()
