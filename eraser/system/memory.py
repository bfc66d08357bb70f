"""Turns errors about exhausted memory, from any library, into one error of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from eraser.errors import DeviceError

_CV2_NO_MEMORY = -4


_SIGNS = ("out of memory", "can't allocate memory")
"""Texts of a RuntimeError that mean exhausted memory: torch has no error class for that on MPS and the CPU."""


@contextmanager
def exhausted_memory_is(message: str) -> Iterator[None]:
    """Turn exhausted memory, of a graphics card or of the machine, into a DeviceError with this message."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and not any(sign in str(error) for sign in _SIGNS):
            raise
        raise DeviceError(message) from error


def memory_error(error: BaseException) -> DeviceError | None:
    """What to tell the person if an error means that memory does not suffice; None if it means something else."""
    ours = None
    if _is_out_of_graphics_memory(error):
        ours = DeviceError("the graphics memory does not suffice: close other programs, or try --device cpu")
    elif _is_out_of_memory(error):
        ours = DeviceError("the memory does not suffice: close other programs, or make the photo smaller")
    if ours is not None:
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
