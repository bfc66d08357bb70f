"""Matching in tiles of scores, for large maps on any device: memory stays the same whatever the size of the map."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.networks.shifts import (
    Matching,
    Sources,
    advance,
    finish,
    fold,
    score_blocks,
    weights_window,
    with_margins,
)

CPU_TILE_SCORES = 1 << 19
GPU_TILE_SCORES = 1 << 26
"""Scores that exist at a time, of each sample."""


def transfer_tiles(queries: Tensor, query_mask: Tensor, sources: Sources, matching: Matching) -> Tensor:
    """Sum values by the softmax of patch scores, a tile of some rows of queries and of keys at a time.

    Each tile is computed twice: for the sums of the softmax, then for the values.

    Args:
        queries: (B, Q, D), a flat map.
        query_mask: (B or 1, Q, 1), 0 for queries that take nothing, among them those after each row.
        sources: Keys and values.
        matching: The geometry.

    Returns:
        (B, 4, Q, C), planes of a map twice the size of that of the queries.
    """
    tile_scores = CPU_TILE_SCORES if queries.device.type == "cpu" else GPU_TILE_SCORES
    s, pitch, key_pitch = sources, matching.query_pitch, matching.key_pitch
    count, n_keys = queries.shape[1], s.keys.shape[1]
    # Tiles reach two rows further than what they are for, which eight rows or more make cheap.
    key_rows = max(8, min(n_keys // key_pitch, int((tile_scores / (pitch * key_pitch)) ** 0.5)))
    size = pitch * max(1, tile_scores // (pitch * key_pitch * (key_rows + 2)))
    starts = range(0, count + pitch, size)
    padded = len(starts) * size - count
    queries, query_mask = with_margins(queries, pitch, after=padded), F.pad(query_mask, (0, 0, 0, padded))
    keys = with_margins(s.keys, key_pitch, after=key_pitch, before=key_pitch)
    factor, bias = _rows_around(s.factor, key_pitch, 0.0), _rows_around(s.bias, key_pitch, -torch.inf)
    min_weight = None if s.min_weight is None else _rows_around(s.min_weight, key_pitch, 0.0)

    log_sum = queries.new_full((len(queries), len(starts) * size, 1), -torch.inf)
    for first in range(0, n_keys, key_rows * key_pitch):
        last = min(first + key_rows * key_pitch, n_keys)
        columns = slice(first + key_pitch, last + key_pitch)
        tile = keys[:, first + key_pitch : last + 3 * key_pitch + 2]
        for start, scores in zip(starts, score_blocks(queries, tile, size, matching), strict=True):
            torch.addcmul(bias[..., columns], scores, factor[..., columns], out=scores)
            part = log_sum[:, start : start + size]
            torch.logaddexp(part, scores.logsumexp(-1, keepdim=True), out=part)

    planes = s.values.new_zeros(len(queries), 4, len(starts) * size, s.values.shape[3])
    for first in range(0, n_keys, key_rows * key_pitch):
        last = min(first + key_rows * key_pitch, n_keys)
        columns = slice(first, last + 2 * key_pitch)
        tile = keys[:, first : last + 4 * key_pitch + 2]
        window, inside = weights_window(size, last - first + 2 * key_pitch, len(keys), matching, keys)
        for start, scores in zip(starts, score_blocks(queries, tile, size, matching), strict=True):
            rows = slice(start, start + size)
            torch.addcmul(bias[..., columns], scores, factor[..., columns], out=scores)
            scores.sub_(log_sum[:, rows]).exp_()
            advance(window[:, 1:-1], size)
            least = None if min_weight is None else min_weight[..., columns]
            finish(scores, factor[..., columns], query_mask[:, rows], least, out=inside)
            for plane, folded in fold(window, size, matching):
                planes[:, plane, rows] += folded @ s.values[:, plane, first:last]
    return planes[:, :, pitch : pitch + count]


def _rows_around(x: Tensor, pitch: int, value: float) -> Tensor:
    """(B, 1, K) with a row of ``value`` on either side."""
    return F.pad(x, (pitch, pitch), value=value)
