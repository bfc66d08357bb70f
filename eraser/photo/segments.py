"""The segments of a JPEG file: metadata and tables before the first scan."""

from __future__ import annotations

_START, _SCAN = b"\xff\xd8", 0xDA
_COLOURS = (0xE0, 0xEE)
"""APP0 (JFIF) and APP14 (Adobe)."""


def with_metadata_of(part: bytes, coefficients: bytes) -> bytes:
    """The picture of ``coefficients`` with the metadata of ``part``; both are JPEGs."""
    theirs, (ours, scan) = _segments(part)[0], _segments(coefficients)
    metadata = [segment for marker, segment in theirs if _is_metadata(marker)]
    return b"".join([_START, *metadata, *(segment for marker, segment in ours if not _is_metadata(marker)), scan])


def without_metadata(data: bytes) -> bytes:
    """A JPEG with the two segments by which libjpeg knows its colours, JFIF's and Adobe's, and no other metadata."""
    segments, scan = _segments(data)
    kept = [segment for marker, segment in segments if not _is_metadata(marker) or marker in _COLOURS]
    return b"".join([_START, *kept, scan])


def _is_metadata(marker: int) -> bool:
    """Whether a segment is an APPn or a comment."""
    return 0xE0 <= marker <= 0xEF or marker == 0xFE


def _segments(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The segments of a JPEG before its first scan, each with its marker, and all that follows."""
    segments: list[tuple[int, bytes]] = []
    at = len(_START)
    while True:
        while data[at : at + 2] == b"\xff\xff":  # any marker may be filled up
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        if marker == _SCAN:
            return segments, data[at:]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        segments.append((marker, data[at:end]))
        at = end
