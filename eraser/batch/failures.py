"""Any error of a decoder, a network or a plugin as an EraserError: one line, an exit code, the cause chained."""

from __future__ import annotations

from eraser.errors import EraserError
from eraser.system.memory import memory_error


def as_error(error: BaseException) -> EraserError:
    """The error as an EraserError."""
    if isinstance(error, EraserError):
        return error
    if exhausted := memory_error(error):
        return exhausted
    reason = " ".join(str(error).split())
    ours = EraserError(f"unexpected {type(error).__name__}: {reason} (-v shows where; please report it)")
    ours.__cause__ = error
    return ours


def portable(error: EraserError) -> EraserError:
    """The error as a class that other processes know: they may not have loaded the plugin that defines its class."""
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == EraserError.__module__)
    return error if kind is type(error) else kind(str(error))
