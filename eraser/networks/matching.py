"""Soft patch matching in the cheap order of its sums: what both variants of attention transfer are made of.

Scores of 3x3 patches are sums of nine diagonally shifted 1x1 scores, and overlapping 4x4 values at stride 2 are sums
of four diagonally shifted weights times 2x2 values. So features are multiplied once, scores are shifted and added,
weights are shifted, added and multiplied once: 5.7 times fewer multiplications than with unfolded patches.

Maps are flattened row by row with a zero after each row (pitch = width + 1) and with zeros around: one step in any
direction is one offset along the flat axis, and a step over the side meets a zero. Every sum below is then a sum of
plain slices. Scores exist for a block of query rows at a time, in buffers that are used again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

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
    """Buffers by name. On the CPU fresh memory costs more than what is computed in it."""

    buffers: dict[str, Tensor] = field(default_factory=dict)

    def take(self, name: str, like: Tensor, *shape: int) -> Tensor:
        """The buffer ``name`` in this shape, with whatever was in it."""
        size = torch.Size(shape).numel()
        buffer = self.buffers.get(name)
        if buffer is None or buffer.numel() < size or buffer.dtype != like.dtype:
            buffer = self.buffers[name] = like.new_empty(size)
        return buffer[:size].view(shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The geometry of a comparison, and where it is computed."""

    patch: int
    """Side of the patches that are compared, 1 or 3."""
    query_pitch: int
    """Width of the map of queries, + 1."""
    key_pitch: int
    """Width of the map of keys, + 1."""
    block_rows: int
    """Map rows of queries whose scores exist at a time; with gradients it is always all of them."""
    scratch: Scratch


def transfer(
    queries: Tensor,
    keys: Tensor,
    factor: Tensor,
    bias: Tensor,
    asks: Tensor,
    floor: Tensor | None,
    values: Tensor,
    matching: Matching,
) -> Tensor:
    """Sum values by the softmax of patch scores, and again where they overlap.

    Args:
        queries: (B, Q, D), a flat map.
        keys: (B, K, D), a flat map.
        factor: (B, 1, K), multiplies the scores of each key.
        bias: (B or 1, 1, K), is added to them; -inf after each row.
        asks: (B or 1, Q, 1), 0 for queries that take nothing, among them those after each row.
        floor: (1, 1, K), the least weight of each key; a key with factor 0 gets no more. None: weights stay as they are.
        values: (B, 4, K, C), planes of a map twice the size of that of the keys.
        matching: The geometry.

    Returns:
        (B, 4, Q, C), planes of a map twice the size of that of the queries.
    """
    out: Tensor = _Transfer.apply(queries, keys, factor, bias, asks, floor, values, matching)
    return out


class _Transfer(torch.autograd.Function):
    """Backward by hand: the gradient of a sum of shifts is the sum of the opposite shifts."""

    @staticmethod
    def forward(
        ctx: Any,
        queries: Tensor,
        keys: Tensor,
        factor: Tensor,
        bias: Tensor,
        asks: Tensor,
        floor: Tensor | None,
        values: Tensor,
        matching: Matching,
    ) -> Tensor:
        batch, count, _ = queries.shape
        pitch, scratch = matching.query_pitch, matching.scratch
        keep = any(ctx.needs_input_grad)
        # A row of weights can be folded when the next one is there: blocks run one row past the end.
        block_rows = count // pitch + 1 if keep else min(matching.block_rows, count // pitch + 1)
        size = block_rows * pitch
        blocks = -(-(count + pitch) // size)
        queries = F.pad(queries, (0, 0, pitch + 1, blocks * size - count + pitch + 1))
        asks = F.pad(asks, (0, 0, 0, blocks * size - count))
        window = _zero_margins("weights", keys, size, matching)
        out = values.new_empty(batch, 4, blocks * size, values.shape[3])
        for i, scores in enumerate(_score_blocks(queries, keys, size, blocks, matching, keep=keep)):
            rows = slice(i * size, (i + 1) * size)
            weights = torch.addcmul(bias, scores, factor, out=None if keep else scores)
            torch.softmax(weights, -1, out=weights)
            _advance(window[:, 1:-1], size)
            inside = window[:, 1 + 2 * pitch : -1, matching.key_pitch + 1 : -matching.key_pitch - 1]
            _finish(weights, factor, asks[:, rows], floor, out=inside)
            for plane, folded in _fold(window, size, matching):
                out[:, plane, rows] = folded @ values[:, plane]
        if keep:
            ctx.save_for_backward(queries, keys, factor, asks, floor, values, scores, weights)
            ctx.matching, ctx.count = matching, count
        return out[:, :, pitch : pitch + count]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        queries, keys, factor, asks, floor, values, scores, weights = ctx.saved_tensors
        matching, count, (grad_out,) = ctx.matching, ctx.count, grads
        scratch, pitch, key_pitch = matching.scratch, matching.query_pitch, matching.key_pitch
        batch, size, n_keys = weights.shape

        window = _zero_margins("weights", keys, size, matching)
        finished = window[:, 1 + 2 * pitch : -1, key_pitch + 1 : -key_pitch - 1]
        _finish(weights, factor, asks, floor, out=finished)
        grad_planes = F.pad(grad_out, (0, 0, pitch, 0))
        grad_values = torch.empty_like(values)
        for plane, folded in _fold(window, size, matching):
            grad_values[:, plane] = folded.mT @ grad_planes[:, plane]

        grad = _unfold(grad_out, values, size, matching)
        if floor is not None:
            grad.mul_(finished > floor)
        grad.mul_(asks).mul_(weights)
        grad.addcmul_(weights, grad.sum(-1, keepdim=True), value=-1)
        grad_factor = torch.mul(grad, scores, out=scratch.take("scores", grad, *grad.shape)).sum(1, keepdim=True)
        if matching.patch == 3:
            wide = scratch.take("near", keys, batch, size + 2 * pitch + 2, n_keys + 2 * key_pitch + 2).zero_()
            torch.mul(grad, factor, out=wide[:, pitch + 1 : -pitch - 1, key_pitch + 1 : -key_pitch - 1])
            tall = scratch.take("window", keys, batch, size + 2 * pitch, n_keys + 2 * key_pitch)
            _sum_steps(tall, wide, (0, 1, 2), 1, 1)
            _sum_steps(grad, tall, (0, 1, 2), pitch, key_pitch)
        else:
            grad.mul_(factor)
        grad = grad[:, :count]
        inner = queries[:, pitch + 1 : pitch + 1 + count]
        return grad @ keys, grad.mT @ inner, grad_factor, None, None, None, grad_values, None


def _score_blocks(
    queries: Tensor, keys: Tensor, size: int, blocks: int, matching: Matching, *, keep: bool
) -> Iterator[Tensor]:
    """Patch scores (B, size, K) of one block of rows after the other; ``queries`` (B, Q', D) has its margins."""
    pitch, key_pitch, scratch = matching.query_pitch, matching.key_pitch, matching.scratch
    batch, n_keys, _ = keys.shape
    scores = keys.new_empty(batch, size, n_keys) if keep else scratch.take("scores", keys, batch, size, n_keys)
    if matching.patch == 1:
        for i in range(blocks):
            start = pitch + 1 + i * size
            yield torch.bmm(queries[:, start : start + size], keys.mT, out=scores)
        return
    keys = F.pad(keys.mT, (key_pitch + 1, key_pitch + 1))  # (B, D, K'); multiplied faster than its transpose
    tall = scratch.take("window", keys, batch, size + 2 * pitch, n_keys + 2 * key_pitch)

    def score_rows(start: int, stop: int) -> None:
        products = scratch.take("near", keys, batch, stop - start + 2, keys.shape[2])
        torch.bmm(queries[:, start : stop + 2], keys, out=products)
        target = tall[:, -(stop - start) :]
        _sum_steps(target, products, (0, 1, 2), 1, 1)

    score_rows(0, 2 * pitch)
    for i in range(blocks):
        _advance(tall, size)
        score_rows(i * size + 2 * pitch, i * size + 2 * pitch + size)
        _sum_steps(scores, tall, (0, 1, 2), pitch, key_pitch)
        yield scores


def _finish(weights: Tensor, factor: Tensor, asks: Tensor, floor: Tensor | None, *, out: Tensor) -> None:
    """Weights after the softmax into ``out``: none of dead keys, none below the floor, none for who does not ask."""
    if floor is None:
        torch.mul(weights, asks, out=out)
        return
    torch.mul(weights, factor > 0, out=out)
    torch.maximum(out, floor, out=out)
    out.mul_(asks)


def _fold(window: Tensor, size: int, matching: Matching) -> Iterator[tuple[int, Tensor]]:
    """(B, size, K) sums of four neighbours, one for each of the four planes of a map twice the size."""
    pitch, key_pitch, scratch = matching.query_pitch, matching.key_pitch, matching.scratch
    batch, n_rows, n_columns = window.shape
    for x in range(2):
        side = scratch.take("near", window, batch, n_rows - 2, n_columns - 2)
        _sum_steps(side, window, (x, x + 1), 1, 1)
        for y in range(2):
            folded = scratch.take("folded", window, batch, size, n_columns - 2 - 2 * key_pitch)
            _sum_steps(folded, side, (y, y + 1), pitch, key_pitch)
            yield 2 * y + x, folded


def _unfold(grad_out: Tensor, values: Tensor, size: int, matching: Matching) -> Tensor:
    """The gradient of finished weights (B, size, K) from that of what they were folded into, (B, 4, Q, C)."""
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
            _sum_steps(side, wide, (1 - y, 2 - y), pitch, key_pitch, accumulate=y > 0)
        _sum_steps(grad, side, (1 - x, 2 - x), 1, 1, accumulate=x > 0)
    return grad


def _sum_steps(
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


def _zero_margins(name: str, keys: Tensor, size: int, matching: Matching) -> Tensor:
    """A buffer of zeros for ``size`` queries after two rows, and all keys, a step wider on each side."""
    n_rows, n_columns = size + 2 * matching.query_pitch + 2, keys.shape[1] + 2 * matching.key_pitch + 2
    return matching.scratch.take(name, keys, len(keys), n_rows, n_columns).zero_()


def _advance(window: Tensor, size: int) -> None:
    """Move the last two map rows of a window of ``size`` queries and two rows to its start."""
    window[:, :-size] = window[:, size:].clone()
