"""How far fills are from the truth, inside the hole only: the figures that a run is watched by.

Whole photos are judged by such figures, too; these here are of crops at the size that the generator works at, so they
compare weights of one size only, and with no figures of whole photos. Error alone prizes blur; two of them punish it:
the distance between the patches of fill and truth, wherever in the hole they lie, and the sharpness.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.training.losses import low_frequency_error

WINDOW_PX = 7
"""Side of the windows of ``ssim_map`` and of the patches of ``sliced_wasserstein``."""
PYRAMID_LEVELS = 4
SMALLEST_LEVEL_PX = 16
DIRECTIONS = 32
"""Random directions that patches are projected on; the same ones each time."""


@dataclass(frozen=True, slots=True)
class FillFigures:
    """Means over the crops, of pictures in [0, 1]."""

    l1: float
    """Mean absolute error."""
    psnr: float
    """Peak signal-to-noise ratio in dB."""
    ssim: float
    """Structural similarity, at most 1."""
    swd: float
    """Sliced Wasserstein distance of patches, times 1000; lower is better."""
    sharp: float
    """Mean gradient of the fill over that of the truth; below 1 is blur."""
    low_mse: float
    """Squared error of low frequencies: what a patch search needs its leader to be right in."""
    low_psnr: float
    """The same in dB, of the mean error."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the figures, in order."""
        return tuple(field.name for field in fields(cls))


def figures_of(filled: Tensor, truth: Tensor, holes: Tensor) -> Tensor:
    """The figures of each crop, (6, B): those of ``FillFigures`` in their order but for the last.

    Args:
        filled: (B, 3, P, P) in [-1, 1], equal to the truth outside the holes; P at least 64.
        truth: (B, 3, P, P) in [-1, 1].
        holes: (B, 1, P, P), 1 = hole, none empty.
    """
    filled, truth = (filled.float() + 1) / 2, (truth.float() + 1) / 2
    error = filled - truth
    squared = mean_in(error.square(), holes)
    return torch.stack(
        [
            mean_in(error.abs(), holes),
            -10 * squared.clamp_min(1e-8).log10(),
            mean_in(ssim_map(filled, truth), holes),
            1000 * sliced_wasserstein(filled, truth, holes),
            sharpness(filled, holes) / sharpness(truth, holes).clamp_min(1e-5),
            low_frequency_error(error, holes),
        ]
    )


def mean_in(values: Tensor, holes: Tensor) -> Tensor:
    """(B,) means of (B, C, P, P) values over the pixels of each (1, P, P) hole."""
    area = holes.sum(dim=(1, 2, 3)) * values.shape[1]
    return (values * holes).sum(dim=(1, 2, 3)) / area


def ssim_map(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (Wang et al., 2004) of pictures in [0, 1] with a flat window, mean over their channels.

    Args:
        a: (B, C, P, P); P at least 4.
        b: The same shape.

    Returns:
        (B, 1, P, P) in [-1, 1]; pictures go on mirrored beyond their edges.
    """
    margin = WINDOW_PX // 2
    unbiased = WINDOW_PX**2 / (WINDOW_PX**2 - 1)

    def mean(values: Tensor) -> Tensor:
        return F.avg_pool2d(F.pad(values, (margin,) * 4, mode="reflect"), WINDOW_PX, 1)

    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = (unbiased * (mean(x * x) - m * m) for x, m in ((a, mean_a), (b, mean_b)))
    covariance = unbiased * (mean(a * b) - mean_a * mean_b)
    c1, c2 = 0.01**2, 0.03**2
    above = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    below = (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    return (above / below).mean(dim=1, keepdim=True)


def sliced_wasserstein(a: Tensor, b: Tensor, holes: Tensor) -> Tensor:
    """Distance between the sets of patches of two pictures, on each level of their Laplacian pyramids.

    Patches are taken around all pixels of the hole, so nothing but the directions is random. The coarsest level keeps
    its colours. See section 5 of https://arxiv.org/abs/1710.10196.

    Args:
        a: (B, 3, P, P) in [0, 1].
        b: The same shape.
        holes: (B, 1, P, P), 1 = hole.

    Returns:
        (B,) means over the levels; 0 where the hole leaves no whole patch.
    """
    return torch.stack([_distance(*one) for one in zip(a, b, holes, strict=True)])


def sharpness(pictures: Tensor, holes: Tensor) -> Tensor:
    """(B,) mean lengths of the gradient of (B, C, P, P) pictures' brightness inside each hole."""
    gradient_y, gradient_x = torch.gradient(pictures.mean(dim=1, keepdim=True), dim=(2, 3))
    return mean_in(torch.hypot(gradient_x, gradient_y), holes)


def _distance(a: Tensor, b: Tensor, hole: Tensor) -> Tensor:
    filters = _directions().to(a)
    margin = WINDOW_PX // 2
    distances = [a.new_zeros(())]
    for level_a, level_b, level_hole in zip(_pyramid(a), _pyramid(b), _halvings(hole), strict=True):
        whole = level_hole[0, margin:-margin, margin:-margin] > 0.5
        if not whole.any():
            break
        # A projection of every patch is a convolution.
        slices = F.conv2d(torch.stack([level_a, level_b]), filters)[:, :, whole].sort(dim=2).values
        distances.append((slices[0] - slices[1]).abs().mean())
    return torch.stack(distances).sum() / max(len(distances) - 1, 1)


def _directions() -> Tensor:
    rng = torch.Generator().manual_seed(7)
    return F.normalize(torch.randn(DIRECTIONS, 3 * WINDOW_PX**2, generator=rng)).view(-1, 3, WINDOW_PX, WINDOW_PX)


def _halvings(picture: Tensor) -> list[Tensor]:
    """A (C, P, P) picture and its means over 2 x 2, 4 x 4, ... pixels."""
    levels = [picture]
    while len(levels) < PYRAMID_LEVELS and levels[-1].shape[-1] >= 2 * SMALLEST_LEVEL_PX:
        levels.append(F.avg_pool2d(levels[-1], 2))
    return levels


def _pyramid(picture: Tensor) -> list[Tensor]:
    levels = _halvings(picture)
    details = [fine - F.interpolate(coarse[None], size=fine.shape[1:])[0] for fine, coarse in pairwise(levels)]
    return [*details, levels[-1]]
