"""Compiled loops of the patch search: sweeps, votes and the patch distance.

PatchMatch (Barnes et al., SIGGRAPH 2009) for the search; the weighted vote of Wexler et al. (PAMI 2007). Each loop
works on rows top to bottom of the crop, so that strips of rows can run in parallel (``eraser.system.jit.in_strips``); a
strip of a sweep reads its neighbours' rows as they were before, and random numbers are hashed from position and sweep,
so that the result is the same on any number of threads.
"""

from __future__ import annotations

import numpy as np

from eraser.geometry import FloatArray, IntArray, MaskArray
from eraser.system.jit import compiled, compiled_fast

RADIUS_PX = 3
"""Patches are 7 x 7 pixels."""
CHANNELS = 5
"""Red, green, blue and two of local texture."""
_ROW = (2 * RADIUS_PX + 1) * CHANNELS
_SHRINK = 0.5


@compiled_fast
def _distance(
    rows: FloatArray, ty: int, tx: int, sy: int, sx: int, height: np.float32, limit: np.float32
) -> np.float32:
    """Sum of squared differences of two patches, and ``height`` for each squared row between them.

    rows: (h, w * CHANNELS). Gives up once past the limit.
    """
    total = height * np.float32((ty - sy) * (ty - sy))
    t0, s0 = (tx - RADIUS_PX) * CHANNELS, (sx - RADIUS_PX) * CHANNELS
    for dy in range(-RADIUS_PX, RADIUS_PX + 1):
        a, b = rows[ty + dy], rows[sy + dy]
        part = np.float32(0.0)
        for i in range(_ROW):
            d = a[t0 + i] - b[s0 + i]
            part += d * d
        total += part
        if total >= limit:
            return total
    return total


@compiled
def _hash(a: int, b: int, c: int) -> np.uint32:
    """32 well mixed bits from three integers."""
    # numba widens arithmetic on 32 bits to 64: without the casts the upper half would leak into the random steps.
    h = np.uint32(
        np.uint32(a) * np.uint32(0x9E3779B1)
        ^ np.uint32(b) * np.uint32(0x85EBCA77)
        ^ np.uint32(c) * np.uint32(0xC2B2AE3D)
    )
    h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
    h = np.uint32((h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39))
    return np.uint32(h ^ (h >> np.uint32(15)))


@compiled
def score(
    top: int, bottom: int, rows: FloatArray, target: MaskArray, match: IntArray, cost: FloatArray, height: float
) -> None:
    """Write the distance of every target patch to its match into cost; ``height`` as in ``sweep``."""
    for y in range(top, bottom):
        for x in range(target.shape[1]):
            if target[y, x]:
                cost[y, x] = _distance(
                    rows, y, x, match[y, x, 0], match[y, x, 1], np.float32(height), np.float32(np.inf)
                )


@compiled
def sweep(
    top: int,
    bottom: int,
    rows: FloatArray,
    target: MaskArray,
    source: MaskArray,
    match: IntArray,
    cost: FloatArray,
    before: IntArray,
    number: int,
    reach: int,
    height: float,
) -> None:
    """One sweep of propagation and random search over all target patches, in place.

    Args:
        top: First row of the strip.
        bottom: Row after its last one.
        rows: (h, w * CHANNELS) float32.
        target: (h, w) bool, centres of patches that look for a match.
        source: (h, w) bool, centres of patches that may be copied.
        match: (h, w, 2) int32, the (y, x) matched so far.
        cost: (h, w) float32, their distances.
        before: (h, w, 2) int32, a copy of match from before the sweep.
        number: Number of the sweep; odd ones run backwards.
        reach: Largest distance of the random search in pixels.
        height: Cost of a match for each squared row between the patches.
    """
    h, w = target.shape
    step = -1 if number % 2 == 0 else 1  # where the neighbours that were just seen lie
    for row in range(top, bottom):
        y = row if step < 0 else top + bottom - 1 - row
        for column in range(w):
            x = column if step < 0 else w - 1 - column
            if not target[y, x]:
                continue
            best_y, best_x, best = match[y, x, 0], match[y, x, 1], cost[y, x]
            for way in range(2):
                ny, nx = (y, x + step) if way == 0 else (y + step, x)
                if ny < 0 or ny >= h or nx < 0 or nx >= w or not target[ny, nx]:
                    continue
                if top <= ny < bottom:
                    sy, sx = match[ny, nx, 0] + y - ny, match[ny, nx, 1] + x - nx
                else:
                    sy, sx = before[ny, nx, 0] + y - ny, before[ny, nx, 1] + x - nx
                if sy < 0 or sy >= h or sx < 0 or sx >= w or not source[sy, sx] or (sy == best_y and sx == best_x):
                    continue
                d = _distance(rows, y, x, sy, sx, np.float32(height), best)
                if d < best:
                    best_y, best_x, best = sy, sx, d
            radius = np.float32(reach)
            tries = 0
            while radius >= 1.0:
                tries += 1
                bits = _hash(y * w + x, number, tries)
                dy = np.int32((np.float32(bits & np.uint32(0xFFFF)) / 32767.5 - 1.0) * radius)
                dx = np.int32((np.float32(bits >> np.uint32(16)) / 32767.5 - 1.0) * radius)
                sy, sx = best_y + dy, best_x + dx
                radius *= np.float32(_SHRINK)
                if sy < 0 or sy >= h or sx < 0 or sx >= w or not source[sy, sx]:
                    continue
                d = _distance(rows, y, x, sy, sx, np.float32(height), best)
                if d < best:
                    best_y, best_x, best = sy, sx, d
            match[y, x, 0], match[y, x, 1], cost[y, x] = best_y, best_x, best


@compiled_fast
def vote(
    top: int,
    bottom: int,
    features: FloatArray,
    hole: MaskArray,
    target: MaskArray,
    match: IntArray,
    cost: FloatArray,
    trust: FloatArray,
    percentile: float,
    out: FloatArray,
) -> None:
    """Every hole pixel becomes the weighted mean of what the patches that cover it copy.

    Args:
        top: First row of the strip.
        bottom: Row after its last one.
        features: (h, w, CHANNELS) float32.
        hole: (h, w) bool.
        target: (h, w) bool, centres of patches with a match.
        match: (h, w, 2) int32.
        cost: (h, w) float32.
        trust: (h, w) float32 in (0, 1], how much a patch counts by where it lies.
        percentile: In [0, 1]; the cost there among a pixel's patches has the weight exp(-1/2).
        out: (h, w, CHANNELS) float32, written where hole is set.
    """
    h, w = hole.shape
    for y in range(top, bottom):
        total = np.empty(CHANNELS, np.float32)
        costs = np.empty(_ROW * _ROW, np.float32)
        for x in range(w):
            if not hole[y, x]:
                continue
            total[:] = 0.0
            weights = np.float32(0.0)
            count = 0
            for ty in range(max(0, y - RADIUS_PX), min(h, y + RADIUS_PX + 1)):
                for tx in range(max(0, x - RADIUS_PX), min(w, x + RADIUS_PX + 1)):
                    if target[ty, tx]:
                        costs[count] = cost[ty, tx]
                        count += 1
            if count == 0:
                continue
            spread = np.float32(2.0) * max(np.sort(costs[:count])[int((count - 1) * percentile)], np.float32(1.0))
            for ty in range(max(0, y - RADIUS_PX), min(h, y + RADIUS_PX + 1)):
                for tx in range(max(0, x - RADIUS_PX), min(w, x + RADIUS_PX + 1)):
                    if not target[ty, tx]:
                        continue
                    weight = trust[ty, tx] * np.exp(-cost[ty, tx] / spread) + np.float32(1e-12)
                    sy, sx = match[ty, tx, 0] + y - ty, match[ty, tx, 1] + x - tx
                    for c in range(CHANNELS):
                        total[c] += weight * features[sy, sx, c]
                    weights += weight
            if weights > 0.0:
                for c in range(CHANNELS):
                    out[y, x, c] = total[c] / weights


@compiled
def choose(
    top: int, bottom: int, hole: MaskArray, target: MaskArray, match: IntArray, cost: FloatArray, offsets: IntArray
) -> None:
    """The offset to the pixel that each hole pixel is copied from: that of the best patch which covers it.

    Args:
        top: First row of the strip.
        bottom: Row after its last one.
        hole: (h, w) bool.
        target: (h, w) bool.
        match: (h, w, 2) int32.
        cost: (h, w) float32.
        offsets: (h, w, 2) int32, written where the hole is covered.
    """
    h, w = hole.shape
    for y in range(top, bottom):
        for x in range(w):
            if not hole[y, x]:
                continue
            best = np.float32(np.inf)
            for ty in range(max(0, y - RADIUS_PX), min(h, y + RADIUS_PX + 1)):
                for tx in range(max(0, x - RADIUS_PX), min(w, x + RADIUS_PX + 1)):
                    if target[ty, tx] and cost[ty, tx] < best:
                        best = cost[ty, tx]
                        offsets[y, x, 0] = match[ty, tx, 0] - ty
                        offsets[y, x, 1] = match[ty, tx, 1] - tx


@compiled
def refine(
    top: int,
    bottom: int,
    coarse: IntArray,
    source: MaskArray,
    target: MaskArray,
    valid: IntArray,
    match: IntArray,
    seed: int,
) -> None:
    """Carry a match field to the next finer level; where the doubled match is no source, take any source.

    Args:
        top: First row of the strip.
        bottom: Row after its last one.
        coarse: (h', w', 2) int32, matches of the coarser level.
        source: (h, w) bool.
        target: (h, w) bool.
        valid: (n, 2) int32, all (y, x) where source is set.
        match: (h, w, 2) int32, written where target is set.
        seed: Of the random choice.
    """
    h, w = target.shape
    ch, cw = coarse.shape[:2]
    for y in range(top, bottom):
        for x in range(w):
            if not target[y, x]:
                continue
            py, px = min(y // 2, ch - 1), min(x // 2, cw - 1)
            sy, sx = -1, -1
            if coarse[py, px, 0] >= 0:
                sy, sx = y + 2 * (coarse[py, px, 0] - py), x + 2 * (coarse[py, px, 1] - px)
            if sy < 0 or sy >= h or sx < 0 or sx >= w or not source[sy, sx]:
                pick = _hash(y * w + x, seed, 7) % np.uint32(len(valid))
                sy, sx = valid[pick, 0], valid[pick, 1]
            match[y, x, 0], match[y, x, 1] = sy, sx
