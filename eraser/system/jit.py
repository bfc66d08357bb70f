"""Loops that are compiled to machine code, which is kept between runs and loaded without importing numba.

numba compiles the loops. To import numba and load its own cache took .7 s and 75 MB in every process, so the machine
code is kept in files of ours, and LLVM loads it directly. numba is imported only where something must be compiled.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any

from eraser.system import machine_code
from eraser.system.call_types import CallTypes, call_types, flatten
from eraser.system.machine import thread_count

log = logging.getLogger(__name__)

_STRIPS = 16
"""Fixed, so that results do not depend on the number of threads."""
_Run = Callable[[tuple[object, ...], list[object]], object]
"""Called with the arguments, and with the same flattened."""


def compiled(function: Callable[..., Any]) -> Loop:
    """Compile a loop when it is first called; the interpreter lock is free while it runs."""
    return Loop(function, fast=False)


def compiled_fast(function: Callable[..., Any]) -> Loop:
    """The same for sums of floats whose order does not matter: they run on vector instructions."""
    return Loop(function, fast=True)


class Loop:
    """A function of arrays and numbers, compiled once for each set of argument types.

    Results are written into its arguments. A function that returns something is meant for other loops: from Python it
    works, too, but is compiled anew in every process.
    """

    def __init__(self, function: Callable[..., Any], *, fast: bool) -> None:
        """Take a function; nothing is compiled yet.

        Args:
            function: What numba can compile. It may call other loops.
            fast: Let sums of floats run in any order.
        """
        self.function: Any = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._fast = fast
        self._found: dict[str, _Run] = {}
        self._lock = threading.RLock()

    def __call__(self, *args: object) -> Any:  # noqa: ANN401  whatever the function returns
        """Run the loop.

        Raises:
            RuntimeError: Its code raised an error.
        """
        return self._run_for(args)(args, flatten(args))

    def bind_strips(self, *args: object) -> Callable[[int, int], object]:
        """The loop with all but its first two arguments set, to be called for many strips of rows."""
        run, flat = self._run_for((0, 0, *args)), flatten(args)
        return lambda top, bottom: run((top, bottom, *args), [top, bottom, *flat])

    def fingerprint(self) -> str:
        """All that the machine code is made from: the function, and the numbers and loops of its module that it uses.

        A change elsewhere in the module leaves it as it is.
        """
        code = self.function.__code__
        used = {name: self.function.__globals__[name] for name in code.co_names if name in self.function.__globals__}
        parts = [self._fast, code.co_code.hex(), code.co_varnames, code.co_names, code.co_consts[1:]]
        parts += [f"{name}={_described(value)}" for name, value in used.items()]
        return "\n".join(map(str, parts))

    def dispatcher(self, *, wrapped: bool) -> Any:  # noqa: ANN401  numba has no types
        """The function as an object of numba.

        Args:
            wrapped: Python can call it. Our way of calling needs no wrapper, and compiles none.
        """
        with self._lock:
            name = f"_dispatcher_{wrapped}"
            if name not in vars(self):
                import numba

                options = {} if wrapped else {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
                vars(self)[name] = numba.njit(nogil=True, fastmath=self._fast, **options)(self.function)
            return vars(self)[name]

    @property
    def _numba_type_(self) -> Any:  # noqa: ANN401  numba has no types
        """Asked for by numba when another loop calls this one."""
        import numba

        return numba.typeof(self.dispatcher(wrapped=False))

    def _run_for(self, args: tuple[object, ...]) -> _Run:
        """The loop for arguments like these."""
        types = call_types(args)
        if types is None:
            return self._through_numba
        with self._lock:
            if types.key not in self._found:
                self._found[types.key] = self._find(types, args)
            return self._found[types.key]

    def _find(self, types: CallTypes, args: tuple[object, ...]) -> _Run:
        """The loop for these types: from disk, else compiled."""
        try:
            code = machine_code.read(self.name, self.fingerprint(), types)
            if code is None:
                from eraser.system.compile import compile_loop

                code = compile_loop(self.dispatcher(wrapped=False), types, args)
                machine_code.keep(code, self.name, self.fingerprint(), types)
            return machine_code.load(code, types, self.name)
        except machine_code.UnusableError as error:
            log.debug("%s is called through numba: %s", self.name, error)
            return self._through_numba

    def _through_numba(self, args: tuple[object, ...], flat: list[object]) -> object:
        """For what our way of calling does not cover; compiled anew in every process."""
        del flat
        return self.dispatcher(wrapped=True)(*args)


def _described(value: object) -> str:
    """What a global stands for in machine code."""
    if isinstance(value, Loop):
        return value.fingerprint()
    return value.__name__ if isinstance(value, ModuleType) else repr(value)


def in_strips(kernel: Loop | Callable[..., None], rows: int, *args: object) -> None:
    """Run ``kernel(top, bottom, *args)`` over strips of rows, in parallel.

    Python threads instead of numba's: its parallel loops take ten times as long to compile, and the kernels release
    the interpreter lock anyhow.
    """
    strips = max(1, min(_STRIPS, rows))
    cuts = [rows * i // strips for i in range(strips + 1)]
    run = kernel.bind_strips(*args) if isinstance(kernel, Loop) else lambda top, bottom: kernel(top, bottom, *args)
    jobs = [_threads().submit(run, top, bottom) for top, bottom in pairwise(cuts)]
    for job in jobs:
        job.result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_count(), thread_name_prefix="eraser")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork: the child makes threads of its own
    os.register_at_fork(after_in_child=_threads.cache_clear)


def is_cached(loop: Loop) -> bool:
    """Whether a loop was compiled on this machine before, so that no wait needs to be announced."""
    return machine_code.is_kept(loop.name, loop.fingerprint())
