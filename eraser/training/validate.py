"""How good a leader is on photos kept aside, at the size it works at: the figures of ``figures``.

The one to choose by is the error of low frequencies, since a patch search adds the detail afterwards: the squared
error on a grid of 32 x 32 cells over the crop (at 64 pixels a cell is 2 x 2 pixels), over the cells that the hole
covers by half or more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from eraser.errors import PhotoReadError
from eraser.geometry import Box, ImageArray, MaskArray
from eraser.networks.harmonic import harmonic_fill
from eraser.training.figures import FillFigures, figures_of
from eraser.training.losses import composite

CONTEXTS = (0.3, 0.6, 1.0)
"""Known surroundings on each side, in parts of the hole's longer side: one crop of each photo for each."""

Complete = Callable[[Tensor, Tensor], Tensor]
"""(B, 3, P, P) pictures in [-1, 1] and (B, 1, P, P) holes to completions of the pictures' shape, on their device."""


@dataclass(frozen=True, slots=True)
class ValidationCrops:
    """Crops with a known truth."""

    pictures: Tensor
    """(B, 3, P, P) in [-1, 1]."""
    holes: Tensor
    """(B, 1, P, P) float, 1 = hole."""

    def __len__(self) -> int:
        return len(self.pictures)

    def to(self, device: torch.device) -> ValidationCrops:
        """The same on a device, where they are then measured."""
        return ValidationCrops(self.pictures.to(device), self.holes.to(device))


def load_validation(folder: Path, size_px: int) -> ValidationCrops:
    """Crops around the holes of some photos.

    Args:
        folder: Holds ``truth`` and ``mask`` (white = hole), files of the same stems.
        size_px: Side of the squares that crops are resized to.

    Raises:
        PhotoReadError: A folder or a file is missing or unreadable.
    """
    pictures, holes = [], []
    for path in sorted((folder / "truth").glob("*")):
        truth = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        mask = cv2.imread(str(folder / "mask" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        if truth is None or mask is None or truth.shape[:2] != mask.shape or not (mask > 127).any():
            raise PhotoReadError(f"{path} is unreadable or has no mask of its size in {folder / 'mask'}")
        for context in CONTEXTS:
            picture, hole = crop_to_square(np.asarray(truth, np.uint8), np.asarray(mask > 127), context, size_px)
            pictures.append(picture)
            holes.append(hole)
    if not pictures:
        raise PhotoReadError(f"{folder} has no photos in a folder named truth")
    return ValidationCrops(torch.stack(pictures), torch.stack(holes))


def crop_to_square(truth: ImageArray, hole: MaskArray, context: float, size_px: int) -> tuple[Tensor, Tensor]:
    """The surroundings of a hole, squeezed to a (3, P, P) picture and a (1, P, P) hole.

    A pixel of the square is hole as soon as any of the hole falls into it, so that nothing of what is there leaks.
    """
    box = Box.of_mask(hole)
    if box is None:
        raise ValueError("an empty hole has no surroundings")
    margin = round(context * max(box.width, box.height))
    rows_columns = box.grow(margin, margin, hole.shape).slices
    picture = cv2.resize(truth[rows_columns], (size_px, size_px), interpolation=cv2.INTER_AREA)
    share = cv2.resize(hole[rows_columns].astype(np.float32), (size_px, size_px), interpolation=cv2.INTER_AREA)
    tensor = torch.from_numpy(picture).permute(2, 0, 1).float() / 127.5 - 1.0
    return tensor, torch.from_numpy((share > 0.01).astype(np.float32))[None]


@torch.no_grad()
def measure(complete: Complete, crops: ValidationCrops, batch: int = 32) -> FillFigures:
    """Figures of one way to fill, on all crops."""
    pieces = [
        figures_of(composite(complete(pictures, holes), pictures, holes), pictures, holes)
        for pictures, holes in zip(torch.split(crops.pictures, batch), torch.split(crops.holes, batch), strict=True)
    ]
    l1, psnr, ssim, swd, sharp, low_mse = torch.cat(pieces, dim=1).double().mean(dim=1).tolist()
    low_psnr = -10 * math.log10(max(low_mse, 1e-8))
    return FillFigures(l1, psnr, ssim, swd, sharp, low_mse, low_psnr)


def baselines() -> dict[str, Complete]:
    """What needs no training: OpenCV's two methods and the harmonic fill."""
    return {
        "telea": lambda pictures, holes: _opencv(pictures, holes, cv2.INPAINT_TELEA),
        "navier-stokes": lambda pictures, holes: _opencv(pictures, holes, cv2.INPAINT_NS),
        "smooth": lambda pictures, holes: harmonic_fill(pictures, holes, rounds=40),
    }


def _opencv(pictures: Tensor, holes: Tensor, method: int) -> Tensor:
    filled: list[Tensor] = []
    for picture, hole in zip(pictures, holes, strict=True):
        image = ((picture.permute(1, 2, 0) + 1) * 127.5).round().to(torch.uint8).contiguous().numpy()
        done = cv2.inpaint(image, hole[0].to(torch.uint8).contiguous().numpy(), 3, method)
        filled.append(torch.from_numpy(done).permute(2, 0, 1).float() / 127.5 - 1.0)
    return torch.stack(filled)


def merge(parts: Sequence[ValidationCrops]) -> ValidationCrops:
    """Several sets as one."""
    return ValidationCrops(torch.cat([part.pictures for part in parts]), torch.cat([part.holes for part in parts]))
