"""numba, set up so that compiled code is kept between runs even where the package is installed read-only."""

from __future__ import annotations

import os
from pathlib import Path

from eraser.paths import cache_dir

# numba reads this when it is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "compiled"))

from numba import njit, prange

__all__ = ["is_cached", "njit", "prange"]


def is_cached(module_file: str) -> bool:
    """Whether the loops of a module were compiled on this machine before, so that no wait is to be announced."""
    stem, folder = Path(module_file).stem, Path(os.environ["NUMBA_CACHE_DIR"])
    newest = max((index.stat().st_mtime for index in folder.glob(f"**/{stem}.*.nbi")), default=0.0)
    return newest >= Path(module_file).stat().st_mtime
