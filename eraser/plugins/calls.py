"""Plugin code is run here, so that whatever it does ends in one line that names it, and never in stdout."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from eraser.errors import EraserError, Terminated
from eraser.system.memory import memory_error

Args = ParamSpec("Args")
Result = TypeVar("Result")

_LONGEST_REASON = 300
"""Characters of a plugin's own message; some print whole arrays."""
_lock = threading.Lock()
_printing = 0
_stdout: io.TextIOBase | None = None


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long plugin code may take."""

    seconds: float
    late: type[EraserError]
    """Raised when the time is over."""
    who: str
    """Such as ``the masker hats``."""


def call(run: Callable[[], Result], error: type[EraserError], what: str, limit: TimeLimit | None = None) -> Result:
    """Run plugin code; what it prints goes to stderr.

    Args:
        run: The code.
        error: What its failure becomes.
        what: The start of the line, such as ``the masker hats failed``.
        limit: How long it may take.

    Raises:
        EraserError: What the plugin itself reports as an error of ours, and memory that does not suffice.
        error: Anything else that it raises, SystemExit too; the cause is chained.
    """
    try:
        with stdout_to_stderr():
            return run() if limit is None else run_with_timeout(run, limit)
    except EraserError as ours:  # possibly the plugin's own words: one line of them
        ours.args = tuple(_one_line(part) if isinstance(part, str) else part for part in ours.args)
        raise
    except (KeyboardInterrupt, Terminated):
        raise
    except BaseException as raised:  # SystemExit, and what is derived from BaseException to get past except Exception
        if exhausted := memory_error(raised):
            raise exhausted from raised
        raise error(f"{what}: {reason(raised)}") from raised


def run_with_timeout(run: Callable[[], Result], limit: TimeLimit) -> Result:
    """Run something that may hang.

    A thread cannot be stopped from outside: when the time is over the caller goes on without its result, and the
    thread ends with the process.

    Raises:
        EraserError: ``limit.late``; else what ``run`` raises.
    """
    results: list[Result] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            results.append(run())
        except BaseException as error:  # handed on to who waits
            raised.append(error)

    thread = threading.Thread(target=work, name=limit.who, daemon=True)
    thread.start()
    thread.join(limit.seconds)
    if thread.is_alive():
        raise limit.late(f"{limit.who} did not finish within {limit.seconds:g} s, so the run ends")
    if raised:
        raise raised[0]
    return results[0]


class WithTimeout(Generic[Args, Result]):
    """A masker or an inpainter with a time limit for each call; else as the one that it stands for."""

    def __init__(self, inner: Callable[Args, Result], limit: TimeLimit) -> None:
        self._inner, self._limit = inner, limit

    def __call__(self, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        """Call it.

        Raises:
            EraserError: The time is over.
        """
        return run_with_timeout(lambda: self._inner(*args, **kwargs), self._limit)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  what it says about its weights
        return getattr(self._inner, name)


def reason(error: BaseException) -> str:
    """An exception as one line: its type and its message."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "..."


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """What Python code prints goes to stderr, as stdout carries results only. Several may be inside at a time."""
    global _printing, _stdout
    with _lock:
        if _printing == 0:
            _stdout, sys.stdout = sys.stdout, sys.stderr  # type: ignore[assignment]  # whatever stands there
        _printing += 1
    try:
        yield
    finally:
        with _lock:
            _printing -= 1
            if _printing == 0:
                sys.stdout, _stdout = _stdout, None
