"""The harmonic fill of a hole: the smoothest continuation of its rim. The generator variant ``own`` corrects it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def harmonic_fill(pictures: Tensor, holes: Tensor, rounds: int = 6) -> Tensor:
    """Nearly the harmonic function inside the hole whose boundary values are the known pixels.

    Known colours are averaged over ever larger cells until every cell has one; on the way back each size starts from
    the larger one and is relaxed: in every round a hole pixel becomes the mean of its four neighbours.

    Args:
        pictures: (B, C, H, W), any range; what lies in the hole does not matter.
        holes: (B, 1, H, W), 1 = hole, 0 = known.
        rounds: Relaxations of each size.

    Returns:
        (B, C, H, W), known pixels as they came; 0 where a picture is all hole.
    """
    known = 1 - holes
    if max(pictures.shape[2:]) == 1:
        return pictures * known
    share = F.avg_pool2d(known, 2, ceil_mode=True)
    means = F.avg_pool2d(pictures * known, 2, ceil_mode=True) / share.clamp_min(1e-6)
    coarse = harmonic_fill(means, (share == 0).to(known.dtype), rounds)
    inside = holes > 0
    filled = torch.where(inside, F.interpolate(coarse, size=pictures.shape[2:], mode="bilinear"), pictures)
    for _ in range(rounds):
        padded = F.pad(filled, (1, 1, 1, 1), mode="replicate")
        across = padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
        down = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1]
        filled = torch.where(inside, (across + down) / 4, pictures)
    return filled
