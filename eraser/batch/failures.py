"""Whatever a decoder, a network or a plugin raises, as an error of ours: one line, an exit code, the cause chained."""

from __future__ import annotations

from eraser.errors import EraserError
from eraser.system.memory import memory_error


def as_error(error: BaseException) -> EraserError:
    """The error as one of ours."""
    if isinstance(error, EraserError):
        return error
    if exhausted := memory_error(error):
        return exhausted
    reason = " ".join(str(error).split())
    ours = EraserError(f"unexpected {type(error).__name__}: {reason} (-v shows where; please report it)")
    ours.__cause__ = error
    return ours


def portable(error: EraserError) -> EraserError:
    """The error as one that another process can read: a plugin's own kind of error is known only where it is loaded."""
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == EraserError.__module__)
    return error if kind is type(error) else kind(str(error))
