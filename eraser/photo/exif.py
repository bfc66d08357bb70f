"""EXIF: what a result carries over from its photo, byte for byte, and what it must not.

Pillow's own EXIF writer turns every letter beyond ASCII into a question mark, so the TIFF structure of the block
(TIFF 6.0, section 2; EXIF 2.32, section 4.5) is read and written here and the values are never interpreted.

What goes into a result is said by the table in ``fields``. Left out whatever is asked for: the thumbnail (the second
directory), and any value that holds a JPEG stream. The first directory of a TIFF file is also that of the pixels; such
tags never come along.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np

from eraser.photo.fields import Metadata, is_kept

PREFIX = b"Exif\0\0"
ORIENTATION = 0x0112
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
_PIXEL_WIDTH, _PIXEL_HEIGHT = 0xA002, 0xA003

_STRUCTURE = frozenset(
    (
        *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291),
        *(292, 293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 333, 334, 336, 338, 339, 340, 341, 342),
        *(347, 512, 513, 514, 529, 530, 531, 532, 700, 33723, 34377, 34675, 37724),
    )
)
"""How the pixels of a TIFF file lie; and XMP, IPTC, Photoshop's resources and the profile, which go other ways."""
_PRIVATE_FROM = 50_000
"""Of a TIFF file's own tags: DNG previews and the like lie above."""
_JPEG_START = b"\xff\xd8\xff"

_SHORT, _LONG = 3, 4
_LONG8, _IFD8 = 16, 18
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WORD_BYTES = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}  # a rational is two words
_MAX_VALUE_BYTES = 0xFFFF  # what a JPEG could hold; a larger count is damage

Buffer: TypeAlias = bytes | mmap.mmap


class _Entry(NamedTuple):
    """A tag's TIFF type, how many values of it, and their bytes in the order of the block."""

    kind: int
    values: int
    data: bytes


@dataclass(frozen=True)
class _Form:
    """How a TIFF block is laid out."""

    order: str
    """Byte order in the words of ``struct``."""
    is_big: bool = False
    """BigTIFF: offsets and counts of 8 bytes."""

    @property
    def offset(self) -> struct.Struct:
        """An offset or the count of a tag's values."""
        return struct.Struct(self.order + ("Q" if self.is_big else "L"))

    @property
    def count(self) -> struct.Struct:
        """How many tags a directory has."""
        return struct.Struct(self.order + ("Q" if self.is_big else "H"))

    @property
    def row(self) -> struct.Struct:
        """A tag, its kind, and how many values it has; they, or their offset, follow."""
        return struct.Struct(self.order + ("HHQ" if self.is_big else "HHL"))


@dataclass
class _Directory:
    entries: dict[int, _Entry] = field(default_factory=dict)
    children: dict[int, _Directory] = field(default_factory=dict)


_FORMS = {
    b"II*\0": _Form("<"),
    b"MM\0*": _Form(">"),
    b"II+\0": _Form("<", is_big=True),
    b"MM\0+": _Form(">", is_big=True),
}

_Nesting: TypeAlias = dict[int, "_Nesting"]
_NESTING: _Nesting = {_EXIF: {_INTEROP: {}}, _GPS: {}}


def orientation(block: Buffer) -> int:
    """The orientation, 1 to 8, in a TIFF block with or without prefix; 1 where none can be read."""
    return stated_orientation(block) or 1


def stated_orientation(block: Buffer) -> int | None:
    """The orientation, 1 to 8, in a TIFF block with or without prefix; None where none can be read."""
    tiff, form = _open(block)
    if form is None:
        return None
    entry = _read(tiff, form, _first(tiff, form), {}).entries.get(ORIENTATION)
    if entry is None or entry.kind != _SHORT:
        return None
    value = int(struct.unpack_from(form.order + "H", entry.data)[0])
    return value if 1 <= value <= 8 else None


def value_of(block: Buffer, tag: int, max_bytes: int) -> bytes | None:
    """The bytes of a tag of the first directory; None where there is no such tag, or it is damaged or too large."""
    tiff, form = _open(block)
    if form is None:
        return None
    entry = _read(tiff, form, _first(tiff, form), {}, only=tag, max_bytes=max_bytes).entries.get(tag)
    return None if entry is None else entry.data


def carry_over(block: Buffer, size_wh: tuple[int, int], metadata: Metadata = "table") -> bytes | None:
    """The block as it belongs into the result.

    Args:
        block: A TIFF block with or without prefix, or a whole TIFF or BigTIFF file.
        size_wh: Size of the upright photo in pixels, which is written where the block states one.
        metadata: How much of it.

    Returns:
        The prefix and a new block in the byte order of the old, orientation 1; None when nothing in it is of use.
    """
    tiff, form = _open(block)
    if form is None or metadata == "none":
        return None
    order = form.order
    root = _read(tiff, form, _first(tiff, form), _NESTING)
    root.entries = {
        tag: entry
        for tag, entry in root.entries.items()
        if tag not in _STRUCTURE and tag < _PRIVATE_FROM and is_kept("EXIF", tag, metadata)
    }
    if ORIENTATION in root.entries:
        root.entries[ORIENTATION] = _Entry(_SHORT, 1, struct.pack(order + "H", 1))
    if exif := root.children.get(_EXIF):
        exif.entries = {
            tag: entry for tag, entry in exif.entries.items() if is_kept("EXIF", tag, metadata, otherwise="inner")
        }
        for tag, side_px in zip((_PIXEL_WIDTH, _PIXEL_HEIGHT), size_wh, strict=True):
            if tag in exif.entries:
                exif.entries[tag] = _Entry(_LONG, 1, struct.pack(order + "L", side_px))
    root.children = {tag: child for tag, child in root.children.items() if child.entries or child.children}
    return _block(root, order) if root.entries or root.children else None


def without_orientation(block: bytes) -> bytes:
    """What ``carry_over`` returned, for encoders that would parse and rewrite the block because of that tag."""
    tiff, form = _open(block)
    if form is None:
        return block
    root = _read(tiff, form, _first(tiff, form), _NESTING)
    root.entries.pop(ORIENTATION, None)
    return _block(root, form.order)


def add_to_tiff(file: BinaryIO, block: bytes | None, values: Mapping[int, tuple[int, bytes]] | None = None) -> None:
    """Give a finished TIFF file the tags of an EXIF block, but for those that it has; pixels stay where they are.

    Args:
        file: Open for reading and writing.
        block: What ``carry_over`` returned; None adds no EXIF tags.
        values: Further tags of the first directory: (kind, bytes in the order of the file), of any length.
    """
    source, form = _open(block) if block else (b"", None)
    carried = _read(source, form, _first(source, form), _NESTING) if form else _Directory()
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    if form and order != form.order:
        _swap(carried)
    for tag, (kind, data) in (values or {}).items():
        carried.entries[tag] = _Entry(kind, len(data) // _VALUE_BYTES[kind], data)
    file.seek(4)
    file.seek(*struct.unpack(order + "L", file.read(4)))
    (count,) = struct.unpack(order + "H", file.read(2))
    rows = [file.read(12) for _ in range(count)]
    end = file.seek(0, 2)
    file.write(b"\0" * (end % 2))  # a directory begins at an even byte
    end += end % 2
    fixed = {tag: row for row in rows if (tag := struct.unpack(order + "H", row[:2])[0]) not in (values or {})}
    file.write(_layout(carried, order, end, fixed))
    file.seek(4)
    file.write(struct.pack(order + "L", end))


def _open(block: Buffer) -> tuple[Buffer, _Form | None]:
    """The block without its prefix, and how it is laid out, None if it is no TIFF."""
    tiff = block[len(PREFIX) :] if block[: len(PREFIX)] == PREFIX else block
    if len(tiff) < 16 and tiff[2:4] in (b"+\0", b"\0+"):
        return tiff, None
    return tiff, _FORMS.get(tiff[:4]) if len(tiff) >= 8 else None


def _first(tiff: Buffer, form: _Form) -> int:
    return int(form.offset.unpack_from(tiff, 8 if form.is_big else 4)[0])


def _read(
    tiff: Buffer,
    form: _Form,
    offset: int,
    nesting: _Nesting,
    *,
    only: int | None = None,
    max_bytes: int = _MAX_VALUE_BYTES,
) -> _Directory:
    """The directory at ``offset``; damaged entries are left out, the sound ones of the same directory kept."""
    directory = _Directory()
    if offset + form.count.size > len(tiff):
        return directory
    (count,) = form.count.unpack_from(tiff, offset)
    begin, place = offset + form.count.size, form.offset.size
    row_bytes = form.row.size + place
    for at in range(begin, min(begin + row_bytes * count, len(tiff) - row_bytes + 1), row_bytes):
        tag, kind, values = form.row.unpack_from(tiff, at)
        if only is not None and tag != only:
            continue
        is_pointer = tag in nesting and kind in (_LONG, 13, _LONG8, _IFD8)
        size = (8 if kind in (_LONG8, _IFD8) and is_pointer else _VALUE_BYTES.get(kind, 0)) * values
        start = at + form.row.size
        start = start if size <= place else form.offset.unpack_from(tiff, start)[0]
        if not 0 < size <= max_bytes or start + size > len(tiff):
            continue
        data = tiff[start : start + size]
        if tag in nesting and size in (4, 8):
            number = struct.unpack(form.order + ("L" if size == 4 else "Q"), data)[0]
            child = _read(tiff, form, number, nesting[tag])
            if child.entries or child.children:
                directory.children[tag] = child
        elif only is not None or _JPEG_START not in data:
            directory.entries[tag] = _Entry(kind, values, data)
    return directory


def _block(root: _Directory, order: str) -> bytes:
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return PREFIX + magic + struct.pack(order + "L", 8) + _layout(root, order, 8)


def _layout(directory: _Directory, order: str, offset: int, fixed: dict[int, bytes] | None = None) -> bytes:
    """The directory as it lies at ``offset``, its values and children behind it; rows in ``fixed`` stay as they are."""
    rows = dict(fixed or {})
    tags = sorted(rows.keys() | directory.entries.keys() | directory.children.keys())
    behind = offset + 2 + 12 * len(tags) + 4
    tail = bytearray()
    for tag in tags:
        if tag in rows:
            continue
        at = struct.pack(order + "L", behind + len(tail))
        if child := directory.children.get(tag):
            rows[tag] = struct.pack(order + "HHL", tag, _LONG, 1) + at
            tail += _layout(child, order, behind + len(tail))
        else:
            kind, values, data = directory.entries[tag]
            head = struct.pack(order + "HHL", tag, kind, values)
            rows[tag] = head + (data.ljust(4, b"\0") if len(data) <= 4 else at)
            tail += data + b"\0" * (len(data) % 2) if len(data) > 4 else b""
    table = b"".join(rows[tag] for tag in tags)
    return struct.pack(order + "H", len(tags)) + table + struct.pack(order + "L", 0) + bytes(tail)


def _swap(directory: _Directory) -> None:
    """Turn the byte order of every value."""
    for tag, (kind, values, data) in directory.entries.items():
        if word := _WORD_BYTES.get(kind):
            directory.entries[tag] = _Entry(kind, values, np.frombuffer(data, f"u{word}").byteswap().tobytes())
    for child in directory.children.values():
        _swap(child)
