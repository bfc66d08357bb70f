"""What a cache was made of, so that a change of its inputs is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path


def signature(file: Path) -> tuple[str, int, int]:
    """Changes when the file is written anew: its path, its size in bytes, its time in nanoseconds."""
    stat = file.stat()
    return str(file.resolve()), stat.st_size, stat.st_mtime_ns


def fingerprint(files: Sequence[Path]) -> str:
    """Twelve letters that change when a file joins, leaves or is written anew."""
    return hashlib.sha256(repr([signature(file) for file in files]).encode()).hexdigest()[:12]
