"""ICC profiles of colour spaces that are known by their primaries: littleCMS reads such profiles, but builds only sRGB.

A profile of version 4 (ICC.1:2022): three colorants, adapted to the white D50, and one curve (8.3.3, 10.18).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Doubles: TypeAlias = npt.NDArray[np.float64]

_D50 = np.array((0.9642, 1.0, 0.8249))
_BRADFORD = np.array(((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)))


def rgb_profile(name: str, chromaticities: Sequence[float], curve: Sequence[float]) -> bytes:
    """A profile.

    Args:
        name: As programs show it.
        chromaticities: x and y of white, red, green and blue, in this order: eight numbers.
        curve: One number, an exponent; or g, a, b, c, d of ``(a x + b) ** g`` from d on and ``c x`` below.

    Raises:
        ValueError: The primaries span no colours.
    """
    white, *primaries = np.array(chromaticities, np.float64).reshape(4, 2)
    if min(point[1] for point in (white, *primaries)) <= 0:
        raise ValueError("a chromaticity has no luminance")
    columns = np.stack([_xyz(point) for point in primaries], axis=1)
    try:
        colorants = columns * np.linalg.solve(columns, _xyz(white))
    except np.linalg.LinAlgError as error:
        raise ValueError("the primaries lie on a line") from error
    if np.abs(seen := _BRADFORD @ _xyz(white)).min() < 1e-6:
        raise ValueError("the white has no colour")
    cone = (_BRADFORD @ _D50) / seen
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(cone) @ _BRADFORD
    colorants = adapted @ colorants
    if not max(np.abs(colorants).max(), np.abs(adapted).max()) < 100:
        raise ValueError("the primaries span no colours")
    parts = [
        (b"desc", _text(name)),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", b"XYZ " + bytes(4) + _fixed(_D50)),
        (b"chad", b"sf32" + bytes(4) + _fixed(adapted.ravel())),
        *((b"rgb"[at : at + 1] + b"XYZ", b"XYZ " + bytes(4) + _fixed(colorants[:, at])) for at in range(3)),
    ]
    form = b"para" + bytes(4) + struct.pack(">HH", 0 if len(curve) == 1 else 3, 0) + _fixed(curve)
    parts += [(b"rgb"[at : at + 1] + b"TRC", form) for at in range(3)]
    return _assembled(parts)


def _xyz(point: Doubles) -> Doubles:
    """Of a chromaticity at luminance 1."""
    x, y = point
    return np.array((x / y, 1.0, (1 - x - y) / y))


def _fixed(values: Sequence[float] | Doubles) -> bytes:
    """Numbers as s15Fixed16."""
    return b"".join(struct.pack(">i", round(float(value) * 65_536)) for value in values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">LLL2s2sLL", 0, 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _assembled(parts: Sequence[tuple[bytes, bytes]]) -> bytes:
    table, body = struct.pack(">L", len(parts)), b""
    begin = 128 + 4 + 12 * len(parts)
    for tag, content in parts:
        table += tag + struct.pack(">LL", begin + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">L4sL4s4s4s", begin + len(body), bytes(4), 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(_D50)
    return head.ljust(128, b"\0") + table + body
