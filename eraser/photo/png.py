"""PNG files without their texts, which Pillow reads with limits and mixes with what it knows itself.

A text of more than a megabyte, or one called ``transparency``, would make Pillow refuse a sound picture. The colour
profile and EXIF data that ImageMagick hides in a text are read here.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_RAW_EXIF = b"Raw profile type exif"
_MOST_PROFILE_BYTES = 16_000_000
"""Of a colour profile or EXIF data, unpacked."""


@dataclass(slots=True)
class Plain:
    """A PNG that Pillow can read, and what was taken out of it."""

    file: BinaryIO
    icc_profile: bytes | None = None
    exif: bytes | None = None
    notes: list[str] = field(default_factory=list)


def without_texts(file: BinaryIO) -> Plain:
    """The file itself if it holds no text and no profile, else a copy in memory without them.

    Args:
        file: A PNG, at any position; a damaged one is returned as it is, for Pillow to say what is wrong.
    """
    chunks = list(_chunks(file))
    file.seek(0)
    if not any(kind in (*_TEXTS, b"iCCP") for kind, _, _ in chunks):
        return Plain(file)
    plain = Plain(io.BytesIO())
    plain.file.write(SIGNATURE)
    end = len(SIGNATURE)
    for kind, start, size in chunks:
        end = start + size + 12
        file.seek(start + 8)
        if kind == b"iCCP":
            plain.icc_profile = _unpack(file.read(size).partition(b"\0")[2][1:])
            if plain.icc_profile is None:
                plain.notes.append("the colour profile is damaged and left out")
        elif kind in _TEXTS:
            _read_text(kind, file.read(size), plain)
        else:
            file.seek(start)
            plain.file.write(file.read(size + 12))
    file.seek(end)
    plain.file.write(file.read())  # what is cut short, for Pillow to complain of
    plain.file.seek(0)
    return plain


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, bytes of content) of each whole chunk."""
    length = file.seek(0, io.SEEK_END)
    start = len(SIGNATURE)
    while start + 12 <= length:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        if start + size + 12 > length:
            return
        yield kind, start, size
        start += size + 12
        if kind == b"IEND":
            return


def _read_text(kind: bytes, content: bytes, plain: Plain) -> None:
    """EXIF data in hex, where ImageMagick put it before PNG had a chunk for it; other texts are not read."""
    key, _, text = content.partition(b"\0")
    if key != _RAW_EXIF or kind == b"iTXt":
        return
    raw = _unpack(text[1:]) if kind == b"zTXt" else text
    try:
        plain.exif = bytes.fromhex(b"".join((raw or b"").split(b"\n")[3:]).decode("ascii"))
    except ValueError:  # UnicodeDecodeError is one, too
        plain.notes.append("the EXIF data is damaged or empty and left out")


def _unpack(packed: bytes) -> bytes | None:
    """Unpacked data; None if it is damaged or too large."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, _MOST_PROFILE_BYTES)
    except zlib.error:
        return None
    return data if unpacker.eof else None
