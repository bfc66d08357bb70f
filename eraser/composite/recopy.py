"""Copies made at working scale, made again from the photo's own pixels."""

from __future__ import annotations

import numpy as np

from eraser.geometry import Box, FloatArray, ImageArray, IntArray, MaskArray
from eraser.system.jit import compiled, in_strips


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
    out = np.zeros((inner.height, inner.width, 3), np.uint8)
    found = np.zeros((inner.height, inner.width), np.bool_)
    in_strips(_copy, inner.height, photo, hole, own, working_hole, offsets, inner.y0, inner.x0, out, found)
    mean = np.zeros((*working_hole.shape, 4), np.float32)
    in_strips(_low_frequencies, len(mean), photo, hole, working_hole, inner.y0, inner.x0, out, found, mean)
    seen = working_hole & (mean[..., 3] > 0)
    lift = np.where(seen[..., None], solved - mean[..., :3], np.float32(0.0))
    in_strips(_lift, inner.height, photo.shape[:2], own, lift, solved, inner.y0, inner.x0, found, out)
    return out


@compiled
def _gather(
    photo: ImageArray,
    hole: MaskArray,
    working_hole: MaskArray,
    offsets: IntArray,
    y: int,
    x: int,
    colour: FloatArray,
) -> bool:
    """The mean of the copies under the four nearest offsets of pixel (y, x), into colour; whether there is any."""
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
    if total <= 0.0:
        return False
    for c in range(3):
        colour[c] /= total
    return True


@compiled
def _copy(
    first: int,
    last: int,
    photo: ImageArray,
    hole: MaskArray,
    own: MaskArray,
    working_hole: MaskArray,
    offsets: IntArray,
    top: int,
    left: int,
    out: ImageArray,
    found: MaskArray,
) -> None:
    """Write copies where own is set; found tells where there are any. out and found begin at (top, left)."""
    colour = np.zeros(3, np.float32)
    for row in range(first, last):
        for column in range(out.shape[1]):
            y, x = row + top, column + left
            if own[y, x] and _gather(photo, hole, working_hole, offsets, y, x, colour):
                found[row, column] = True
                for c in range(3):
                    out[row, column, c] = np.uint8(np.rint(colour[c]))


@compiled
def _low_frequencies(
    first: int,
    last: int,
    photo: ImageArray,
    hole: MaskArray,
    working_hole: MaskArray,
    top: int,
    left: int,
    copies: ImageArray,
    found: MaskArray,
    mean: FloatArray,
) -> None:
    """Mean, per working hole pixel, of the copies and the known pixels in it; (h, w, 4), the last is their number."""
    h, w = working_hole.shape
    height, width = hole.shape
    for v in range(first, last):
        for u in range(w):
            if not working_hole[v, u]:
                continue
            for y in range((v * height) // h, ((v + 1) * height) // h):
                for x in range((u * width) // w, ((u + 1) * width) // w):
                    row, column = y - top, x - left
                    if not hole[y, x]:
                        for c in range(3):
                            mean[v, u, c] += photo[y, x, c]
                    elif 0 <= row < found.shape[0] and 0 <= column < found.shape[1] and found[row, column]:
                        for c in range(3):
                            mean[v, u, c] += copies[row, column, c]
                    else:
                        continue
                    mean[v, u, 3] += 1.0
            if mean[v, u, 3] > 0.0:
                for c in range(3):
                    mean[v, u, c] /= mean[v, u, 3]


@compiled
def _lift(
    first: int,
    last: int,
    shape: tuple[int, int],
    own: MaskArray,
    lift: FloatArray,
    solved: FloatArray,
    top: int,
    left: int,
    found: MaskArray,
    out: ImageArray,
) -> None:
    """Add the low frequencies that copies lack, bilinear; take the solved crop itself where there is no copy."""
    h, w = lift.shape[:2]
    scale_y, scale_x = h / shape[0], w / shape[1]
    for row in range(first, last):
        v = min(max((row + top + 0.5) * scale_y - 0.5, 0.0), h - 1.0)
        v0 = min(int(v), max(h - 2, 0))
        v1, fv = min(v0 + 1, h - 1), v - v0
        for column in range(out.shape[1]):
            if not own[row + top, column + left]:
                continue
            u = min(max((column + left + 0.5) * scale_x - 0.5, 0.0), w - 1.0)
            u0 = min(int(u), max(w - 2, 0))
            u1, fu = min(u0 + 1, w - 1), u - u0
            copied = found[row, column]
            field = lift if copied else solved
            for c in range(3):
                upper = field[v0, u0, c] * (1 - fu) + field[v0, u1, c] * fu
                lower = field[v1, u0, c] * (1 - fu) + field[v1, u1, c] * fu
                value = upper * (1 - fv) + lower * fv + (out[row, column, c] if copied else 0.0)
                out[row, column, c] = np.uint8(min(max(np.rint(value), 0.0), 255.0))
