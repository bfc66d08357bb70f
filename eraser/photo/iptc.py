"""IPTC: the records of the older press standard (IIM 4.2), in a JPEG, a TIFF or a PNG.

A record is 0x1C, its number, that of its dataset, two bytes of length and the value. In a JPEG they lie in a resource
of Photoshop (8BIM, number 0x0404) in segment APP13.
"""

from __future__ import annotations

import struct

from eraser.photo.fields import Metadata, is_kept

_MARK, _CHARSET, _APPLICATION = 0x1C, 90, 2
_RESOURCE = b"8BIM\x04\x04"
APP13 = b"Photoshop 3.0\0"
_MOST_SEGMENT_BYTES = 65_533


def carry_over(records: bytes, metadata: Metadata) -> bytes | None:
    """The records that belong into a result; None if that is none. What is damaged ends the list."""
    kept, at, is_worth = bytearray(), 0, False
    while at + 5 <= len(records) and records[at] == _MARK:
        record, dataset, size = struct.unpack_from(">BBH", records, at + 1)
        end = at + 5 + size
        if size & 0x8000 or end > len(records):  # longer than 32 KB: a preview
            break
        is_text = record == _APPLICATION and is_kept("IPTC", dataset, metadata)
        if is_text or (record == 1 and dataset == _CHARSET):
            kept += records[at:end]
            is_worth |= is_text and dataset != 0  # which is only a version
        at = end
    return bytes(kept) if is_worth else None


def from_resources(resources: bytes) -> bytes | None:
    """The records in the resources of Photoshop, without the segment's name; None if there are none."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        name_bytes = resources[at + 6] + 1
        start = at + 6 + name_bytes + name_bytes % 2
        size = int.from_bytes(resources[start : start + 4], "big")
        if resources[at : at + 6] == _RESOURCE:
            return resources[start + 4 : start + 4 + size]
        at = start + 4 + size + size % 2
    return None


def as_segment(records: bytes) -> bytes | None:
    """A JPEG's segment with the records; None if they do not fit into one."""
    resource = _RESOURCE + b"\0\0" + struct.pack(">L", len(records)) + records + b"\0" * (len(records) % 2)
    content = APP13 + resource
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content if len(content) <= _MOST_SEGMENT_BYTES else None
