"""What the machine has, cores and memory, and how processes share the cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Read by libraries when they are loaded."""
_allowed: int | None = None


def usable_cores() -> int:
    """Cores that this process may run on, which are fewer than there are in a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_bytes() -> int:
    """Memory that programs could take now without anything being swapped out."""
    import psutil

    return int(psutil.virtual_memory().available)


@contextmanager
def limited_threads(count: int) -> Iterator[None]:
    """Processes started in the block use ``count`` threads; variables that the user has set stay."""
    added = [name for name in _VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(added, str(count)))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def use_threads(count: int) -> None:
    """Let OpenCV and our own loops, which read no variable, use ``count`` threads in this process."""
    global _allowed
    import cv2

    _allowed = count
    cv2.setNumThreads(count)


def thread_count() -> int:
    """Threads for compiled loops and networks: one for each core, or fewer if ``$OMP_NUM_THREADS`` says so."""
    return _allowed or min(usable_cores(), _wanted_threads() or usable_cores())


def _wanted_threads() -> int:
    """What the user has set; 0 if nothing, or no number. A list is for nested loops, of which there are none here."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isascii() and first.isdigit() else 0
