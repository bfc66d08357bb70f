"""Soft patch matching in the cheap order of its sums: what both variants of attention transfer are made of.

Scores of 3x3 patches are sums of nine diagonally shifted products of single positions, and overlapping 4x4 values at
stride 2 are sums of four diagonally shifted weights times 2x2 values. So features are multiplied once, scores are
shifted and added, weights are shifted, added and multiplied once: 5.7 times fewer multiplications than with patches.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.networks.rows import transfer_rows
from eraser.networks.shifts import (
    Matching,
    Sources,
    finish,
    fold,
    score_blocks,
    sum_steps,
    unfold,
    weights_window,
    with_margins,
)
from eraser.networks.tiles import transfer_tiles

WHOLE_SCORES = 1 << 20
"""Up to this many scores of a sample are matched in one piece, if no gradients ask for it anyway."""


def transfer(queries: Tensor, query_mask: Tensor, sources: Sources, matching: Matching) -> Tensor:
    """Sum values by the softmax of patch scores, and again where they overlap.

    With gradients the scores of all queries of the batch are kept for the backward pass.

    Args:
        queries: (B, Q, D), a flat map.
        query_mask: (B or 1, Q, 1), 0 for queries that take nothing, among them those after each row.
        sources: Keys and values.
        matching: The geometry.

    Returns:
        (B, 4, Q, C), planes of a map twice the size of that of the queries.
    """
    s = sources
    differentiable = torch.is_grad_enabled() and any(x.requires_grad for x in (queries, s.keys, s.factor, s.values))
    if not differentiable and queries.shape[1] * s.keys.shape[1] > WHOLE_SCORES:
        on_cpu = queries.device.type == "cpu" and queries.dtype == torch.float32 and matching.patch == 3
        return (transfer_rows if on_cpu else transfer_tiles)(queries, query_mask, sources, matching)
    out: Tensor = _Transfer.apply(queries, query_mask, s.keys, s.factor, s.bias, s.min_weight, s.values, matching)
    return out


class _Context(Protocol):
    """What autograd hands to both passes."""

    needs_input_grad: tuple[bool, ...]
    saved_tensors: tuple[Tensor, ...]
    matching: Matching

    def save_for_backward(self, *tensors: Tensor | None) -> None: ...


class _Transfer(torch.autograd.Function):
    """In one piece; backward by hand: the gradient of a sum of shifts is the sum of the opposite shifts."""

    @staticmethod
    def forward(
        ctx: _Context,
        queries: Tensor,
        query_mask: Tensor,
        keys: Tensor,
        factor: Tensor,
        bias: Tensor,
        min_weight: Tensor | None,
        values: Tensor,
        matching: Matching,
    ) -> Tensor:
        pitch, count = matching.query_pitch, queries.shape[1]
        # One row more than there are: a row of weights can be folded when the next one is there.
        size = count + pitch
        queries, query_mask = with_margins(queries, pitch, after=pitch), F.pad(query_mask, (0, 0, 0, pitch))
        keep = any(ctx.needs_input_grad)
        out = keys.new_empty(len(keys), size, keys.shape[1]) if keep else None
        (scores,) = score_blocks(queries, with_margins(keys, matching.key_pitch), size, matching, out)
        weights = torch.addcmul(bias, scores, factor, out=None if keep else scores)
        torch.softmax(weights, -1, out=weights)
        if keep:
            ctx.save_for_backward(queries, query_mask, keys, factor, min_weight, values, scores, weights)
            ctx.matching = matching
        planes = values.new_empty(len(values), 4, size, values.shape[3])
        window, _ = _finished_window(weights, factor, query_mask, min_weight, matching)
        for plane, folded in fold(window, size, matching):
            planes[:, plane] = folded @ values[:, plane]
        return planes[:, :, pitch:]

    @staticmethod
    def backward(ctx: _Context, *grads: Tensor) -> tuple[Tensor | None, ...]:
        queries, query_mask, keys, factor, min_weight, values, scores, weights = ctx.saved_tensors
        matching, (grad_planes,) = ctx.matching, grads
        pitch, key_pitch, scratch = matching.query_pitch, matching.key_pitch, matching.scratch
        batch, size, n_keys = weights.shape

        window, finished = _finished_window(weights, factor, query_mask, min_weight, matching)
        shifted, grad_values = F.pad(grad_planes, (0, 0, pitch, 0)), torch.empty_like(values)
        for plane, folded in fold(window, size, matching):
            grad_values[:, plane] = folded.mT @ shifted[:, plane]

        grad = unfold(grad_planes, values, size, matching)
        if min_weight is not None:
            grad.mul_(finished > min_weight)
        grad.mul_(query_mask).mul_(weights)
        grad.addcmul_(weights, grad.sum(-1, keepdim=True), value=-1)
        products = torch.mul(grad, scores, out=scratch.take("scores", grad, *grad.shape))
        grad_factor = products.sum(1, keepdim=True)
        if matching.patch == 1:
            grad.mul_(factor)
        else:
            wide = scratch.take("near", grad, batch, size + 2 * pitch + 2, n_keys + 2 * key_pitch + 2).zero_()
            torch.mul(grad, factor, out=wide[:, pitch + 1 : -pitch - 1, key_pitch + 1 : -key_pitch - 1])
            tall = scratch.take("window", grad, batch, size + 2 * pitch, n_keys + 2 * key_pitch)
            sum_steps(tall, wide, (0, 1, 2), 1, 1)
            sum_steps(grad, tall, (0, 1, 2), pitch, key_pitch)
        grad, inner = grad[:, :-pitch], queries[:, pitch + 1 : -2 * pitch - 1]
        return grad @ keys, None, grad.mT @ inner, grad_factor, None, None, grad_values, None


def _finished_window(
    weights: Tensor, factor: Tensor, query_mask: Tensor, min_weight: Tensor | None, matching: Matching
) -> tuple[Tensor, Tensor]:
    """A window of finished weights with margins for :func:`fold`, and the view inside of them."""
    batch, size, n_keys = weights.shape
    margin = matching.key_pitch
    window, inside = weights_window(size, n_keys + 2 * margin, batch, matching, weights)
    inside = inside[..., margin:-margin]
    finish(weights, factor, query_mask, min_weight, out=inside)
    return window, inside
