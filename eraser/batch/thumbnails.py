"""Small pictures of a photo before and after, and of its hole, for the page of a review."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from eraser.errors import EraserError
from eraser.geometry import ImageArray, MaskArray
from eraser.photo import format_of_suffix, load
from eraser.photo.opening import open_image

_SIDE_PX = 640
_QUALITY = 75
_RED = (230, 30, 60)
_MAX_PROFILE_BYTES = 4096
"""Of a colour profile. Those of cameras and phones are smaller, those of printers may have megabytes."""


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Encoded pictures, ``size_wh`` pixels each."""

    size_wh: tuple[int, int]
    before: bytes
    """JPEG."""
    after: bytes | None = None
    """JPEG; None where nothing was replaced."""
    mask: bytes | None = None
    """PNG that is laid over the others, red where something was replaced; None if that is not known."""


def make_thumbnails(
    before: ImageArray, after: ImageArray | None, hole: MaskArray | None, profile: bytes | None = None
) -> Thumbnails:
    """Reduce (H, W, 3) RGB uint8 photos, and the (H, W) bool hole, to a size to look at."""
    height, width = before.shape[:2]
    scale = min(1.0, _SIDE_PX / max(height, width))
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Thumbnails(
        size_wh,
        _jpeg(before, size_wh, profile),
        None if after is None else _jpeg(after, size_wh, profile),
        None if hole is None else _png(hole, size_wh),
    )


def read_thumbnails(before: Path, after: Path | None) -> Thumbnails | None:
    """Small pictures of two files; None if they cannot be read."""
    try:
        image, profile = _read(before)
        return make_thumbnails(image, None if after is None else _read(after)[0], None, profile)
    except (EraserError, OSError, ValueError):
        return None


def _read(path: Path) -> tuple[ImageArray, bytes | None]:
    """A photo, decoded at a lower resolution where its format allows it."""
    if format_of_suffix(path.suffix) != "JPEG":
        photo = load(path)
        return photo.image, photo.icc_profile
    with open_image(path) as (_, picture):
        picture.draft("RGB", (_SIDE_PX, _SIDE_PX))
        upright = ImageOps.exif_transpose(picture)
        return np.asarray(upright.convert("RGB")), picture.info.get("icc_profile")


def _jpeg(image: ImageArray, size_wh: tuple[int, int], profile: bytes | None) -> bytes:
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    file = io.BytesIO()
    kept = profile if profile and len(profile) <= _MAX_PROFILE_BYTES else None
    Image.fromarray(small).save(file, "JPEG", quality=_QUALITY, icc_profile=kept)
    return file.getvalue()


def _png(hole: MaskArray, size_wh: tuple[int, int]) -> bytes:
    small = cv2.resize(hole.view(np.uint8) * np.uint8(255), size_wh, interpolation=cv2.INTER_AREA)
    picture = Image.fromarray(small).convert("P")
    picture.putpalette(_RED * 256)
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=bytes(share * 5 // 8 for share in range(256)))
    return file.getvalue()
