"""What goes into a file around its picture: metadata, profile, resolution, a label."""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass, replace
from typing import Any

from PIL import PngImagePlugin

from eraser.geometry import MaskArray
from eraser.photo import exif, iptc, numbers, png, xmp
from eraser.photo.base import NOTHING, Carried, Photo
from eraser.photo.fields import Metadata

log = logging.getLogger(__name__)

_MAX_JPEG_BLOCK_BYTES = 65_533
_MAX_JPEG_XMP_BYTES = 65_504
_BYTE, _SHORT, _RATIONAL, _UNDEFINED = 1, 3, 5, 7
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _EXTRA_SAMPLES = 282, 283, 296, 338
_XMP, _IPTC, _ICC = 700, 33723, 34675
_INCH, _UNASSOCIATED_ALPHA = 2, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What is said about a result besides its pixels."""

    hole: MaskArray | None = None
    """(H, W) bool, what was filled; None if it is not known."""
    metadata: Metadata = "table"
    """How much of the photo's comes along."""
    label: str | None = None
    """The digital source type that the XMP states; None states none."""
    read_back: bool = False
    """Read the file before it gets its name, and say what is in it."""
    verify: bool = False
    """The same, and write nothing if it is not what it should be."""


AS_USUAL = Extra()


def chosen(source: Photo, extra: Extra) -> Carried:
    """The metadata of a result."""
    carried = {"table": source.carried, "all": source.on_request, "none": NOTHING}[extra.metadata]
    return carried if extra.label is None else replace(carried, xmp=xmp.with_label(carried.xmp, extra.label))


def metadata_of(name: str, source: Photo, carried: Carried, mode: str) -> dict[str, Any]:
    """Arguments of Pillow's ``save``; those of a TIFF are in ``tiff_values``, too."""
    _say_what_is_lost(name, source, carried)
    if name == "BMP":
        return {"dpi": source.dpi} if source.dpi else {}
    metadata: dict[str, Any] = {}
    if (profile := _profile(source, mode, name)) is not None:
        metadata["icc_profile"] = profile
    if source.dpi and name in ("JPEG", "PNG", "TIFF"):
        metadata["dpi"] = source.dpi
    if name == "TIFF":
        return metadata
    if carried.exif:
        if name == "JPEG" and len(carried.exif) > _MAX_JPEG_BLOCK_BYTES:
            log.warning("the EXIF data of %s is too large for a JPEG and left out", _name(source))
        else:
            metadata["exif"] = exif.without_orientation(carried.exif) if name == "AVIF" else carried.exif
    if name == "PNG":
        metadata["pnginfo"] = _png_chunks(source, carried, has_profile="icc_profile" in metadata)
        return metadata
    if carried.xmp:
        if name == "JPEG" and len(carried.xmp) > _MAX_JPEG_XMP_BYTES:
            log.warning("the XMP data of %s is too large for a JPEG and left out", _name(source))
        else:
            metadata["xmp"] = carried.xmp
    if name == "JPEG":
        if carried.comment:
            metadata["comment"] = carried.comment
        if carried.iptc and (segment := iptc.as_segment(carried.iptc)) is not None:
            metadata["extra"] = segment
    return metadata


def tiff_values(source: Photo, carried: Carried, mode: str, *, is_deep: bool) -> dict[int, tuple[int, bytes]]:
    """Tags for ``exif.add_to_tiff``: little-endian, which is what the encoders write here.

    Args:
        source: The photo.
        carried: Metadata of the result.
        mode: Of the picture, in Pillow's words.
        is_deep: The encoder wrote nothing but the picture.
    """
    values = {tag: (_UNDEFINED if tag == _IPTC else _BYTE, data) for tag, data in _blocks(carried) if data}
    if not is_deep:
        return values
    if (profile := _profile(source, mode, "TIFF")) is not None:
        values[_ICC] = (_UNDEFINED, profile)
    if source.dpi:
        for tag, dpi in zip((_X_RESOLUTION, _Y_RESOLUTION), source.dpi, strict=True):
            values[tag] = (_RATIONAL, struct.pack("<LL", round(dpi * 10_000), 10_000))
        values[_RESOLUTION_UNIT] = (_SHORT, struct.pack("<H", _INCH))
    if source.alpha is not None:
        values[_EXTRA_SAMPLES] = (_SHORT, struct.pack("<H", _UNASSOCIATED_ALPHA))
    return values


def _blocks(carried: Carried) -> tuple[tuple[int, bytes | None], ...]:
    return (_XMP, carried.xmp), (_IPTC, carried.iptc)


def _profile(source: Photo, mode: str, name: str) -> bytes | None:
    """The photo's profile, or one that says what its numbers say where the format cannot state these."""
    profile, is_grey = source.icc_profile, mode in ("L", "LA")
    if profile is None and name in ("JPEG", "WEBP", "TIFF") and not is_grey:
        if (hdr := numbers.hdr_name(source.png_colour)) is not None:
            log.warning("%s: %s cannot state colours of %s: write PNG, HEIC or AVIF", _name(source), name, hdr)
        return numbers.profile_of(source.png_colour)
    is_misfit = profile and profile[16:20] == b"GRAY" and not is_grey  # a grey profile suits no colours
    return None if is_misfit else profile


def _name(source: Photo) -> str:
    return str(source.path or "the photo")


def _say_what_is_lost(name: str, source: Photo, carried: Carried) -> None:
    """A warning for what the photo has and the format has no place for."""
    places = {
        "EXIF": (carried.exif, name != "BMP"),
        "IPTC": (carried.iptc, name in ("JPEG", "PNG", "TIFF")),
        "comment": (carried.comment, name == "JPEG"),
        "text": (carried.texts, name == "PNG"),
    }
    if lost := [what for what, (content, has_place) in places.items() if content and not has_place]:
        log.warning("%s: %s cannot hold the %s data, which is left out", _name(source), name, " and ".join(lost))


def _png_chunks(source: Photo, carried: Carried, *, has_profile: bool) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    for kind, content in source.png_colour:
        if not (has_profile and kind == b"sRGB"):  # one of the two may stand there
            chunks.add(kind, content)
    for key, text in carried.texts:
        if key != png.XMP_KEY:
            chunks.add_itxt(key, text)
    if carried.xmp:
        chunks.add_itxt(png.XMP_KEY, carried.xmp.decode("utf-8"))
    if carried.iptc:
        chunks.add_text("Raw profile type iptc", png.as_raw_profile("iptc", carried.iptc), zip=True)
    return chunks
