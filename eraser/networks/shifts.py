"""Flat maps and sums of their shifts, from which patch scores and overlapping values are built.

A map is flattened row by row with a zero after each row (pitch = width + 1) and zeros around it: one step in any
direction is one offset along the flat axis, and a step over the side meets a zero. A score matrix of two flat maps then
shifts queries and keys together by a plain slice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor


def flatten_map(x: Tensor, value: float = 0.0) -> Tensor:
    """(B, C, h, w) to (B, h * (w + 1), C), with ``value`` after each row."""
    return F.pad(x.permute(0, 2, 3, 1), (0, 0, 0, 1), value=value).flatten(1, 2)


def flatten_planes(x: Tensor) -> Tensor:
    """(B, C, 2h, 2w) to its four planes of every second row and column, (B, 4, h * (w + 1), C)."""
    batch, channels, height, width = x.shape
    blocks = x.permute(0, 2, 3, 1).reshape(batch, height // 2, 2, width // 2, 2, channels)
    return F.pad(blocks.permute(0, 2, 4, 1, 3, 5), (0, 0, 0, 1)).reshape(batch, 4, -1, channels)


def unflatten_planes(planes: Tensor, height: int, width: int) -> Tensor:
    """(B, 4, height * (width + 1), C) back to (B, C, 2 height, 2 width), channels last in memory."""
    batch, _, _, channels = planes.shape
    blocks = planes.reshape(batch, 2, 2, height, width + 1, channels)[:, :, :, :, :width]
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(batch, 2 * height, 2 * width, channels).permute(0, 3, 1, 2)


@dataclass(slots=True)
class Scratch:
    """Buffers by name. On the CPU, fresh memory costs more than what is computed in it."""

    buffers: dict[str, Tensor] = field(default_factory=dict)

    def take(self, name: str, like: Tensor, *shape: int) -> Tensor:
        """The buffer ``name`` in this shape, with whatever was in it."""
        size = torch.Size(shape).numel()
        buffer = self.buffers.get(name)
        if buffer is None or buffer.numel() < size:
            buffer = self.buffers[name] = like.new_empty(size)
        return buffer[:size].view(shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The geometry of a comparison, and the memory that it uses."""

    patch: int
    """Side of the patches that are compared, 1 or 3."""
    query_pitch: int
    """Width of the map of queries, + 1."""
    key_pitch: int
    """Width of the map of keys, + 1."""
    scratch: Scratch = field(default_factory=Scratch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a query can choose from, and at what weight."""

    keys: Tensor
    """(B, K, D), a flat map."""
    factor: Tensor
    """(B, 1, K), multiplies the scores of each key."""
    bias: Tensor
    """(B or 1, 1, K), is added to them; -inf after each row."""
    min_weight: Tensor | None
    """(1, 1, K), the least weight of each key; a key with factor 0 gets no more. None: weights stay as they are."""
    values: Tensor
    """(B, 4, K, C), planes of a map twice the size of that of the keys."""


def with_margins(x: Tensor, pitch: int, *, before: int = 0, after: int = 0) -> Tensor:
    """A flat map with a row of zeros and one more on either side, and what else is asked for."""
    return F.pad(x, (0, 0, pitch + 1 + before, pitch + 1 + after))


def sum_steps(
    out: Tensor, x: Tensor, steps: tuple[int, ...], pitch: int, key_pitch: int, *, accumulate: bool = False
) -> None:
    """Into ``out`` the sum of slices of ``x`` of its size, each some steps along the diagonal."""
    _, n_rows, n_columns = out.shape
    parts = [x[:, s * pitch : s * pitch + n_rows, s * key_pitch : s * key_pitch + n_columns] for s in steps]
    if not accumulate:
        torch.add(parts[0], parts[1], out=out)
        parts = parts[2:]
    for part in parts:
        out.add_(part)


def score_blocks(
    queries: Tensor, keys: Tensor, size: int, matching: Matching, out: Tensor | None = None
) -> Iterator[Tensor]:
    """Patch scores of one block of queries after the other.

    Scores of 3x3 patches are sums of nine shifted products of single positions, first three within the row, then three
    across rows; the products of two rows are kept for the next block.

    Args:
        queries: (B, blocks * size + margins, D), with a map row and one more zero on either side.
        keys: (B, K + margins, D), with the same of its own map.
        size: Queries in a block, a multiple of the pitch.
        matching: The geometry.
        out: (B, size, K), or None for scratch memory.

    Yields:
        (B, size, K), the same memory each time.
    """
    pitch, key_pitch, scratch = matching.query_pitch, matching.key_pitch, matching.scratch
    n_keys = keys.shape[1] - 2 * key_pitch - 2
    blocks = (queries.shape[1] - 2 * pitch - 2) // size
    scores = scratch.take("scores", keys, len(keys), size, n_keys) if out is None else out
    if matching.patch == 1:
        keys = keys[:, key_pitch + 1 : -key_pitch - 1].mT
        for start in range(pitch + 1, pitch + 1 + blocks * size, size):
            yield torch.bmm(queries[:, start : start + size], keys, out=scores)
        return
    keys = keys.mT.contiguous()  # is multiplied faster than the transposed view
    window = scratch.take("window", keys, len(keys), size + 2 * pitch, n_keys + 2 * key_pitch)
    for start in range(-size, blocks * size, size):
        first = start < 0  # nothing but the two rows that the first block looks back to
        n_new = 2 * pitch if first else size
        begin = 0 if first else start + 2 * pitch
        products = scratch.take("near", keys, len(keys), n_new + 2, keys.shape[2])
        torch.bmm(queries[:, begin : begin + n_new + 2], keys, out=products)
        if not first:
            advance(window, size)
        sum_steps(window[:, -n_new:], products, (0, 1, 2), 1, 1)
        if not first:
            sum_steps(scores, window, (0, 1, 2), pitch, key_pitch)
            yield scores


def weights_window(size: int, n_keys: int, batch: int, matching: Matching, like: Tensor) -> tuple[Tensor, Tensor]:
    """Zeros for the weights of two rows and a block of queries, and the view inside its margins for a new block.

    Returns:
        (B, 2 rows + size + 2, K + 2) and (B, size, K).
    """
    window = matching.scratch.take("weights", like, batch, size + 2 * matching.query_pitch + 2, n_keys + 2).zero_()
    return window, window[:, 1 + 2 * matching.query_pitch : -1, 1:-1]


def finish(weights: Tensor, factor: Tensor, query_mask: Tensor, min_weight: Tensor | None, *, out: Tensor) -> None:
    """Weights after the softmax into ``out``: 0 for masked keys and queries, at least the minimum elsewhere."""
    if min_weight is None:
        torch.mul(weights, query_mask, out=out)
        return
    torch.mul(weights, factor > 0, out=out)
    torch.maximum(out, min_weight, out=out)
    out.mul_(query_mask)


def fold(window: Tensor, size: int, matching: Matching) -> Iterator[tuple[int, Tensor]]:
    """Sums of the four weights that overlap, (B, size, K - 2 rows), for each of the four planes of the values.

    They are for the queries one row before the window's newest, and the keys within a row of its sides.
    """
    pitch, key_pitch, scratch = matching.query_pitch, matching.key_pitch, matching.scratch
    batch, n_rows, n_columns = window.shape
    for x in range(2):
        side = scratch.take("near", window, batch, n_rows - 2, n_columns - 2)
        sum_steps(side, window, (x, x + 1), 1, 1)
        for y in range(2):
            folded = scratch.take("folded", window, batch, size, n_columns - 2 - 2 * key_pitch)
            sum_steps(folded, side, (y, y + 1), pitch, key_pitch)
            yield 2 * y + x, folded


def unfold(grad_out: Tensor, values: Tensor, size: int, matching: Matching) -> Tensor:
    """The gradient of weights (B, size, K) from that of the planes (B, 4, Q, C) they were folded into."""
    pitch, key_pitch, scratch = matching.query_pitch, matching.key_pitch, matching.scratch
    batch, _, n_keys, _ = values.shape
    grad_out = F.pad(grad_out, (0, 0, pitch + 1, size - grad_out.shape[2] + pitch + 1))
    values = F.pad(values, (0, 0, key_pitch + 1, key_pitch + 1)).mT.contiguous()
    wide = scratch.take("near", values, batch, grad_out.shape[2], values.shape[3])
    side = scratch.take("window", values, batch, size + 2, n_keys + 2)
    grad = scratch.take("folded", values, batch, size, n_keys)
    for x in range(2):
        for y in range(2):
            torch.bmm(grad_out[:, 2 * y + x], values[:, 2 * y + x], out=wide)
            sum_steps(side, wide, (1 - y, 2 - y), pitch, key_pitch, accumulate=y > 0)
        sum_steps(grad, side, (1 - x, 2 - x), 1, 1, accumulate=x > 0)
    return grad


def advance(window: Tensor, size: int) -> None:
    """Move what comes after the first ``size`` queries of a window to its start."""
    window[:, :-size] = window[:, size:].clone()
