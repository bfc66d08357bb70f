"""Masks that the user brings: what is white in a picture is taken out."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np

from eraser.errors import PhotoReadError
from eraser.geometry import ImageArray, MaskArray
from eraser.photo.base import Photo
from eraser.photo.read import load

log = logging.getLogger(__name__)

_GREY = (32, 223)
"""Brightness between these is neither black nor white."""
_MOST_GREY = 0.25
"""Share of grey pixels in a mask, at most: soft edges have less, photos have more."""
_LEAST_LEVELS = 32
"""Different grey levels of a photo, at least; a map of classes has fewer."""


def load_mask(source: Path | bytes, size_wh: tuple[int, int], *, invert: bool = False) -> MaskArray:
    """Read a mask that the person brings: white is taken out, black stays.

    A pixel is set where its brightness is above 127 of 255, transparent ones counting as black. Where all that is
    visible has one colour and something is transparent, what is painted is set, whatever the colour. Of a mask that
    holds only 0 and one dark value, such as 0 and 1, the dark value is set. An EXIF orientation is applied, as to the
    photo.

    Args:
        source: Any file that is read as a photo, or its bytes.
        size_wh: Size of the upright photo in pixels.
        invert: Black is taken out, white stays.

    Returns:
        (H, W), True = to take out.

    Raises:
        PhotoReadError: It cannot be read, its size is not the photo's, or it does not look like a mask.
    """
    mask, name = load(source), source if isinstance(source, Path) else "the mask"
    if mask.size_wh != size_wh:
        turned = "; draw it on the photo as it is shown upright" if mask.size_wh == size_wh[::-1] else ""
        own, wanted = (f"{width} x {height}" for width, height in (mask.size_wh, size_wh))
        raise PhotoReadError(f"{name}: the mask has {own} pixels, the photo {wanted}: they must be of one size{turned}")
    return _is_set(mask, name) ^ invert


def _is_set(mask: Photo, name: Path | str) -> MaskArray:
    brightness = cv2.cvtColor(mask.image, cv2.COLOR_RGB2GRAY)
    if mask.alpha is None or mask.alpha.min() == 255:
        return _white(np.asarray(brightness, np.uint8), name)
    visible: ImageArray = mask.image[mask.alpha > 0]
    if len(visible) and (visible == visible[0]).all():
        return mask.alpha > 127
    return np.asarray(brightness.astype(np.uint16) * mask.alpha > 127 * 255, dtype=np.bool_)


def _white(brightness: ImageArray, name: Path | str) -> MaskArray:
    """Where an (H, W) picture is white, if it is a mask at all."""
    counts = np.bincount(brightness.ravel(), minlength=256)
    levels = np.flatnonzero(counts)
    grey = counts[_GREY[0] : _GREY[1] + 1].sum() / brightness.size
    if grey > _MOST_GREY and len(levels) >= _LEAST_LEVELS:
        raise PhotoReadError(
            f"{name}: this does not look like a mask: {grey:.0%} of its pixels are neither black nor white"
        )
    if levels[-1] > 127 or levels[-1] == 0:
        return np.asarray(brightness > 127, dtype=np.bool_)
    if len(levels) == 2 and levels[0] == 0:
        log.warning("%s: the mask holds 0 and %d: what is not 0 is taken out", name, levels[1])
        return np.asarray(brightness > 0, dtype=np.bool_)
    raise PhotoReadError(
        f"{name}: nothing in the mask is white: its brightest pixels have {levels[-1]} of 255, and it holds "
        f"{len(levels)} levels; paint what is to go white"
    )
