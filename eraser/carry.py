"""Copies made at working scale, made again from the photo's own pixels."""

from __future__ import annotations

import numpy as np

from eraser.arrays import Box, FloatArray, ImageArray, IntArray, MaskArray
from eraser.compiled import compiled, in_strips


def carry_copies(
    photo: ImageArray,
    hole: MaskArray,
    own: MaskArray,
    inner: Box,
    solved: FloatArray,
    working_hole: MaskArray,
    offsets: IntArray,
) -> ImageArray:
    """Copy real pixels under the offsets of a solved crop, and give them its low frequencies.

    Args:
        photo: (H, W, 3) uint8, the crop at photo scale.
        hole: (H, W) bool, pixels that must not be copied.
        own: (H, W) bool, pixels that are wanted.
        inner: Box of ``own``.
        solved: (h, w, 3) float32 in [0, 255], the crop completed at working scale.
        working_hole: (h, w) bool.
        offsets: (h, w, 2) int32, (dy, dx) in working pixels, defined in the working hole.

    Returns:
        (inner height, inner width, 3) uint8, defined where ``own`` is set.
    """
    low = np.zeros((*working_hole.shape, 4), np.float32)
    in_strips(_low_frequencies, len(low), photo, hole, working_hole, offsets, low)
    mean = low[..., :3] / np.maximum(low[..., 3:], np.float32(1.0))
    lift = np.where((working_hole & (low[..., 3] > 0))[..., None], solved - mean, np.float32(0.0))
    out = np.zeros((inner.height, inner.width, 3), np.uint8)
    lift = lift.astype(np.float32)
    in_strips(_copy, len(out), photo, hole, own, working_hole, offsets, lift, solved, inner.y0, inner.x0, out)
    return out


@compiled
def _gather(
    photo: ImageArray, hole: MaskArray, working_hole: MaskArray, offsets: IntArray, y: int, x: int, colour: FloatArray
) -> float:
    """The mean of the copies under the four nearest offsets of pixel (y, x), into colour; the weight found."""
    h, w = working_hole.shape
    scale_y, scale_x = h / photo.shape[0], w / photo.shape[1]
    v, u = (y + 0.5) * scale_y - 0.5, (x + 0.5) * scale_x - 0.5
    v0, u0 = int(np.floor(v)), int(np.floor(u))
    colour[:] = 0.0
    total = 0.0
    for k in range(4):
        cy, cx = v0 + k // 2, u0 + k % 2
        weight = (1.0 - abs(v - cy)) * (1.0 - abs(u - cx))
        cy, cx = min(max(cy, 0), h - 1), min(max(cx, 0), w - 1)
        if weight <= 0.0 or not working_hole[cy, cx]:
            continue
        sy = y + int(np.rint(offsets[cy, cx, 0] / scale_y))
        sx = x + int(np.rint(offsets[cy, cx, 1] / scale_x))
        if sy < 0 or sx < 0 or sy >= photo.shape[0] or sx >= photo.shape[1] or hole[sy, sx]:
            continue
        total += weight
        for c in range(3):
            colour[c] += weight * photo[sy, sx, c]
    if total > 0.0:
        for c in range(3):
            colour[c] /= total
    return total


@compiled
def _low_frequencies(
    top: int,
    bottom: int,
    photo: ImageArray,
    hole: MaskArray,
    working_hole: MaskArray,
    offsets: IntArray,
    low: FloatArray,
) -> None:
    """Sum, per working pixel, of the copies in it and of the known pixels in it; (h, w, 4), the last is their count."""
    h, w = working_hole.shape
    height, width = hole.shape
    colour = np.zeros(3, np.float32)
    for v in range(top, bottom):
        for y in range((v * height) // h, ((v + 1) * height) // h):
            for x in range(width):
                u = (x * w) // width
                if not working_hole[v, u]:
                    continue
                if hole[y, x]:
                    if _gather(photo, hole, working_hole, offsets, y, x, colour) <= 0.0:
                        continue
                    for c in range(3):
                        low[v, u, c] += colour[c]
                else:
                    for c in range(3):
                        low[v, u, c] += photo[y, x, c]
                low[v, u, 3] += 1.0


@compiled
def _copy(
    first: int,
    last: int,
    photo: ImageArray,
    hole: MaskArray,
    own: MaskArray,
    working_hole: MaskArray,
    offsets: IntArray,
    lift: FloatArray,
    solved: FloatArray,
    top: int,
    left: int,
    out: ImageArray,
) -> None:
    """Write copies, lifted to the solved crop's low frequencies, where own is set; solved itself where none is."""
    h, w = working_hole.shape
    scale_y, scale_x = h / photo.shape[0], w / photo.shape[1]
    colour = np.zeros(3, np.float32)
    for row in range(first, last):
        y = row + top
        v = min(max((y + 0.5) * scale_y - 0.5, 0.0), h - 1.0)
        v0 = min(int(v), max(h - 2, 0))
        fv = np.float32(v - v0)
        v1 = min(v0 + 1, h - 1)
        for column in range(out.shape[1]):
            x = column + left
            if not own[y, x]:
                continue
            u = min(max((x + 0.5) * scale_x - 0.5, 0.0), w - 1.0)
            u0 = min(int(u), max(w - 2, 0))
            fu = np.float32(u - u0)
            u1 = min(u0 + 1, w - 1)
            found = _gather(photo, hole, working_hole, offsets, y, x, colour) > 0.0
            field = lift if found else solved
            for c in range(3):
                upper = field[v0, u0, c] * (1 - fu) + field[v0, u1, c] * fu
                lower = field[v1, u0, c] * (1 - fu) + field[v1, u1, c] * fu
                value = upper * (1 - fv) + lower * fv
                if found:
                    value += colour[c]
                out[row, column, c] = np.uint8(min(max(np.rint(value), 0.0), 255.0))
