"""numba, set up so that compiled code is kept between runs even where the package is installed read-only."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path

from eraser.paths import cache_dir

# numba reads this when it is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "compiled"))

from numba import njit

__all__ = ["in_strips", "is_cached", "njit"]

_STRIPS = 16
"""Fixed, so that results do not depend on the number of threads."""


def in_strips(kernel: Callable[..., None], rows: int, *args: object) -> None:
    """Run ``kernel(top, bottom, *args)`` over strips of rows, in parallel.

    Threads of ours instead of numba's: its parallel loops take ten times as long to compile, and the kernels release
    the interpreter lock anyhow.
    """
    strips = max(1, min(_STRIPS, rows))
    cuts = [rows * i // strips for i in range(strips + 1)]
    jobs = [_threads().submit(kernel, top, bottom, *args) for top, bottom in pairwise(cuts)]
    for job in jobs:
        job.result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="eraser")


def is_cached(module_file: str) -> bool:
    """Whether the loops of a module were compiled on this machine before, so that no wait is to be announced."""
    stem, folder = Path(module_file).stem, Path(os.environ["NUMBA_CACHE_DIR"])
    newest = max((index.stat().st_mtime for index in folder.glob(f"**/{stem}.*.nbi")), default=0.0)
    return newest >= Path(module_file).stat().st_mtime
