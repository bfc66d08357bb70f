"""Metadata of an opened photo, as it goes into a result."""

from __future__ import annotations

import io
import mmap
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image

from eraser.photo import exif, iptc, png, xmp
from eraser.photo.base import Carried
from eraser.photo.fields import Metadata, is_kept
from eraser.photo.opening import PLAIN

_XMP_TAG, _IPTC_TAG = 700, 33723
_MOST_BYTES = 4_000_000
_IPTC_RESOURCE = 0x0404


def read_carried(
    image: Image.Image, block: exif.Buffer | None, file: BinaryIO, size_wh: tuple[int, int]
) -> tuple[Carried, Carried, list[str]]:
    """What a result keeps, what it keeps on request, and what the person should know.

    Args:
        image: Loaded.
        block: A TIFF block with EXIF data; of a TIFF file, the whole of it.
        file: The photo.
        size_wh: Of the upright photo.
    """
    plain = image.info.get(PLAIN) or png.Plain(file)
    packet, records, notes = _xmp_packet(image, block, plain), _iptc_records(image, block, plain), []
    if packet is not None:
        try:
            xmp.carry_over(packet, "all")
        except xmp.DamagedXmpError as error:
            notes.append(f"the XMP data is damaged and left out ({error})")
            packet = None
    comment = image.info.get("comment") if image.format in ("JPEG", "MPO") else None
    comment = comment if isinstance(comment, bytes) and len(comment) < 65_534 else None

    def carried(metadata: Metadata) -> Carried:
        return Carried(
            exif=exif.carry_over(block, size_wh, metadata) if block else None,
            iptc=iptc.carry_over(records, metadata) if records else None,
            xmp=xmp.carry_over(packet, metadata) if packet else None,
            comment=comment if comment and _is_kept_comment(comment, metadata) else None,
            texts=_texts(plain.texts, metadata),
        )

    every = carried("all")
    if block and every.exif is None and image.format != "TIFF":
        notes.append("the EXIF data is damaged or empty and left out")
    return carried("table"), every, notes


def _is_kept_comment(comment: bytes, metadata: Metadata) -> bool:
    text = comment.decode("utf-8", "replace") + comment.decode("latin-1")
    return is_kept("JPEG", "comment", metadata, text=text)


def _texts(texts: Sequence[tuple[str, str]], metadata: Metadata) -> tuple[tuple[str, str], ...]:
    return tuple((key, text) for key, text in texts if key and is_kept("PNG", key, metadata, text=text))


def _xmp_packet(image: Image.Image, block: exif.Buffer | None, plain: png.Plain) -> bytes | None:
    if image.format == "TIFF":
        return exif.value_of(block, _XMP_TAG, _MOST_BYTES) if block else None
    packet = plain.xmp if image.format == "PNG" else image.info.get("xmp")
    return packet if isinstance(packet, bytes) and packet.strip(b"\0 \r\n\t") else None


def _iptc_records(image: Image.Image, block: exif.Buffer | None, plain: png.Plain) -> bytes | None:
    if image.format == "TIFF":
        return exif.value_of(block, _IPTC_TAG, _MOST_BYTES) if block else None
    if image.format == "PNG":
        records = plain.iptc  # ImageMagick puts Photoshop's resources around them
        return iptc.from_resources(records) if records and records.startswith(b"8BIM") else records
    resources = image.info.get("photoshop")
    records = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else None
    return records if isinstance(records, bytes) else None


def buffer(file: BinaryIO) -> exif.Buffer:
    """All bytes of a file, without reading them where it lies on a disk."""
    if isinstance(file, io.BytesIO):
        return file.getvalue()
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
