"""Our generator for a fixed square, without control flow that depends on data: what an exporter can trace.

The same numbers as ``PENNetGenerator`` in the ``own`` form. Attention compares every patch with every other one, which
fits into memory up to 256 pixels a side; the scores of what is known are thrown away.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.networks.attention import NORM_FLOOR
from eraser.networks.generator import PENNetGenerator

LARGEST_PX = 256
"""Larger squares would need gigabytes for their scores."""


class DenseGenerator(nn.Module):
    """A generator as one traceable function of a picture and its hole."""

    def __init__(self, generator: PENNetGenerator) -> None:
        """Wrap a generator, whose layers are shared.

        Raises:
            ValueError: It has the published attention.
        """
        super().__init__()
        if generator.params.attention != "own":
            raise ValueError("only generators with our own attention have a dense form")
        self.generator = generator

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """Complete one picture.

        Args:
            picture: (1, 3, P, P) in [-1, 1]; the hole's pixels do not matter.
            hole: (1, 1, P, P), 1 = hole, 0 = known.

        Returns:
            (1, 3, P, P) in [-1, 1].
        """
        x = torch.cat([torch.where(hole > 0, 1.0, picture), hole], 1)
        out = self.generator(x, hole, attend=attend_hole_densely)
        completed: Tensor = out if isinstance(out, Tensor) else out[1]
        return completed


def attend_hole_densely(
    low: Tensor, high: Tensor, hole_low: Tensor, hole_high: Tensor, *, patch: int = 3, scale: float = 10.0
) -> Tensor:
    """As ``attention.attend_hole``, for one sample, with the scores of all patches at once.

    Args:
        low: (1, C, 2h, 2w).
        high: (1, D, h, w).
        hole_low: (1, 1, 2h, 2w), 1 = hole, 0 = known.
        hole_high: (1, 1, h, w), ``hole_low`` max-pooled by 2.
        patch: Side of the patches that are compared, 1 or 3.
        scale: Inverse softmax temperature.

    Returns:
        (1, C, 2h, 2w).
    """
    channels, height, width = int(low.shape[1]), int(high.shape[2]), int(high.shape[3])
    touched = F.max_pool2d(hole_high, patch, 1, patch // 2)
    free = 1 - touched
    query_mask = hole_high * free.amax((2, 3), keepdim=True)
    patches = _neighbours(high, patch, 1).flatten(1, 2)[0].T  # (hw, p * p * D)
    inverse_norm = patches.square().sum(1).clamp_min(NORM_FLOOR**2).rsqrt()
    scores = (patches @ patches.T) * (scale * inverse_norm) - 1e30 * touched.flatten()
    weights = scores.softmax(1) * query_mask.reshape(height * width, 1)  # (hw queries, hw keys)
    known = 1 - hole_low
    values = torch.cat([low if patch > 1 else low * known, known], 1)
    blocks = _neighbours(values, 4, 2)[0].flatten(0, 1)  # (16 * (C + 1), hw)
    summed = _sum_blocks((blocks @ weights.T).reshape(4, 4, channels + 1, height, width))
    filled, mass = summed[:, :channels], summed[:, channels:]
    inside = F.interpolate(query_mask, scale_factor=2.0) * hole_low
    return torch.where(inside > 0, filled / mass.clamp_min(0.5), low)


def _sum_blocks(blocks: Tensor) -> Tensor:
    """(4, 4, C, h, w) blocks at stride 2 to their sum, (1, C, 2h, 2w): each pixel lies in two blocks a direction."""

    def join(parts: list[Tensor], axis: int) -> Tensor:
        """Rows (axis -2) or columns (axis -1) 0 to 3 of all blocks to twice as many rows or columns."""
        first, second, third, last = parts
        size = int(first.shape[axis])
        zero = torch.zeros_like(first.narrow(axis, 0, 1))
        even = second + torch.cat([zero, last.narrow(axis, 0, size - 1)], axis)
        odd = third + torch.cat([first.narrow(axis, 1, size - 1), zero], axis)
        return torch.stack([even, odd], axis).flatten(axis - 1, axis)

    rows = [join(list(row.unbind()), -1) for row in blocks.unbind()]
    return join(rows, -2)[None]


def _neighbours(x: Tensor, side: int, stride: int) -> Tensor:
    """(1, side * side, C, positions): the block around each position, zero beyond the map."""
    margin = (side - 1) // 2
    height, width = x.shape[2] // stride, x.shape[3] // stride
    padded = F.pad(x, (margin, side - 1 - margin, margin, side - 1 - margin))
    parts = [
        padded[:, :, dy : dy + stride * height : stride, dx : dx + stride * width : stride].flatten(2)
        for dy in range(side)
        for dx in range(side)
    ]
    return torch.stack(parts, 1)
