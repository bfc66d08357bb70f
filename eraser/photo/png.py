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
_COLOUR = (b"cICP", b"cHRM", b"gAMA", b"sRGB")
_RAW_EXIF, _RAW_IPTC = b"Raw profile type exif", b"Raw profile type iptc"
XMP_KEY = "XML:com.adobe.xmp"
_MOST_TEXT_BYTES, _MOST_TEXTS = 65_536, 100
_MOST_PROFILE_BYTES = 16_000_000
"""Of a colour profile or EXIF data, unpacked."""


@dataclass(slots=True)
class Plain:
    """A PNG that Pillow can read, and what was taken out of it."""

    file: BinaryIO
    icc_profile: bytes | None = None
    exif: bytes | None = None
    iptc: bytes | None = None
    xmp: bytes | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    colour: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Chunks that say what the colours are, besides a profile."""
    notes: list[str] = field(default_factory=list)


def without_texts(file: BinaryIO) -> Plain:
    """The file itself if it holds no text and no profile, else a copy in memory without them.

    Args:
        file: A PNG, at any position; a damaged one is returned as it is, for Pillow to say what is wrong.
    """
    chunks = list(_chunks(file))
    colour = []
    for kind, start, size in chunks:
        if kind in _COLOUR and size <= 32:
            file.seek(start + 8)
            colour.append((kind, file.read(size)))
    file.seek(0)
    if not any(kind in (*_TEXTS, b"iCCP") for kind, _, _ in chunks):
        return Plain(file, colour=colour)
    plain = Plain(io.BytesIO(), colour=colour)
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
    """A text; EXIF and IPTC data in hex, where ImageMagick puts them, and XMP have places of their own."""
    key, _, rest = content.partition(b"\0")
    if kind == b"iTXt":
        is_packed, text = rest[:1] == b"\1", rest[2:].partition(b"\0")[2]
        text = text.partition(b"\0")[2]
        raw = _unpack(text) if is_packed else text
    else:
        raw = _unpack(rest[1:]) if kind == b"zTXt" else rest
    if key in (_RAW_EXIF, _RAW_IPTC) and kind != b"iTXt":
        try:
            data = bytes.fromhex(b"".join((raw or b"").split(b"\n")[3:]).decode("ascii"))
        except ValueError:  # UnicodeDecodeError is one, too
            plain.notes.append(f"the {'EXIF' if key == _RAW_EXIF else 'IPTC'} data is damaged or empty and left out")
            return
        if key == _RAW_EXIF:
            plain.exif = data
        else:
            plain.iptc = data
    elif key == XMP_KEY.encode():
        plain.xmp = raw
    elif raw and len(raw) <= _MOST_TEXT_BYTES and len(plain.texts) < _MOST_TEXTS:
        charset = "utf-8" if kind == b"iTXt" else "latin-1"
        plain.texts.append((key.decode("latin-1"), raw.decode(charset, "replace")))


def _unpack(packed: bytes) -> bytes | None:
    """Unpacked data; None if it is damaged or too large."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, _MOST_PROFILE_BYTES)
    except zlib.error:
        return None
    return data if unpacker.eof else None


def insert(chunks_of: bytes, into: bytes) -> bytes:
    """A PNG that has the picture of one and whatever else another holds before its picture.

    Args:
        chunks_of: A PNG whose chunks before the picture are wanted.
        into: A PNG of header, picture and end.
    """
    first = len(SIGNATURE) + 25
    wanted = bytearray()
    for kind, start, size in _chunks(io.BytesIO(chunks_of)):
        if kind not in (b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS"):
            wanted += chunks_of[start : start + size + 12]
    return into[:first] + bytes(wanted) + into[first:]


def as_raw_profile(name: str, data: bytes) -> str:
    """Data in hex, as ImageMagick keeps it in a text."""
    digits = data.hex()
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    return "\n".join(["", name, f"{len(data):8}", *lines, ""])
