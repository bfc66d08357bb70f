"""EXIF: what a result carries over from its photo, byte for byte, and what it must not.

Pillow's own EXIF writer turns every letter beyond ASCII into a question mark, so the TIFF structure of the block
(TIFF 6.0, section 2; EXIF 2.32, section 4.5) is read and written here and the values are never interpreted.

Left out, because the people who are erased would stay visible or recognisable in them:
    * the thumbnail (the second directory), and any value that holds a JPEG stream;
    * the maker note: many hold a preview or the faces found, with names; its offsets break when it moves, too;
    * the subject's area and location, which point at who was in focus, in the frame before it was turned upright.
The first directory is an allowed list, since in a TIFF file it is also that of the pixels, of XMP (face regions with
names), of Photoshop's resources (a thumbnail, layers) and of DNG previews. Position and dates are kept.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np

PREFIX = b"Exif\0\0"
ORIENTATION = 0x0112
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
_PIXEL_WIDTH, _PIXEL_HEIGHT = 0xA002, 0xA003

_KEPT_IN_ROOT = frozenset(
    (
        *(0x010E, 0x010F, 0x0110, ORIENTATION, 0x011A, 0x011B, 0x0128),  # description, camera, resolution
        *(0x0131, 0x0132, 0x013B, 0x013C, 0x8298),  # software, date, artist, computer, copyright
        *(0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F),  # rating, and the texts of Windows
    )
)
_DROPPED_IN_EXIF = frozenset((0x927C, 0x9214, 0xA214, 0xEA1C))  # maker note, subject area and location, padding
_JPEG_START = b"\xff\xd8\xff"

_SHORT, _LONG = 3, 4
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WORD_BYTES = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}  # a rational is two words
_MAX_VALUE_BYTES = 0xFFFF  # what a JPEG could hold; a larger count is damage

Buffer: TypeAlias = bytes | mmap.mmap


class _Entry(NamedTuple):
    """A tag's TIFF type, how many values of it, and their bytes in the order of the block."""

    kind: int
    values: int
    data: bytes


@dataclass
class _Directory:
    entries: dict[int, _Entry] = field(default_factory=dict)
    children: dict[int, _Directory] = field(default_factory=dict)


_Nesting: TypeAlias = dict[int, "_Nesting"]
_NESTING: _Nesting = {_EXIF: {_INTEROP: {}}, _GPS: {}}


def orientation(block: Buffer) -> int:
    """The orientation, 1 to 8, in a TIFF block with or without prefix; 1 where none can be read."""
    tiff, order = _open(block)
    if order is None:
        return 1
    entry = _read(tiff, order, _first(tiff, order), {}).entries.get(ORIENTATION)
    if entry is None or entry.kind != _SHORT:
        return 1
    value = int(struct.unpack_from(order + "H", entry.data)[0])
    return value if 1 <= value <= 8 else 1


def carry_over(block: Buffer, size_wh: tuple[int, int]) -> bytes | None:
    """The block as it belongs into the result.

    Args:
        block: A TIFF block with or without prefix, or a whole TIFF file.
        size_wh: Size of the upright photo in pixels, which is written where the block states one.

    Returns:
        The prefix and a new block in the byte order of the old, orientation 1; None when nothing in it is of use.
    """
    tiff, order = _open(block)
    if order is None:
        return None
    root = _read(tiff, order, _first(tiff, order), _NESTING)
    root.entries = {tag: entry for tag, entry in root.entries.items() if tag in _KEPT_IN_ROOT}
    if ORIENTATION in root.entries:
        root.entries[ORIENTATION] = _Entry(_SHORT, 1, struct.pack(order + "H", 1))
    if exif := root.children.get(_EXIF):
        exif.entries = {tag: entry for tag, entry in exif.entries.items() if tag not in _DROPPED_IN_EXIF}
        for tag, side_px in zip((_PIXEL_WIDTH, _PIXEL_HEIGHT), size_wh, strict=True):
            if tag in exif.entries:
                exif.entries[tag] = _Entry(_LONG, 1, struct.pack(order + "L", side_px))
    return _block(root, order) if root.entries or root.children else None


def without_orientation(block: bytes) -> bytes:
    """What ``carry_over`` returned, for encoders that would parse and rewrite the block because of that tag."""
    tiff, order = _open(block)
    if order is None:
        return block
    root = _read(tiff, order, _first(tiff, order), _NESTING)
    root.entries.pop(ORIENTATION, None)
    return _block(root, order)


def add_to_tiff(file: BinaryIO, block: bytes) -> None:
    """Give a finished TIFF file the tags of an EXIF block, but for those that it has; pixels stay where they are.

    Args:
        file: Open for reading and writing.
        block: What ``carry_over`` returned.
    """
    source, source_order = _open(block)
    if source_order is None:
        return
    carried = _read(source, source_order, _first(source, source_order), _NESTING)
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    if order != source_order:
        _swap(carried)
    file.seek(4)
    file.seek(*struct.unpack(order + "L", file.read(4)))
    (count,) = struct.unpack(order + "H", file.read(2))
    rows = [file.read(12) for _ in range(count)]
    end = file.seek(0, 2)
    file.write(b"\0" * (end % 2))  # a directory begins at an even byte
    end += end % 2
    file.write(_layout(carried, order, end, {struct.unpack(order + "H", row[:2])[0]: row for row in rows}))
    file.seek(4)
    file.write(struct.pack(order + "L", end))


def _open(block: Buffer) -> tuple[Buffer, str | None]:
    """The block without its prefix, and its byte order in the words of ``struct``, None if it is no TIFF."""
    tiff = block[len(PREFIX) :] if block[: len(PREFIX)] == PREFIX else block
    return tiff, {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4]) if len(tiff) >= 8 else None


def _first(tiff: Buffer, order: str) -> int:
    return int(struct.unpack_from(order + "L", tiff, 4)[0])


def _read(tiff: Buffer, order: str, offset: int, nesting: _Nesting) -> _Directory:
    """The directory at ``offset``; damaged entries are left out, the sound ones of the same directory kept."""
    directory = _Directory()
    if offset + 2 > len(tiff):
        return directory
    (count,) = struct.unpack_from(order + "H", tiff, offset)
    for at in range(offset + 2, min(offset + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, values = struct.unpack_from(order + "HHL", tiff, at)
        size = _VALUE_BYTES.get(kind, 0) * values
        start = at + 8 if size <= 4 else struct.unpack_from(order + "L", tiff, at + 8)[0]
        if not 0 < size <= _MAX_VALUE_BYTES or start + size > len(tiff):
            continue
        data = tiff[start : start + size]
        if tag in nesting and size == 4:
            child = _read(tiff, order, struct.unpack(order + "L", data)[0], nesting[tag])
            if child.entries or child.children:
                directory.children[tag] = child
        elif _JPEG_START not in data:
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
