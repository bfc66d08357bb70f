"""From a coarse outline to one that follows the photo's edges, in a band around the outline only.

A network's mask has a cell for 4 x 4 pixels of its input, which are 25 x 25 of a photo of 12 megapixels. What the
photo shows there is finer: the guided filter (He, Sun and Tang, Guided image filtering, 2013) explains the mask by the
colours around each pixel, and so moves its edge to theirs. Its coefficients are found on a small picture and applied
to the large one (He and Sun, Fast guided filter, https://arxiv.org/abs/1505.00996), so that a person costs about the
same in any photo.

Colours decide only what the network was unsure of: what it saw clearly stays, so that somebody in a grey coat before a
grey wall is not thinned out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from eraser.geometry import Box, FloatArray, ImageArray, MaskArray, Person
from eraser.hole.grow import distance_px
from eraser.maskers.detection import Detection

_SMALL_CELL_PX = 3.0
"""Side of a cell in the small picture; with 4 the outlines were the same."""
_RADIUS_CELLS = 3.0
"""Of the windows in which colours explain the mask."""
_BAND_CELLS = 2.0
"""How far from the outline its edge may be moved."""
_EPSILON = 1e-4
"""Variance of a colour in [0, 1] below which a window counts as flat."""
_EXPLAINED = 0.1
"""Part of the mask's variance that colours have to explain in a window to be heard."""
_BLOCK_PX = 128
"""Side of the blocks in which the outline is drawn at the photo's resolution; those away from it are left out."""


def refine(image: ImageArray, detection: Detection) -> Person:
    """A detection's outline at the photo's resolution.

    Args:
        image: (H, W, 3) RGB uint8, the photo.
        detection: In the photo's pixels.
    """
    margin_px = math.ceil(_RADIUS_CELLS * detection.cell_px)
    region = detection.box.grow(margin_px, margin_px, image.shape)
    inside = detection.box.shift(-region.x0, -region.y0).slices
    mask = np.zeros((region.height, region.width), bool)
    mask[inside] = detection.outline.mask
    part = image[region.slices]

    coefficients, band = _explain(part, mask, detection.cell_px)
    _draw(mask, part, coefficients, band)
    mask[inside] |= detection.clear

    # Without a clear pixel, and with no colour that tells it from the ground, the outline stays as it is.
    return detection.outline.with_mask(mask, region) or detection.outline


def _explain(part: ImageArray, mask: MaskArray, cell_px: float) -> tuple[FloatArray, MaskArray]:
    """The mask as a linear function of the colours around each pixel of a small picture.

    Returns:
        (h, w, 4) factors of red, green and blue and a constant, for colours in [0, 255], and the (h, w) band of pixels
        where they count.
    """
    scale = min(1.0, _SMALL_CELL_PX / cell_px)
    size_wh = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    colours = cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    share = cv2.resize(mask.astype(np.uint8) * 255, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    small_cell_px = cell_px * scale
    window = 2 * max(1, round(_RADIUS_CELLS * small_cell_px)) + 1

    def mean(values: FloatArray) -> FloatArray:
        around: FloatArray = cv2.blur(values, (window, window), borderType=cv2.BORDER_REFLECT)
        return around

    factors, constant, explained = _fit(colours, share, mean)
    # Where colours explain nothing the filter is a blur, which would eat hands: there the outline itself counts.
    trust = mean(np.minimum(explained / _EXPLAINED, 1.0))
    coefficients = np.dstack([mean(factors / 255.0) * trust[..., None], mean(constant) * trust + share * (1.0 - trust)])
    on = share > 0.5
    return coefficients.astype(np.float32), np.maximum(distance_px(on), distance_px(~on)) <= _BAND_CELLS * small_cell_px


def _fit(
    colours: FloatArray, share: FloatArray, mean: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least squares in each window: what makes ``share`` of ``colours``.

    Returns:
        (h, w, 3) factors, (h, w) constant, and the (h, w) part of the variance of ``share`` that they explain.
    """
    # In double precision: colours that all but lie on one line, as in a grey photo, make the matrix all but singular.
    colours, share = colours.astype(np.float64), share.astype(np.float64)
    mean_colours, mean_share = mean(colours), mean(share)
    r, g, b = (mean(colours * share[..., None]) - mean_colours * mean_share[..., None]).transpose(2, 0, 1)

    def covariance(i: int, j: int) -> FloatArray:
        return mean(colours[..., i] * colours[..., j]) - mean_colours[..., i] * mean_colours[..., j]

    rr, gg, bb = (covariance(i, i) + np.float32(_EPSILON) for i in range(3))
    rg, rb, gb = covariance(0, 1), covariance(0, 2), covariance(1, 2)
    # The inverse of a symmetric 3 x 3 matrix by its cofactors: many times faster here than a solver for each pixel.
    rr_, rg_, rb_ = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    gg_, gb_, bb_ = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    determinant = rr * rr_ + rg * rg_ + rb * rb_
    factors = np.stack([rr_ * r + rg_ * g + rb_ * b, rg_ * r + gg_ * g + gb_ * b, rb_ * r + gb_ * g + bb_ * b], axis=-1)
    factors /= determinant[..., None]
    constant = mean_share - (factors * mean_colours).sum(axis=-1)
    variance = mean(share * share) - mean_share * mean_share
    explained = (factors[..., 0] * r + factors[..., 1] * g + factors[..., 2] * b) / np.maximum(variance, 1e-6)
    return factors, constant, np.maximum(explained, 0.0)


def _draw(mask: MaskArray, part: ImageArray, coefficients: FloatArray, band: MaskArray) -> None:
    """Replace the (H, W) mask where the (h, w) band lies over it: what the coefficients make of the colours there."""
    # Away from the band the outline stands: there the mask is a constant, whatever the colours.
    height, width = band.shape
    small = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(np.float32)
    coefficients = np.where(band[..., None], coefficients, np.dstack([np.zeros((height, width, 3), np.float32), small]))
    to_small = width / mask.shape[1], height / mask.shape[0]
    for block in _blocks(mask.shape):
        x0, x1 = int(block.x0 * to_small[0]), math.ceil(block.x1 * to_small[0])
        y0, y1 = int(block.y0 * to_small[1]), math.ceil(block.y1 * to_small[1])
        if not band[y0:y1, x0:x1].any():
            continue
        there = cv2.warpAffine(
            coefficients,
            np.array(
                [
                    [to_small[0], 0, (block.x0 + 0.5) * to_small[0] - 0.5],
                    [0, to_small[1], (block.y0 + 0.5) * to_small[1] - 0.5],
                ]
            ),
            (block.width, block.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        share = np.einsum("hwc,hwc->hw", part[block.slices].astype(np.float32), there[..., :3]) + there[..., 3]
        np.greater(share, 0.5, out=mask[block.slices])


def _blocks(shape: tuple[int, ...]) -> Iterator[Box]:
    whole = Box(0, 0, shape[1], shape[0])
    for y0 in range(0, shape[0], _BLOCK_PX):
        for x0 in range(0, shape[1], _BLOCK_PX):
            yield Box(x0, y0, x0 + _BLOCK_PX, y0 + _BLOCK_PX).intersect(whole)
