"""Attention transfer: fill a feature map by the patch similarities seen one level up.

From PEN-Net (Zeng et al., CVPR 2019, https://arxiv.org/abs/1904.07475), in the published form and in our own, which
leaves alone what is known. Both take whole batches; neither ever holds the scores of all patches of a large map.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.networks.matching import transfer
from eraser.networks.shifts import Matching, Scratch, Sources, flatten_map, flatten_planes, unflatten_planes

NORM_FLOOR = 1e-4
"""Least norm that a key is divided by."""
MIN_WEIGHT = 1e-8
"""Least weight of a source in the published form."""
CPU_CHUNK_SCORES = 1 << 19
GPU_CHUNK_SCORES = 1 << 28
"""Scores of a few samples that are matched at a time, so that buffers stay small."""


def attention_transfer(low: Tensor, high: Tensor, hole: Tensor, *, patch: int = 3, scale: float = 10.0) -> Tensor:
    """Rebuild low-level features, known or not, from known ones by the similarities one level up.

    The published form with all that it implies: queries are not normalised, a patch that touches the hole scores 0
    instead of nothing and so takes part in the softmax, no weight is below 1e-8, overlaps are divided by 4 at the
    border too.

    Args:
        low: (B, C, 2h, 2w).
        high: (B, D, h, w).
        hole: (B, 1, h, w), 0 = known; a patch that touches anything else gets no weight as a source.
        patch: Side of the patches that are compared, 1 or 3.
        scale: Inverse softmax temperature.

    Returns:
        (B, C, 2h, 2w), in the dtype of ``low``; computed in float32 at least.
    """
    height, width = high.shape[2:]
    with torch.autocast(low.device.type, enabled=False):
        wide_low, high = _at_least_float32(low), _at_least_float32(high)
        free = (F.max_pool2d(hole, patch, 1, patch // 2) == 0).to(high.dtype)
        keys, factor = flatten_map(high), flatten_map(scale * free * _inverse_norm(high, patch)).mT
        real = flatten_map(torch.ones_like(high[:1, :1]))
        bias = flatten_map(torch.zeros_like(high[:1, :1]), value=-torch.inf).mT
        min_weight, values = MIN_WEIGHT * real.mT, flatten_planes(wide_low)
        matching = Matching(patch=patch, query_pitch=width + 1, key_pitch=width + 1)
        parts = [
            transfer(k, real, Sources(keys=k, factor=f, bias=bias, min_weight=min_weight, values=v), matching)
            for k, f, v in zip(*(torch.split(x, _chunk(high)) for x in (keys, factor, values)), strict=True)
        ]
        planes = torch.cat(parts)
        return (unflatten_planes(planes, height, width) / 4).to(low.dtype)


def attend_hole(
    low: Tensor, high: Tensor, hole_low: Tensor, hole_high: Tensor, *, patch: int = 3, scale: float = 10.0
) -> Tensor:
    """Fill the hole of low-level features with known ones; everything known stays as it is.

    Unlike in the published form only hole pixels are queries, patches that touch it take no part in the softmax, and
    overlapping values are averaged by the weights that fell on known ones. Where no patch is free the features stay.

    Args:
        low: (B, C, 2h, 2w).
        high: (B, D, h, w).
        hole_low: (B, 1, 2h, 2w), 1 = hole, 0 = known.
        hole_high: (B, 1, h, w), ``hole_low`` max-pooled by 2.
        patch: Side of the patches that are compared, 1 or 3.
        scale: Inverse softmax temperature.

    Returns:
        (B, C, 2h, 2w), in the dtype of ``low``; computed in float32 at least.
    """
    free = F.max_pool2d(hole_high, patch, 1, patch // 2) == 0
    query_mask = (hole_high > 0) & free.flatten(1).any(1)[:, None, None, None]
    with torch.autocast(low.device.type, enabled=False):
        wide_low, high = _at_least_float32(low), _at_least_float32(high)
        factor = scale * _inverse_norm(high, patch)
        bias = torch.zeros_like(factor).masked_fill_(~free, -1e30)
        scratch = Scratch()
        whole = (wide_low, high, hole_low, query_mask, factor, bias)
        parts = [
            _fill_asking(a, b, c, d, e, f, patch, scratch)
            for a, b, c, d, e, f in zip(*(torch.split(x, _chunk(high)) for x in whole), strict=True)
        ]
        return torch.cat(parts).to(low.dtype)


def _fill_asking(
    low: Tensor,
    high: Tensor,
    hole_low: Tensor,
    query_mask: Tensor,
    factor: Tensor,
    bias: Tensor,
    patch: int,
    scratch: Scratch,
) -> Tensor:
    """Some samples of :func:`attend_hole`; only the box around their holes is compared with the whole map."""
    anyone = query_mask.any(0)[0]
    if not anyone.any():
        return low
    height, width = anyone.shape
    y0, y1 = _span(anyone.any(1), height)
    x0, x1 = _span(anyone.any(0), width)
    box, box_low = (..., slice(y0, y1), slice(x0, x1)), (..., slice(2 * y0, 2 * y1), slice(2 * x0, 2 * x1))
    known = (1 - hole_low).to(low.dtype)
    planes = transfer(
        flatten_map(high[box]),
        flatten_map(query_mask[box].to(low.dtype)),
        Sources(
            keys=flatten_map(high),
            factor=flatten_map(factor).mT,
            bias=flatten_map(bias, value=-torch.inf).mT,
            min_weight=None,
            # A 3x3 patch that is free lies above nothing but known values; a 1x1 patch may not.
            values=flatten_planes(torch.cat([low if patch > 1 else low * known, known], 1)),
        ),
        Matching(patch=patch, query_pitch=x1 - x0 + 1, key_pitch=width + 1, scratch=scratch),
    )
    filled, mass = torch.split(unflatten_planes(planes, y1 - y0, x1 - x0), [low.shape[1], 1], 1)
    # A pixel of the hole gets a mass of 1 at least: the block below the key that its own query found is all known.
    filled = filled / mass.clamp_min(0.5)
    inside = F.interpolate(query_mask[box].to(low.dtype), scale_factor=2) * hole_low[box_low] > 0
    margins = (2 * x0, 2 * (width - x1), 2 * y0, 2 * (height - y1))
    return torch.where(F.pad(inside, margins), F.pad(filled, margins), low)


def _inverse_norm(high: Tensor, patch: int) -> Tensor:
    """(B, 1, h, w), one over the norm of the patch around each position."""
    energy = high.square().sum(1, keepdim=True)
    if patch > 1:
        energy = F.avg_pool2d(energy, patch, 1, patch // 2, divisor_override=1)
    return energy.clamp_min(NORM_FLOOR**2).rsqrt()


def _span(used: Tensor, size: int) -> tuple[int, int]:
    """The half-open range of what is set, and one more on each side as long as it lies inside."""
    indices = used.nonzero()
    return max(int(indices[0]) - 1, 0), min(int(indices[-1]) + 2, size)


def _chunk(high: Tensor) -> int:
    """How many samples are matched at a time."""
    height, width = high.shape[2:]
    scores = CPU_CHUNK_SCORES if high.device.type == "cpu" else GPU_CHUNK_SCORES
    return int(max(1, scores // (height * (width + 1)) ** 2))


def _at_least_float32(x: Tensor) -> Tensor:
    """Half precision is too coarse for scores before a softmax."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
