"""How the arguments of a compiled loop are passed to machine code: numba's calling convention in ctypes.

A number is passed as it is. An array becomes two empty pointers (its owner, which machine code does not need), its
size, the size of an item, the address, and its shape and strides. A tuple becomes its items.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

_WORD = ctypes.c_int64
_POINTER = ctypes.c_void_p
_NUMBERS: dict[str, type] = {
    "i1": ctypes.c_int8,
    "u1": ctypes.c_uint8,
    "i2": ctypes.c_int16,
    "u2": ctypes.c_uint16,
    "i4": ctypes.c_int32,
    "u4": ctypes.c_uint32,
    "i8": ctypes.c_int64,
    "u8": ctypes.c_uint64,
    "f4": ctypes.c_float,
    "f8": ctypes.c_double,
}
"""numpy's names of types that machine code takes."""
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class CallTypes:
    """Types of the arguments of a call."""

    key: str
    """Differs wherever numba would compile other code."""
    passed: tuple[type, ...]
    """ctypes of what is passed, all arguments flattened."""


def call_types(args: Iterable[object]) -> CallTypes | None:
    """Types of a call's arguments; None if one is of a kind that is left to numba."""
    keys: list[str] = []
    passed: list[type] = []
    for arg in args:
        found = _types(arg)
        if found is None:
            return None
        keys.append(found[0])
        passed += found[1]
    return CallTypes(" ".join(keys), tuple(passed))


def flatten(args: Iterable[object]) -> list[object]:
    """The arguments as ctypes takes them. Arrays must stay alive while the numbers are used."""
    return [part for arg in args for part in _parts(arg)]


def _types(arg: object) -> tuple[str, list[type]] | None:
    """The key of one argument and what it becomes."""
    if type(arg) is int:
        return ("i8", [_WORD]) if arg in _INT64 else None
    if type(arg) is float:
        return "f8", [ctypes.c_double]
    if isinstance(arg, np.generic):
        name = arg.dtype.str[1:]
        return (name, [_NUMBERS[name]]) if name in _NUMBERS and arg.dtype.isnative else None
    if type(arg) is tuple:
        inner = call_types(arg)
        return None if inner is None else (f"({inner.key})", list(inner.passed))
    if type(arg) is np.ndarray and arg.dtype.isnative and arg.dtype.kind in "biuf" and arg.flags.aligned:
        flags = arg.flags
        layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        key = f"{arg.dtype.str[1:]}[{arg.ndim}{layout}{'' if flags.writeable else ' const'}]"
        return key, [_POINTER, _POINTER, _WORD, _WORD, _POINTER, *(_WORD,) * (2 * arg.ndim)]
    return None


def _parts(arg: object) -> Iterator[object]:
    if isinstance(arg, np.ndarray):
        yield from (None, None, arg.size, arg.itemsize, arg.ctypes.data, *arg.shape, *arg.strides)
    elif isinstance(arg, tuple):
        yield from flatten(arg)
    else:
        yield arg.item() if isinstance(arg, np.generic) else arg
