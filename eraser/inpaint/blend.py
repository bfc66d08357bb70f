"""Seams between copies, taken out in the gradient domain.

Neighbouring copies from different places differ in brightness: a sky gets steps. The picture whose differences between
neighbours are nearest to those of the copies has none (Pérez et al., SIGGRAPH 2003; for copied regions Pritch et al.,
ICCV 2009). It is held softly to the copies' own colours, so that a rim of the person that the mask missed stains only
the pixels next to it, not the whole hole.
"""

from __future__ import annotations

import numpy as np

from eraser.geometry import FloatArray, ImageArray, IntArray, MaskArray
from eraser.system.jit import compiled, compiled_fast, in_strips

HOLD = 0.002
"""Weight of the copies' own colours; a step at the hole's edge fades over about 1 / sqrt(HOLD) pixels."""
EDGE = 90.0
"""Steps between neighbouring copies above this, in grey levels, are edges and stay."""
_SWEEPS = 160
_OVER = 1.9
"""Overrelaxation (Young 1954) of the red-black Gauss-Seidel sweeps."""


def blend_copies(image: ImageArray, hole: MaskArray, offsets: IntArray, *, hold: float = HOLD) -> ImageArray:
    """Copy known pixels into the hole and take out the seams.

    Args:
        image: (h, w, 3) uint8, known outside the hole.
        hole: (h, w) bool.
        offsets: (h, w, 2) int32, (dy, dx) from each hole pixel to the known pixel that it copies.
        hold: Weight of the copies' own colours against their differences.

    Returns:
        (h, w, 3) uint8, ``image`` outside the hole.
    """
    ys, xs = (index.astype(np.int32) for index in np.nonzero(hole))
    copies = image.astype(np.float32)
    copies[ys, xs] = image[ys + offsets[ys, xs, 0], xs + offsets[ys, xs, 1]]
    red = (ys + xs) % 2 == 0
    order = np.concatenate([np.flatnonzero(red), np.flatnonzero(~red)])
    ys, xs = ys[order], xs[order]
    divergence = np.zeros((len(ys), 3), np.float32)
    degree = np.zeros(len(ys), np.float32)
    in_strips(_guide, len(ys), image, hole, offsets, copies, ys, xs, np.float32(EDGE), divergence, degree)
    target = divergence + np.float32(hold) * copies[ys, xs]
    solved = np.ascontiguousarray(copies.transpose(2, 0, 1))
    reds = int(np.count_nonzero(red))
    in_strips(_relax, 3, solved, ys, xs, reds, target, degree, np.float32(hold), np.float32(_OVER), _SWEEPS)
    out = image.copy()
    out[ys, xs] = np.clip(np.rint(solved[:, ys, xs].T), 0, 255).astype(np.uint8)
    return out


@compiled
def _difference(
    image: ImageArray, hole: MaskArray, y: int, x: int, ny: int, nx: int, dy: int, dx: int, out: FloatArray
) -> bool:
    """Difference of the copies of two neighbours under one offset, into out; whether both are known pixels."""
    h, w = hole.shape
    ay, ax, by, bx = y + dy, x + dx, ny + dy, nx + dx
    if min(ay, ax, by, bx) < 0 or max(ay, by) >= h or max(ax, bx) >= w or hole[ay, ax] or hole[by, bx]:
        return False
    for c in range(3):
        out[c] = np.float32(image[ay, ax, c]) - np.float32(image[by, bx, c])
    return True


@compiled
def _guide(
    first: int,
    last: int,
    image: ImageArray,
    hole: MaskArray,
    offsets: IntArray,
    copies: FloatArray,
    ys: IntArray,
    xs: IntArray,
    edge: float,
    divergence: FloatArray,
    degree: FloatArray,
) -> None:
    """Sum over the neighbours of a hole pixel of the differences wanted, and their number."""
    h, w = hole.shape
    mine, theirs, wanted, step = (
        np.zeros(3, np.float32),
        np.zeros(3, np.float32),
        np.zeros(3, np.float32),
        np.zeros(3, np.float32),
    )
    for i in range(first, last):
        y, x = ys[i], xs[i]
        for way in range(4):
            ny, nx = y + (way == 0) - (way == 1), x + (way == 2) - (way == 3)
            if ny < 0 or nx < 0 or ny >= h or nx >= w:
                continue
            degree[i] += 1.0
            a = _difference(image, hole, y, x, ny, nx, offsets[y, x, 0], offsets[y, x, 1], mine)
            b = hole[ny, nx] and _difference(image, hole, y, x, ny, nx, offsets[ny, nx, 0], offsets[ny, nx, 1], theirs)
            if not a and not b:
                continue
            strength = np.float32(0.0)
            for c in range(3):
                strength += (abs(mine[c]) if a else np.float32(0.0)) - (abs(theirs[c]) if b else np.float32(0.0))
            widest = np.float32(0.0)
            for c in range(3):
                wanted[c] = mine[c] if a and (not b or strength >= 0.0) else theirs[c]
                step[c] = copies[y, x, c] - copies[ny, nx, c]
                widest = max(widest, abs(step[c] - wanted[c]))
            for c in range(3):
                divergence[i, c] += step[c] if widest > edge else wanted[c]


@compiled_fast
def _relax(
    first: int,
    last: int,
    solved: FloatArray,
    ys: IntArray,
    xs: IntArray,
    reds: int,
    target: FloatArray,
    degree: FloatArray,
    hold: float,
    over: float,
    sweeps: int,
) -> None:
    """Red-black successive overrelaxation on the hole pixels of channels first to last, in place."""
    h, w = solved.shape[1:]
    for c in range(first, last):
        plane = solved[c]
        for turn in range(2 * sweeps):
            begin, end = (0, reds) if turn % 2 == 0 else (reds, len(ys))
            for i in range(begin, end):
                y, x = ys[i], xs[i]
                total = target[i, c]
                if y > 0:
                    total += plane[y - 1, x]
                if y < h - 1:
                    total += plane[y + 1, x]
                if x > 0:
                    total += plane[y, x - 1]
                if x < w - 1:
                    total += plane[y, x + 1]
                plane[y, x] += over * (total / (degree[i] + hold) - plane[y, x])
