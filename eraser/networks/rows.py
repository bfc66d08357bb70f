"""Matching of 3x3 patches by map rows of queries, for large maps on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from eraser.networks.kernels import fold_row, match_rows
from eraser.networks.shifts import Matching, Sources, with_margins

ROWS_AT_A_TIME = 2
"""Map rows whose weights are computed together; sums over rows then share what they read."""
FOLDED_KEYS = 2048
"""Keys whose weights are folded at a time, to be multiplied while they are in the cache."""
RING_BYTES = 1 << 29
"""What the rings of all threads may take together."""


def transfer_rows(queries: Tensor, query_mask: Tensor, sources: Sources, matching: Matching) -> Tensor:
    """Sum values by the softmax of patch scores, a few map rows of queries at a time, without gradients.

    Args:
        queries: (B, Q, D), a flat map, float32 on the CPU.
        query_mask: (B or 1, Q, 1), 0 for queries that take nothing, among them those after each row.
        sources: Keys and values.
        matching: The geometry; 3x3 patches.

    Returns:
        (B, 4, Q, C), planes of a map twice the size of that of the queries.
    """
    n_rows, n_keys = queries.shape[1] // matching.query_pitch, sources.keys.shape[1]
    ring_bytes = 8 * (ROWS_AT_A_TIME + 2) * (matching.query_pitch + 2) * (n_keys + 2 * matching.key_pitch + 2)
    parts = max(1, min(torch.get_num_threads(), n_rows // 4, RING_BYTES // ring_bytes))
    samples = [_Sample.take(b, queries, query_mask, sources, matching) for b in range(len(queries))]
    cuts = [n_rows * i // parts for i in range(parts + 1)]
    with _single_threaded_torch(), ThreadPoolExecutor(parts, thread_name_prefix="eraser-attention") as pool:
        jobs = [[pool.submit(s.planes, cuts[i], cuts[i + 1]) for i in range(parts)] for s in samples]
        return torch.stack([torch.cat([job.result() for job in row], 1) for row in jobs])


@contextmanager
def _single_threaded_torch() -> Iterator[None]:
    """Threads of torch wait in a busy loop between its calls, and would take the cores from ours."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True, slots=True)
class _Sample:
    """One picture of a batch, with the margins and vectors that the loops want."""

    queries: Tensor
    """(Q + margins, D)."""
    keys: Tensor
    """(D, K + margins)."""
    factor: Tensor
    bias: Tensor
    key_mask: Tensor
    min_weight: Tensor
    """(K,) each."""
    query_mask: Tensor
    """(rows, pitch)."""
    values: Tensor
    """(4, K, C)."""
    pitch: int
    key_pitch: int

    @classmethod
    def take(cls, b: int, queries: Tensor, query_mask: Tensor, sources: Sources, matching: Matching) -> _Sample:
        """Sample ``b`` of what :func:`transfer_rows` was given."""
        factor, min_weight = sources.factor[b, 0], sources.min_weight
        return cls(
            queries=with_margins(queries[b : b + 1], matching.query_pitch)[0],
            keys=with_margins(sources.keys[b : b + 1], matching.key_pitch)[0].mT.contiguous(),
            factor=factor,
            bias=sources.bias[b % len(sources.bias), 0].clamp_min(-1e30),
            key_mask=torch.ones_like(factor) if min_weight is None else (factor > 0).to(factor.dtype),
            min_weight=torch.zeros_like(factor) if min_weight is None else min_weight[0, 0],
            query_mask=query_mask[b % len(query_mask), :, 0].reshape(-1, matching.query_pitch),
            values=sources.values[b],
            pitch=matching.query_pitch,
            key_pitch=matching.key_pitch,
        )

    @torch.no_grad()
    def planes(self, top: int, bottom: int) -> Tensor:
        """(4, (bottom - top) * pitch, C), what the queries of some map rows get."""
        n_rows, n_keys, channels = len(self.query_mask), len(self.factor), self.values.shape[2]
        size = ROWS_AT_A_TIME + 2
        products, weights = self.queries.new_zeros(2, size, self.pitch + 2, self.keys.shape[1])
        factor, bias, key_mask, min_weight = (
            x.numpy() for x in (self.factor, self.bias, self.key_mask, self.min_weight)
        )
        query_mask = self.query_mask.numpy()
        folded_keys = min(FOLDED_KEYS, n_keys)
        out = self.values.new_zeros(4, (bottom - top) * self.pitch, channels)
        # Folding needs the weights of a row more on either side, and those the products of one more.
        have = max(top - 2, 0)
        for y in range(max(top - 1, 0), bottom + 1, ROWS_AT_A_TIME):
            stop = min(y + ROWS_AT_A_TIME, bottom + 1, n_rows)
            for row in range(have, stop + 1):
                self._multiply(row, products[row % size])
            have = stop + 1
            match_rows(y, stop, products.numpy(), factor, bias, key_mask, min_weight, query_mask, weights.numpy())
            if y + ROWS_AT_A_TIME > n_rows:
                weights[n_rows % size].zero_()
            for start in range(0, n_keys, folded_keys):
                values = self.values[:, start : start + folded_keys]
                folded = values.new_empty(4, self.pitch, values.shape[1])
                for row in range(max(y - 1, top), min(y + ROWS_AT_A_TIME - 1, bottom)):
                    fold_row(row, start, self.key_pitch, weights.numpy(), folded.numpy())
                    out[:, (row - top) * self.pitch : (row - top + 1) * self.pitch].baddbmm_(folded, values)
        return out

    def _multiply(self, row: int, out: Tensor) -> None:
        """Products of the positions of a map row, and one more on either side, with all keys; 0 outside of the map."""
        if row >= len(self.query_mask):
            out.zero_()
        else:
            torch.mm(self.queries[(row + 1) * self.pitch : (row + 2) * self.pitch + 2], self.keys, out=out)
