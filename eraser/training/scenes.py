"""What the generator learns to complete: random crops of photos, a whole batch at once, on any device.

Crops look like those at inference, where the surroundings of a hole, of whatever aspect ratio, are resized to the
generator's square: a crop's aspect ratio is drawn too, and its content squeezed accordingly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.errors import PhotoReadError
from eraser.training.decode import DecodedPhotos

PROCEDURAL = "procedural"
MAX_CROP_ASPECT = 2.0
"""Crops are between 1:2 and 2:1."""
MIN_CROP_SHARE = 0.4
"""Smallest crop, as a part of the largest one of its aspect ratio that fits the photo."""


class Uniform(Protocol):
    """Draws (B, *shape) numbers between two bounds."""

    def __call__(self, low: float, high: float, /, *shape: int) -> Tensor:
        """Draw."""


@dataclass(frozen=True, slots=True)
class Scenes:
    """A batch of whole pictures."""

    pictures: Tensor
    """(B, 3, P, P) RGB in [-1, 1]."""
    aspects: Tensor
    """(B,) width / height of the crops before they were squeezed to squares."""


class ScenePool:
    """All photos and drawn pictures of a run, and how often each is taken."""

    def __init__(self, squares: Tensor, aspects: Tensor, chances: Tensor) -> None:
        """Keep what ``build_pool`` made.

        Args:
            squares: (N, 3, S, S) uint8; on a GPU, photos stay there for the whole run.
            aspects: (N,) width / height of the photos.
            chances: (N,) how often each is taken, in any unit.
        """
        self.squares, self.aspects = squares, aspects
        self._until = (chances / chances.sum()).cumsum(0)

    def __len__(self) -> int:
        return len(self.squares)

    def draw(self, batch: int, size_px: int, rng: torch.Generator) -> Scenes:
        """Random crops, mirrored and recoloured at random; ``rng`` lives on the device of the photos."""
        device = self.squares.device

        def uniform(low: float, high: float, /, *shape: int) -> Tensor:
            return torch.rand(batch, *shape, device=device, generator=rng) * (high - low) + low

        index = torch.searchsorted(self._until, uniform(0, 1).to(self._until)).clamp_max(len(self) - 1)
        photo_aspect = self.aspects[index]
        limit = math.log(MAX_CROP_ASPECT)
        # The mean of two draws: moderate aspect ratios are commoner than extreme ones.
        aspect = ((uniform(-limit, limit) + uniform(-limit, limit)) / 2 + photo_aspect.log() / 3).exp()
        aspect = aspect.clamp(1 / MAX_CROP_ASPECT, MAX_CROP_ASPECT)
        share = uniform(MIN_CROP_SHARE, 1.0)
        height = share * (photo_aspect / aspect).clamp_max(1.0)  # parts of the photo's height and width
        width = share * (aspect / photo_aspect).clamp_max(1.0)
        centre_x, centre_y = uniform(-1, 1) * (1 - width), uniform(-1, 1) * (1 - height)
        flip = (uniform(0, 1) < 0.5).float() * 2 - 1
        tilt = uniform(-0.03, 0.03)  # radians; horizons stay near level
        affine = torch.stack(
            [
                torch.stack([flip * width, tilt * height, centre_x], 1),
                torch.stack([-flip * tilt * width, height, centre_y], 1),
            ],
            1,
        )
        # Sampled at twice the size and averaged: bilinear sampling alone would alias where it shrinks.
        grid = F.affine_grid(affine, [batch, 3, 2 * size_px, 2 * size_px], align_corners=False)
        squares = self.squares[index.to(self.squares.device)].to(torch.float32)
        sampled = F.grid_sample(squares, grid, padding_mode="reflection", align_corners=False)
        pictures = F.avg_pool2d(sampled, 2) / 127.5 - 1.0
        return Scenes(_recolour(pictures, uniform), aspect)


def build_pool(
    photos: DecodedPhotos,
    drawn: npt.NDArray[np.uint8],
    *,
    temper: float,
    source_weights: dict[str, float],
    procedural_share: float,
    device: torch.device,
) -> ScenePool:
    """Photos and drawn pictures with the chances that the settings ask for.

    Args:
        photos: From ``decode_photos``.
        drawn: (M, 3, S, S) from ``draw_pictures``; M may be 0.
        temper: A source of n photos is taken in proportion to n ** temper.
        source_weights: Factors on that, by source; 0 leaves it out.
        procedural_share: Part of what is taken that is drawn.
        device: Where the pictures are kept and cropped.

    Raises:
        PhotoReadError: A weight names no source, or no photo is left.
    """
    names, which = np.unique(np.asarray(photos.sources), return_inverse=True)
    if unknown := sorted(set(source_weights) - set(names.tolist())):
        raise PhotoReadError(f"there is no source {unknown[0]!r}: the sources are {', '.join(names.tolist())}")
    counts = np.bincount(which)
    factors = np.array([source_weights.get(name, 1.0) for name in names.tolist()])
    chances = (factors * counts ** (temper - 1.0))[which]
    if chances.sum() <= 0:
        raise PhotoReadError("the source weights leave no photo to train on")
    share = procedural_share if len(drawn) else 0.0
    chances = np.concatenate([chances / chances.sum() * (1 - share), np.full(len(drawn), share / max(len(drawn), 1))])
    squares = torch.from_numpy(np.concatenate([photos.squares, drawn]))
    aspects = torch.from_numpy(np.concatenate([photos.aspects, np.ones(len(drawn), np.float32)]))
    return ScenePool(squares.to(device), aspects.to(device), torch.from_numpy(chances).to(device))


def _recolour(pictures: Tensor, uniform: Uniform) -> Tensor:
    """Exposure, contrast, saturation and warmth, a little different for each picture."""
    gain = uniform(0.8, 1.2, 1, 1, 1) * uniform(0.93, 1.07, 3, 1, 1)
    grey = pictures.mean(dim=1, keepdim=True)
    saturated = grey + (pictures - grey) * uniform(0.6, 1.3, 1, 1, 1)
    mean = saturated.mean(dim=(1, 2, 3), keepdim=True)
    contrasted = mean + (saturated - mean) * gain + uniform(-0.12, 0.12, 1, 1, 1)
    return contrasted.clamp(-1, 1)
