"""What the generator is punished for; no network trained elsewhere takes part.

Weighted L1 and the pyramid L1 are those of PEN-Net (https://arxiv.org/abs/1904.07475), the hinge loss that of
spectral-norm GANs (Miyato et al., 2018), feature matching that of pix2pixHD (Wang et al., 2018), the gradient penalty
R1 (Mescheder et al., 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.training.discriminator import PatchDiscriminator
from eraser.training.settings import FillSettings

LOW_FREQUENCY_CELLS = 32
"""Cells along a side on which low frequencies are compared."""


def generator_input(pictures: Tensor, holes: Tensor) -> Tensor:
    """(B, 4, P, P) for the generator: the picture with its hole set to 1, and the hole."""
    return torch.cat([torch.where(holes > 0, 1.0, pictures), holes], dim=1)


def composite(completed: Tensor, pictures: Tensor, holes: Tensor) -> Tensor:
    """The completion inside the hole, the picture outside."""
    return torch.where(holes > 0, completed, pictures)


def masked_l1(result: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean of |result - truth| where the (B, 1, P, P) mask is 1, over the batch; 0 where it is 1 nowhere."""
    return ((result - truth).abs() * mask).sum() / (mask.sum() * result.shape[1]).clamp_min(1.0)


def reconstruction_losses(
    completed: Tensor, pyramid: Sequence[Tensor], truth: Tensor, holes: Tensor, settings: FillSettings
) -> dict[str, Tensor]:
    """L1 losses by name, already weighted.

    Args:
        completed: (B, 3, P, P) from the generator.
        pyramid: What its heads predict, (B, 3, p, p) each.
        truth: (B, 3, P, P).
        holes: (B, 1, P, P), 1 = hole.
        settings: The weights.
    """
    weights = settings.valid_weight + (settings.hole_weight - settings.valid_weight) * holes
    levels = torch.stack([_weighted_l1(level.float(), truth, weights) for level in pyramid])
    return {
        "hole": settings.hole_weight * masked_l1(completed, truth, holes),
        "valid": settings.valid_weight * masked_l1(completed, truth, 1 - holes),
        "pyramid": settings.pyramid_weight * levels.sum(),
        "low_frequency": settings.low_frequency_weight * low_frequency_error(completed - truth, holes).mean(),
    }


def low_frequency_error(error: Tensor, holes: Tensor) -> Tensor:
    """(B,) mean squares of (B, 3, P, P) errors averaged over 32 x 32 cells, where the hole covers half a cell or more.

    At 64 pixels a cell is 2 x 2 pixels. Only the error inside the hole takes part.
    """
    low = F.adaptive_avg_pool2d(error * holes, LOW_FREQUENCY_CELLS)
    cells = (F.adaptive_avg_pool2d(holes, LOW_FREQUENCY_CELLS) >= 0.5).float()
    return (low.square() * cells).sum(dim=(1, 2, 3)) / (cells.sum(dim=(1, 2, 3)) * error.shape[1]).clamp_min(1.0)


def _weighted_l1(level: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Mean of |level - truth| at the size of ``level``, where cells count as much as the weights in them."""
    size = level.shape[2:]
    share = F.interpolate(weights, size=size, mode="area")
    error = (level - F.interpolate(truth, size=size, mode="area")).abs()
    return (error * share).sum() / (share.sum() * level.shape[1]).clamp_min(1e-6)


def adversarial_losses(
    discriminator: PatchDiscriminator, filled: Tensor, truth: Tensor, holes: Tensor, settings: FillSettings
) -> dict[str, Tensor]:
    """What the discriminator has the generator change, already weighted.

    For each picture, the mean over the cells that lie on its hole: all others stand for the truth, mostly, and would
    only weaken a small hole's.

    Args:
        discriminator: Its own weights must not ask for gradients here.
        filled: (B, 3, P, P), composites.
        truth: (B, 3, P, P).
        holes: (B, 1, P, P), 1 = hole.
        settings: The weights.
    """
    logits, features = discriminator(filled)
    with torch.no_grad():
        _, wanted = discriminator(truth)
    misses = [(a.float() - b.float()).abs().mean(dim=1, keepdim=True) for a, b in zip(features, wanted, strict=True)]
    matching = torch.stack([_mean_on_holes(miss, holes) for miss in misses]).mean()
    return {
        "adversarial": -settings.adversarial_weight * _mean_on_holes(logits.float(), holes),
        "matching": settings.adversarial_weight * settings.feature_weight * matching,
    }


def discriminator_loss(discriminator: nn.Module, filled: Tensor, truth: Tensor, holes: Tensor) -> Tensor:
    """Hinge loss: cells of composites that lie on the hole are false, all those of photos are true.

    Args:
        discriminator: What is trained.
        filled: (B, 3, P, P), composites, detached.
        truth: (B, 3, P, P).
        holes: (B, 1, P, P), 1 = hole.
    """
    logits, _ = discriminator(torch.cat([filled, truth]))
    false, true = logits.float().chunk(2)
    return _mean_on_holes(F.relu(1 + false), holes) + F.relu(1 - true).mean()


def _mean_on_holes(values: Tensor, holes: Tensor) -> Tensor:
    """Mean over the pictures of the means of (B, 1, h, w) values over the cells that any of the hole lies in."""
    on_hole = F.adaptive_max_pool2d(holes, values.shape[2:])
    means = (values * on_hole).sum(dim=(1, 2, 3)) / on_hole.sum(dim=(1, 2, 3)).clamp_min(1.0)
    return means.mean()


def r1_penalty(discriminator: PatchDiscriminator, truth: Tensor) -> Tensor:
    """Half the mean squared gradient of the logits' mean with respect to true pictures."""
    truth = truth.detach().requires_grad_()
    logits, _ = discriminator(truth)
    (gradient,) = torch.autograd.grad(logits.float().mean(dim=(1, 2, 3)).sum(), truth, create_graph=True)
    return 0.5 * gradient.square().sum(dim=(1, 2, 3)).mean()
