"""Crops at the sizes that networks take: resized to a square, or padded to a multiple, and brought back."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.geometry import FloatArray, ImageArray, MaskArray
from eraser.inpaint.base import Fill, Inpainter, run_inpainter
from eraser.inpaint.requirements import requirements_of

KNOWN_SHARE = 0.5
"""A pixel of the square is known if so much of what it covers is."""


def fill_crop(inpainter: Inpainter, image: ImageArray, hole: MaskArray, name: str) -> Fill:
    """How the inpainter ``name`` completes a crop, at the size that it takes.

    Args:
        inpainter: Its ``requirements`` say which sizes it takes.
        image: (h, w, 3) RGB uint8, zero in the hole.
        hole: (h, w) bool.
        name: For messages.

    Returns:
        The completed crop, (h, w, 3). Offsets are kept where the crop was not resized or padded.

    Raises:
        InpainterError: It failed, or returned something else than the completed crop.
    """
    wants = requirements_of(inpainter)
    height, width = hole.shape
    if wants.fixed_side is not None and hole.shape != (wants.fixed_side, wants.fixed_side):
        square, unknown = resize_to_square(image, hole, wants.fixed_side)
        # A pixel that covers any of the hole must be filled, or the rim of the person would pass for known.
        size_wh = (wants.fixed_side, wants.fixed_side)
        unknown |= cv2.resize(hole.astype(np.float32), size_wh, interpolation=cv2.INTER_AREA) > 0.0
        pixels = np.where(unknown[..., None], 0, np.rint(square)).astype(np.uint8)
        filled = run_inpainter(inpainter, pixels, unknown, name)
        return Fill(resize_back(filled.image.astype(np.float32), hole.shape))
    down, right = -height % wants.side_multiple, -width % wants.side_multiple
    if not down and not right:
        return run_inpainter(inpainter, image, hole, name)
    # The padding mirrors the crop, its hole included.
    padded = np.pad(image, ((0, down), (0, right), (0, 0)), "symmetric")
    filled = run_inpainter(inpainter, padded, np.pad(hole, ((0, down), (0, right)), "symmetric"), name)
    return Fill(np.ascontiguousarray(filled.image[:height, :width]))


def resize_to_square(image: ImageArray, hole: MaskArray, size_px: int) -> tuple[FloatArray, MaskArray]:
    """A crop of any aspect ratio as a square, as in training; nothing under the hole takes part.

    Returns:
        (P, P, 3) float32 in [0, 255], each pixel the mean of the known ones that it covers, 0 where it covers none;
        and (P, P) bool, the hole.
    """
    size_wh = (size_px, size_px)
    known = (~hole).astype(np.float32)
    # Area means as far as it shrinks; a crop that is smaller than the square is stretched.
    shrinks = min(hole.shape) >= size_px
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    share = cv2.resize(known, size_wh, interpolation=way)
    colours = cv2.resize(image * known[..., None], size_wh, interpolation=way)
    square: FloatArray = np.asarray(colours / np.maximum(share, 1e-3)[..., None], np.float32)
    return np.clip(square, 0.0, 255.0), share < KNOWN_SHARE


def resize_back(square: FloatArray, shape: tuple[int, ...]) -> ImageArray:
    """A (P, P, 3) float32 square in [0, 255] as an (h, w, 3) uint8 crop, bicubic."""
    h, w = shape[:2]
    stretched = cv2.resize(
        square, (w, h), interpolation=cv2.INTER_CUBIC if min(h, w) >= len(square) else cv2.INTER_AREA
    )
    crop: ImageArray = np.clip(np.rint(stretched), 0.0, 255.0).astype(np.uint8)
    return crop
