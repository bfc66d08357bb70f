"""Whatever a decoder, a network or a plugin raises, as an error of ours: one line, an exit code, the cause chained."""

from __future__ import annotations

import sys

from eraser.errors import DeviceError, EraserError

_CV2_NO_MEMORY = -4


def as_error(error: BaseException) -> EraserError:
    """The error as one of ours."""
    if isinstance(error, EraserError):
        return error
    reason = " ".join(str(error).split())
    ours: EraserError
    if _is_out_of_graphics_memory(error):
        ours = DeviceError("the graphics memory does not suffice: close other programs, or try --device cpu")
    elif _is_out_of_memory(error):
        ours = DeviceError("the memory does not suffice: close other programs, or make the photo smaller")
    elif isinstance(error, ValueError):  # a person who is not there
        ours = EraserError(reason)
    else:
        ours = EraserError(f"unexpected {type(error).__name__}: {reason} (-v shows where; please report it)")
    ours.__cause__ = error
    return ours


def _is_out_of_graphics_memory(error: BaseException) -> bool:
    # torch is not imported for this: where it never was, it did not raise the error either
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(error, torch.OutOfMemoryError)


def _is_out_of_memory(error: BaseException) -> bool:
    return (
        isinstance(error, MemoryError)
        or getattr(error, "code", None) == _CV2_NO_MEMORY
        or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))
    )
