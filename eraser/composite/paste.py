"""Stage 6: carry a fill back to the photo's resolution, match its colours, feather it inside the hole, paste it.

A crop is solved at working scale. Where the fill says from which pixels it was copied, the copy is made again from the
photo's own pixels and only the low frequencies come from the solved crop, so that neither detail nor colour is lost;
attention found at low resolution moves high-frequency residuals, as in HiFill (Yi et al., CVPR 2020).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from eraser.composite.recopy import carry_copies
from eraser.geometry import Box, FloatArray, ImageArray, IntArray, MaskArray
from eraser.hole.crops import Crop
from eraser.hole.grow import distance_px
from eraser.inpaint.smooth import smooth_fill

FEATHER_SHARE = 0.5
"""Default feather, as a share of the way from the hole's edge to the person seen."""
SEAM_PX = 5
"""Width of the ring around the hole whose colours are compared."""


class WorkingCrop(NamedTuple):
    """A crop at working scale."""

    image: ImageArray
    """(h, w, 3) uint8, zero in the hole."""
    hole: MaskArray
    """(h, w), set where any of a working pixel's photo pixels is hole: nothing of a person leaks into the context."""


def take_crop(photo: ImageArray, hole: MaskArray, crop: Crop) -> WorkingCrop:
    """The pixels of a crop at working scale."""
    pixels, mask = photo[crop.box.slices], hole[crop.box.slices]
    if crop.scale < 1.0:
        pixels = cv2.resize(pixels, crop.working_wh, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask.astype(np.float32), crop.working_wh, interpolation=cv2.INTER_AREA) > 0.0
    return WorkingCrop(np.where(mask[..., None], np.uint8(0), pixels), mask.copy())


def paste(
    photo: ImageArray,
    hole: MaskArray,
    person: MaskArray,
    crop: Crop,
    working: WorkingCrop,
    filled: ImageArray,
    offsets: IntArray | None = None,
    *,
    feather_px: int | None = None,
) -> None:
    """Write a solved crop into ``photo`` in place; only pixels of ``crop.hole`` change.

    Args:
        photo: (H, W, 3) uint8.
        hole: (H, W), all holes; none of their pixels is ever copied.
        person: (H, W), where people were seen; the feather ends before it.
        crop: What was solved.
        working: Its pixels, from ``take_crop``.
        filled: (h, w, 3) uint8, the solution at working scale.
        offsets: (h, w, 2) int32, (dy, dx) to the known working pixel that a hole pixel was copied from; None where
            the solution is no copy.
        feather_px: Width of the soft edge inside the hole; None takes it from the rim between hole and person.
    """
    inner = Box.of_mask(crop.hole)
    if inner is None:
        return
    matched = match_seam(working.image, filled, working.hole)
    target, own = photo[crop.box.slices], crop.hole
    alpha = feather(own, person[crop.box.slices], inner, feather_px)
    if crop.scale >= 1.0:
        carried = np.clip(np.rint(matched[inner.slices]), 0, 255).astype(np.uint8)
    elif offsets is not None:
        carried = carry_copies(target, hole[crop.box.slices], own, inner, matched, working.hole, offsets)
    else:
        carried = _upsample(matched, crop, inner)
    view, mask = target[inner.slices], own[inner.slices]
    soft = mask & (alpha < 1.0)
    a = alpha[soft][:, None]
    blended = np.rint(a * carried[soft] + (1.0 - a) * view[soft]).astype(np.uint8)
    copy_where(view, carried, mask)
    view[soft] = blended


def copy_where(target: ImageArray, pixels: ImageArray, mask: MaskArray) -> None:
    """Write (h, w, 3) pixels where the (h, w) mask is set; numpy's ``copyto`` takes ten times as long."""
    try:
        cv2.copyTo(pixels, mask.view(np.uint8), target)
    except cv2.error:  # OpenCV writes to no view whose channels or columns are out of order
        np.copyto(target, pixels, where=mask[..., None])


def match_seam(context: ImageArray, filled: ImageArray, hole: MaskArray) -> FloatArray:
    """Shift a fill's colours so that it meets its surroundings.

    A network redraws the known pixels too; by how much it misses them in a ring around the hole is spread into the
    hole and taken off. Fills that leave known pixels alone stay as they are.

    Args:
        context: (h, w, 3) uint8, known where ``hole`` is not set.
        filled: (h, w, 3) uint8.
        hole: (h, w) bool.

    Returns:
        (h, w, 3) float32, known pixels from ``context``.
    """
    out = np.where(hole[..., None], filled, context).astype(np.float32)
    side = 2 * SEAM_PX + 1
    ring = (cv2.dilate(hole.astype(np.uint8), np.ones((side, side), np.uint8)) > 0) & ~hole
    miss = context.astype(np.float32) - filled
    if ring.any() and np.any(miss[ring]):
        out[hole] += smooth_fill(miss, ring)[hole]
    return np.clip(out, 0.0, 255.0)


def feather(own: MaskArray, person: MaskArray, inner: Box, feather_px: int | None) -> FloatArray:
    """How much of the fill shows: 1 on the person, falling to the photo at the edge of the hole, inside the hole.

    Args:
        own: (h, w) bool, the hole.
        person: (h, w) bool, where people were seen.
        inner: Box of the hole in it.
        feather_px: Width, at most the way to the person; None ends half-way there. Where the mask is all person, the
            edge stays hard.

    Returns:
        Float32 in [0, 1] of the shape of ``inner``.
    """
    # One pixel more on each side, so that the distance is that to the outside; the photo's edge is no outside.
    around = inner.grow(1, 1, own.shape)
    cut = inner.shift(-around.x0, -around.y0).slices
    outside_px = distance_px(~own[around.slices])[cut]
    way_px = np.maximum(outside_px + distance_px(person[around.slices])[cut], np.float32(1.0))
    width_px = FEATHER_SHARE * way_px if feather_px is None else np.minimum(np.float32(feather_px + 1), way_px)
    alpha: FloatArray = np.minimum(outside_px / width_px, np.float32(1.0))
    return alpha


def _upsample(filled: FloatArray, crop: Crop, inner: Box) -> ImageArray:
    """The part of a working-scale solution that lies in ``inner``, at photo scale, bicubic."""
    scale_x, scale_y = filled.shape[1] / crop.box.width, filled.shape[0] / crop.box.height
    # A warp samples only the part that is asked for; a resize of a 48-megapixel crop would hold it whole.
    matrix = np.array(
        [
            [scale_x, 0.0, (inner.x0 + 0.5) * scale_x - 0.5],
            [0.0, scale_y, (inner.y0 + 0.5) * scale_y - 0.5],
        ]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(filled, matrix, (inner.width, inner.height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    upsampled: ImageArray = np.clip(np.rint(out), 0, 255).astype(np.uint8)
    return upsampled
