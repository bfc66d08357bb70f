"""How long one photo takes in a new process, against the import of torch, in one run.

    python tests/benchmarks/start.py PHOTO [--before CHECKOUT] [--runs 7] [--first-runs 3]

Commands take turns, so that a busy moment meets all of them; medians and ratios of medians. ``first run`` has an empty
folder of compiled code. CPU seconds count all threads of the process, and mean something on a busy machine, too. Peak
memory is that of the process. ``--before`` also measures another checkout. Modules are compiled to bytecode beforehand,
as an installation does it.
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
from typing import NamedTuple

HERE = Path(__file__).parents[2]
MAIN = "from eraser.cli import main; main()"


class Run(NamedTuple):
    """What a process took."""

    seconds: float
    cpu_s: float
    peak_mb: float


def run(code: str, arguments: list[str], checkout: Path, **environment: str) -> Run:
    """Run Python code in a new process."""
    variables = {**os.environ, "PYTHONPATH": str(checkout), "ERASER_OFFLINE": "1", **environment}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    begin = time.perf_counter()
    command = [sys.executable, "-c", code, *arguments]
    process = subprocess.Popen(command, cwd=checkout, env=variables, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    assert status == 0, code
    peak_mb = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak_mb)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--first-runs", type=int, default=3, help="at most --runs")
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
        runs: dict[str, list[Run]] = {name: [] for name in jobs}
        for turn in range(args.runs):
            for name, job in jobs.items():
                runs[name].append(run(*job))
            if turn < args.first_runs:
                for name, checkout in checkouts.items():
                    with tempfile.TemporaryDirectory() as cache:
                        first = run(MAIN, erase, checkout, NUMBA_CACHE_DIR=cache)
                    runs.setdefault(f"{name}: first run", []).append(first)
    medians = {name: Run(*map(statistics.median, zip(*done, strict=True))) for name, done in runs.items()}
    torch, typer = medians["import torch"], medians["import typer"]
    print("| what | median s | over import torch | over import typer | CPU s | CPU over import torch | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for name, median in medians.items():
        ratios = f"{median.seconds / torch.seconds:.2f} | {median.seconds / typer.seconds:.2f}"
        cpu = f"{median.cpu_s:.2f} | {median.cpu_s / torch.cpu_s:.2f}"
        print(f"| {name} | {median.seconds:.2f} | {ratios} | {cpu} | {median.peak_mb:.0f} |")
    for name in checkouts:
        more_s = medians[f"{name}: first run"].seconds - medians[f"{name}: erase-me PHOTO"].seconds
        print(f"\n{name}: the first run takes {more_s:.1f} s more than later ones")


if __name__ == "__main__":
    main()
