"""What a cache was made of, or a figure measured on, so that a change of it is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def signature(file: Path) -> tuple[str, int, int]:
    """Changes when the file is written anew: its path, its size in bytes, its time in nanoseconds."""
    stat = file.stat()
    return str(file.resolve()), stat.st_size, stat.st_mtime_ns


def fingerprint(files: Sequence[Path]) -> str:
    """Twelve letters that change when a file joins, leaves or is written anew."""
    return hashlib.sha256(repr([signature(file) for file in files]).encode()).hexdigest()[:12]


def digest(arrays: Iterable[npt.NDArray[Any]]) -> str:
    """Twelve letters that change with the shape, the type and the content of any of the arrays."""
    sha256 = hashlib.sha256()
    for array in arrays:
        sha256.update(f"{array.shape}{array.dtype}".encode())
        sha256.update(np.ascontiguousarray(array).data)
    return sha256.hexdigest()[:12]
