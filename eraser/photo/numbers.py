"""Colours that a file tells by numbers instead of a profile: nclx in HEIC and AVIF, cICP, gAMA and cHRM in PNG.

A photo keeps them as chunks of a PNG. PNG, HEIC and AVIF state them again; the others get a profile that says the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TypeAlias

from eraser.photo.icc import rgb_profile

Chunks: TypeAlias = Iterable[tuple[bytes, bytes]]
"""Kind and content."""

_UNSPECIFIED, _BT709, _SRGB = 2, 1, 13
_D65 = (0.3127, 0.3290)
_PRIMARIES: dict[int, tuple[str, tuple[float, ...]]] = {
    1: ("BT.709", (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)),
    5: ("BT.601 (625 lines)", (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06)),
    6: ("BT.601 (525 lines)", (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)),
    9: ("BT.2020", (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)),
    11: ("DCI P3", (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)),
    12: ("Display P3", (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)),
}
"""Name, and chromaticities of white, red, green and blue (ITU-T H.273, table 2)."""
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES: dict[int, tuple[float, ...]] = {
    4: (2.2,),
    5: (2.8,),
    8: (1.0,),
    **dict.fromkeys((1, 6, 14, 15, _UNSPECIFIED, _SRGB), _SRGB_CURVE),
}
"""By H.273, table 3. Photos with the curve of a video camera (1, 6, 14, 15) are shown as sRGB ones."""
_HDR = {16: "PQ (HDR)", 18: "HLG (HDR)"}
_SRGB_GAMMA = 45_455
_SRGB_CHROMATICITIES = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
_COLOUR_BOX = b"colrnclx"


def from_nclx(head: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The chunk cICP for what the box nclx of a HEIC or AVIF says (ISO 23091-2); empty where that is sRGB.

    Args:
        head: The first bytes of the file, with its boxes of metadata.
    """
    at = head.find(_COLOUR_BOX)
    if at < 0 or len(head) < at + 12:
        return ()
    primaries, transfer = (int(number) for number in struct.unpack_from(">HH", head, at + 8))
    is_srgb = primaries in (_BT709, _UNSPECIFIED) and _CURVES.get(transfer) == _SRGB_CURVE
    is_known = primaries in _PRIMARIES and (transfer in _CURVES or transfer in _HDR)
    return ((b"cICP", bytes((primaries, transfer, 0, 1))),) if is_known and not is_srgb else ()


def into_nclx(data: bytes, chunks: Chunks) -> bytes:
    """A HEIC or AVIF that says by number what the chunk cICP says; as it is, without the chunk or the box."""
    stated, at = _stated(chunks), data.find(_COLOUR_BOX)
    if stated is None or at < 0:
        return data
    return data[: at + 8] + struct.pack(">HH", *stated) + data[at + 12 :]


def profile_of(chunks: Chunks) -> bytes | None:
    """A profile that says what the chunks say; None if that is sRGB, or cannot be said by a profile (HDR)."""
    chunks = list(chunks)
    contents = dict(chunks)
    if (stated := _stated(chunks)) is not None:
        primaries, transfer = stated
        name, chromaticities = _PRIMARIES.get(primaries, ("", ()))
        curve = _CURVES.get(transfer)
        is_srgb = primaries == _BT709 and curve == _SRGB_CURVE
        return rgb_profile(name, chromaticities, curve) if chromaticities and curve and not is_srgb else None
    if b"sRGB" in contents or len(contents.get(b"gAMA", b"")) != 4:
        return None
    gamma = int.from_bytes(contents[b"gAMA"], "big")
    points = struct.unpack(">8L", contents[b"cHRM"]) if len(contents.get(b"cHRM", b"")) == 32 else _SRGB_CHROMATICITIES
    like_srgb = abs(gamma - _SRGB_GAMMA) < 1000
    is_near = all(abs(one - other) < 500 for one, other in zip(points, _SRGB_CHROMATICITIES, strict=True))
    if (like_srgb and is_near) or not 10_000 <= gamma <= 1_000_000:
        return None
    curve = _SRGB_CURVE if like_srgb else (100_000 / gamma,)
    try:
        return rgb_profile("from gAMA and cHRM", [point / 100_000 for point in points], curve)
    except ValueError:  # damaged numbers
        return None


def hdr_name(chunks: Chunks) -> str | None:
    """What the colours are called if they are HDR."""
    primaries, transfer = _stated(chunks) or (0, 0)
    if transfer not in _HDR:
        return None
    return f"{_PRIMARIES[primaries][0]} with {_HDR[transfer]}" if primaries in _PRIMARIES else _HDR[transfer]


def _stated(chunks: Chunks) -> tuple[int, int] | None:
    """Primaries and transfer of the chunk cICP."""
    content = dict(chunks).get(b"cICP", b"")
    return (content[0], content[1]) if len(content) == 4 else None
