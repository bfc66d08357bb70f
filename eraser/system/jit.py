"""numba, set up so that compiled code is kept between runs even where the package is installed read-only."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from eraser.system.machine import thread_count
from eraser.system.paths import cache_dir

# numba reads this when it is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "compiled"))

import numba
from numba.core.caching import FunctionCache

log = logging.getLogger(__name__)

_F = TypeVar("_F", bound=Callable[..., object])

_STRIPS = 16
"""Fixed, so that results do not depend on the number of threads."""


def compiled(function: _F) -> _F:
    """Compile a loop when it is first called; the interpreter lock is free while it runs."""
    return _compile(function)


def compiled_fast(function: _F) -> _F:
    """The same for sums of floats whose order does not matter: they run on vector instructions."""
    return _compile(function, fastmath=True)


def _compile(function: _F, **flags: bool) -> _F:
    out: Any = numba.njit(nogil=True, **flags)(function)
    try:
        out._cache = _Cache(function)
    except RuntimeError as error:  # no folder can be written to: compile every time
        log.debug("compiled code is not kept: %s", error)
    compiled_function: _F = out
    return compiled_function


class _Cache(FunctionCache):  # type: ignore[misc]  # numba has no types
    """numba's cache on disk, which must never end a run: what is damaged is compiled anew.

    A file that is cut short, empty or of something else, and a full disk, would otherwise be an error at every start.
    """

    def load_overload(self, sig: object, target_context: object) -> object:
        """The code for a signature; None if it is not there, or damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # unpickling damaged data may raise anything
            log.debug("the cache of compiled code is damaged: %s", error)
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: object, data: object) -> None:
        """Keep compiled code, if that is possible."""
        try:
            super().save_overload(sig, data)
        except Exception as error:  # a full disk, and an index that another process is writing
            log.debug("compiled code is not kept: %s", error)


def in_strips(kernel: Callable[..., None], rows: int, *args: object) -> None:
    """Run ``kernel(top, bottom, *args)`` over strips of rows, in parallel.

    Python threads instead of numba's: its parallel loops take ten times as long to compile, and the kernels release
    the interpreter lock anyhow.
    """
    strips = max(1, min(_STRIPS, rows))
    cuts = [rows * i // strips for i in range(strips + 1)]
    jobs = [_threads().submit(kernel, top, bottom, *args) for top, bottom in pairwise(cuts)]
    for job in jobs:
        job.result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_count(), thread_name_prefix="eraser")


def is_cached(module_file: str) -> bool:
    """Whether the loops of a module were compiled on this machine before, so that no wait needs to be announced."""
    module, folder = Path(module_file).resolve(), Path(os.environ["NUMBA_CACHE_DIR"])
    # numba keeps a package's modules in a folder named <package>_<hash>: two modules may share a name.
    indices = folder.glob(f"{module.parent.name}_*/{module.stem}.*.nbi")
    return max((index.stat().st_mtime for index in indices), default=0.0) >= module.stat().st_mtime
