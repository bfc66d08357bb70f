"""Compiled loops of attention on the CPU, where torch would go through memory for every single sum.

Scores are (queries, keys) of two flat maps, laid out as in :mod:`eraser.networks.shifts`. A ring holds such matrices of
the last few map rows of queries, (rows, pitch + 2, keys + margins): map row y lies at y modulo their number.
"""

from __future__ import annotations

import numpy as np

from eraser.geometry import FloatArray
from eraser.system.jit import compiled_fast


@compiled_fast
def _highest(x: FloatArray, lanes: FloatArray) -> np.float32:
    """The largest of x, through an array of partial results: the compiler leaves the plain loop scalar."""
    lanes[:] = x[0]
    width = lanes.shape[0]
    for start in range(0, x.shape[0] - width + 1, width):
        part = x[start : start + width]
        for i in range(width):
            lanes[i] = max(lanes[i], part[i])
    highest = lanes[0]
    for i in range(1, width):
        highest = max(highest, lanes[i])
    for k in range(x.shape[0] // width * width, x.shape[0]):
        highest = max(highest, x[k])
    return np.float32(highest)


@compiled_fast
def match_rows(
    y_first: int,
    y_last: int,
    products: FloatArray,
    factor: FloatArray,
    bias: FloatArray,
    key_mask: FloatArray,
    min_weight: FloatArray,
    query_mask: FloatArray,
    out: FloatArray,
) -> None:
    """Weights of some map rows of queries: sums over 3x3 patches, their softmax, at least the minimum weight.

    Args:
        y_first: First map row.
        y_last: The one after the last.
        products: Ring of products of single positions, rows ``y_first - 1`` to ``y_last``.
        factor: (K,), multiplies scores.
        bias: (K,), is added to them; finite.
        key_mask: (K,), multiplies weights after the softmax.
        min_weight: (K,), the least weights then.
        query_mask: (rows, pitch), multiplies the weights of a query.
        out: Ring of weights; what lies inside its margins is written.
    """
    ring, n_keys = products.shape[0], factor.shape[0]
    pitch = (products.shape[2] - n_keys - 2) // 2
    score = np.empty(n_keys, np.float32)
    exponent = np.empty(n_keys, np.int32)
    power = exponent.view(np.float32)
    lanes = np.empty(64, np.float32)
    for q in range(products.shape[1] - 2):
        for y in range(y_first, y_last):
            above, centre, below = products[(y - 1) % ring], products[y % ring], products[(y + 1) % ring]
            a0, a1, a2 = above[q], above[q + 1], above[q + 2]
            c0, c1, c2 = centre[q, pitch:], centre[q + 1, pitch:], centre[q + 2, pitch:]
            b0, b1, b2 = below[q, 2 * pitch :], below[q + 1, 2 * pitch :], below[q + 2, 2 * pitch :]
            for k in range(n_keys):
                score[k] = a0[k] + a1[k + 1] + a2[k + 2]
            for k in range(n_keys):
                score[k] += c0[k] + c1[k + 1] + c2[k + 2]
            for k in range(n_keys):
                score[k] = (score[k] + b0[k] + b1[k + 1] + b2[k + 2]) * factor[k] + bias[k]
            highest = _highest(score, lanes)
            # exp(x) = 2^n 2^r with |r| <= 1/2: n goes into the exponent's bits, a polynomial makes the rest.
            for k in range(n_keys):
                t = max((score[k] - highest) * np.float32(1.4426950408889634), np.float32(-126.0))
                n = np.int32(t - np.float32(0.5))
                r = t - np.float32(n)
                exponent[k] = (n + np.int32(127)) << np.int32(23)
                p = np.float32(1.5403530e-4)
                p = p * r + np.float32(1.3333558e-3)
                p = p * r + np.float32(9.6181291e-3)
                p = p * r + np.float32(5.5504109e-2)
                p = p * r + np.float32(2.4022651e-1)
                p = p * r + np.float32(6.9314718e-1)
                score[k] = p * r + np.float32(1.0)
            total = np.float32(0.0)
            for k in range(n_keys):
                score[k] *= power[k]
                total += score[k]
            share, asking = np.float32(1.0) / total, query_mask[y, q]
            o = out[y % ring, q + 1, pitch + 1 :]
            for k in range(n_keys):
                o[k] = max(score[k] * share * key_mask[k], min_weight[k]) * asking


@compiled_fast
def fold_row(y: int, start: int, key_pitch: int, weights: FloatArray, out: FloatArray) -> None:
    """Sums of the four weights that overlap, for each plane of the values.

    Args:
        y: Map row of queries.
        start: First key.
        key_pitch: Width of the map of keys, + 1.
        weights: Ring of weights, rows ``y - 1`` to ``y + 1``.
        out: (4, pitch, keys), for some keys from ``start`` on.
    """
    ring, n_keys = weights.shape[0], out.shape[2]
    begin = start + key_pitch + 1
    centre = weights[y % ring]
    for q in range(out.shape[1]):
        for plane in range(4):
            dy, dx = plane // 2 * 2 - 1, plane % 2 * 2 - 1
            row = weights[(y + dy) % ring]
            c, cx = centre[q + 1, begin:], centre[q + 1 + dx, begin + dx :]
            r, rx = row[q + 1, begin + dy * key_pitch :], row[q + 1 + dx, begin + dy * key_pitch + dx :]
            o = out[plane, q]
            for k in range(n_keys):
                o[k] = (c[k] + cx[k]) + (r[k] + rx[k])
