"""A first fill of a small picture, from the rim of the hole inwards.

Onion peel initialisation (Newson et al., SIAM 2014, section 3.3): each pixel of the outermost ring copies the source
whose surroundings agree best with what is known around the pixel; then the ring counts as known, and the next one
follows. A search that starts from a smooth fill instead finds that its grey-brown mean resembles gravel everywhere.
"""

from __future__ import annotations

import cv2
import numpy as np

from eraser.geometry import FloatArray, IntArray, MaskArray
from eraser.inpaint.kernels import CHANNELS, RADIUS_PX
from eraser.system.jit import compiled_fast, in_strips

_COLOURS = 3
"""Channels of colour; what a prior says of the others means nothing."""


def peel(
    features: FloatArray,
    hole: MaskArray,
    source: MaskArray,
    target: MaskArray,
    *,
    height: float = 0.0,
    prior_weight: float = 0.0,
) -> IntArray:
    """Fill the hole by copies and match every patch that touches it.

    Compares with all sources, so it is for the coarsest level only.

    Args:
        features: (h, w, CHANNELS) float32; completed in place. Under the hole, colours of a prior, if there is one.
        hole: (h, w) bool.
        source: (h, w) bool, centres of patches that may be copied; at least one.
        target: (h, w) bool, centres of patches that touch the hole.
        height: Cost of a copy for each squared row between a pixel and its source, as of one patch.
        prior_weight: How much a pixel counts whose colours are a prior's, in [0, 1]; a known one counts 1.

    Returns:
        (h, w, 2) int32, the (y, x) of the source matched with each target, -1 elsewhere.
    """
    match = np.full((*hole.shape, 2), -1, np.int32)
    sources = np.argwhere(source).astype(np.int32)
    area = (2 * RADIUS_PX + 1) ** 2
    weight = np.where(hole, np.float32(prior_weight), np.float32(1.0))
    textured = (~hole).astype(np.float32)
    left = hole.copy()
    while left.any():
        ring = left & (cv2.dilate((~left).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
        pixels = np.argwhere(ring if ring.any() else left).astype(np.int32)
        best = _nearest(features, weight, textured, pixels, sources, height / area)
        ys, xs = pixels[:, 0], pixels[:, 1]
        features[ys, xs] = features[best[:, 0], best[:, 1]]
        match[ys, xs] = best
        weight[ys, xs] = textured[ys, xs] = 1.0
        left[ys, xs] = False
    rim = np.argwhere(target & ~hole).astype(np.int32)
    match[rim[:, 0], rim[:, 1]] = _nearest(features, weight, textured, rim, sources, height / area)
    match[~target] = -1
    return match


def _nearest(
    features: FloatArray, weight: FloatArray, textured: FloatArray, pixels: IntArray, sources: IntArray, height: float
) -> IntArray:
    """(n, 2) the source that agrees best with each of the (n, 2) pixels."""
    best = np.zeros_like(pixels)
    if len(pixels):
        in_strips(_compare, len(pixels), features, weight, textured, pixels, sources, np.float32(height), best)
    return best


@compiled_fast
def _compare(
    first: int,
    last: int,
    features: FloatArray,
    weight: FloatArray,
    textured: FloatArray,
    pixels: IntArray,
    sources: IntArray,
    height: float,
    best: IntArray,
) -> None:
    """The source of the least mean squared difference for pixels ``first`` to ``last``.

    Args:
        first: First pixel.
        last: After the last one.
        features: (h, w, CHANNELS) float32.
        weight: (h, w) float32, how much the colours of a pixel count.
        textured: (h, w) float32, how much its other channels count.
        pixels: (n, 2) int32.
        sources: (m, 2) int32, centres of whole known patches.
        height: Cost for each squared row between pixel and source.
        best: (n, 2) int32, written.
    """
    h, w = weight.shape
    for i in range(first, last):
        y, x = pixels[i, 0], pixels[i, 1]
        top, bottom = max(0, y - RADIUS_PX), min(h, y + RADIUS_PX + 1)
        start, end = max(0, x - RADIUS_PX), min(w, x + RADIUS_PX + 1)
        total = np.float32(1e-6)
        for ty in range(top, bottom):
            for tx in range(start, end):
                total += weight[ty, tx]
        limit = np.float32(np.inf)
        for number in range(len(sources)):
            sy, sx = sources[number, 0], sources[number, 1]
            sum_ = height * np.float32((y - sy) * (y - sy)) * total
            for ty in range(top, bottom):
                if sum_ >= limit:
                    break
                for tx in range(start, end):
                    if weight[ty, tx] <= 0.0:
                        continue
                    by, bx = sy + ty - y, sx + tx - x
                    part, rest = np.float32(0.0), np.float32(0.0)
                    for c in range(_COLOURS):
                        d = features[ty, tx, c] - features[by, bx, c]
                        part += d * d
                    for c in range(_COLOURS, CHANNELS):
                        d = features[ty, tx, c] - features[by, bx, c]
                        rest += d * d
                    sum_ += weight[ty, tx] * part + textured[ty, tx] * rest
            if sum_ < limit:
                limit = sum_
                best[i, 0], best[i, 1] = sy, sx
