"""The shapes of people, as distance fields: one threshold draws them, a lower one draws them grown.

The pipeline grows a person's mask in proportion to the person before it fills the hole; on a signed distance field
that is a comparison, and a field can be scaled, turned and squeezed by sampling it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from eraser.errors import PhotoReadError
from eraser.geometry import Box, MaskArray
from eraser.training.fingerprint import fingerprint

log = logging.getLogger(__name__)

FIELD_PX = 96
"""Side of a field; the shape's longer side takes two thirds of it."""
SHAPE_PX = 64
_STEPS_PER_PX = 4
"""Distances are kept in quarters of a pixel, 128 = the edge, more = inside."""


@dataclass(frozen=True, slots=True)
class ShapeBank:
    """Many shapes, each in the middle of its field."""

    fields: Tensor
    """(N, 1, 96, 96) uint8, see ``signed_distance``."""
    sizes: Tensor
    """(N, 2) width and height of the shapes in parts of the field's side; the larger is 2/3."""
    areas: Tensor
    """(N,) area of the shapes in parts of the field's."""

    def to(self, device: torch.device) -> ShapeBank:
        """The same bank on another device."""
        return ShapeBank(self.fields.to(device), self.sizes.to(device), self.areas.to(device))


def load_shapes(inputs: Sequence[Path], cache_dir: Path | None = None) -> ShapeBank:
    """Masks (white on black) of some folders as a bank.

    Args:
        inputs: Folders of PNG files, one shape each. None at all gives a bank of ellipses.
        cache_dir: Folder that keeps the bank for the next run with the same files.

    Raises:
        PhotoReadError: A folder holds no readable mask.
    """
    files = [file for folder in inputs for file in _list_masks(folder)]
    cache = None if cache_dir is None else cache_dir / f"shapes-{fingerprint(files)}.npz"
    if cache is not None and cache.is_file():
        kept = np.load(cache)
        return _bank(kept["fields"], kept["sizes"], kept["areas"])
    masks = list(_read_masks(files)) if inputs else _ellipses()
    if not masks:
        raise PhotoReadError(f"{inputs[0]} holds no mask: name a folder of white shapes on black")
    measured = [signed_distance(mask) for mask in masks]
    fields = np.stack([field for field, _ in measured])[:, None]
    sizes = np.array([size for _, size in measured], np.float32)
    areas = (fields >= 128).mean(axis=(1, 2, 3)).astype(np.float32)
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(cache, fields=fields, sizes=sizes, areas=areas)
    return _bank(fields, sizes, areas)


def signed_distance(mask: MaskArray) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], tuple[float, float]]:
    """The field of one (H, W) mask with something set, and the shape's width and height in parts of the field."""
    box = Box.of_mask(mask)
    if box is None:
        raise ValueError("an empty mask has no shape")
    scale = SHAPE_PX / max(box.width, box.height)
    width, height = max(round(box.width * scale), 1), max(round(box.height * scale), 1)
    small = cv2.resize(mask[box.slices].astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((FIELD_PX, FIELD_PX), np.uint8)
    top, left = (FIELD_PX - height) // 2, (FIELD_PX - width) // 2
    canvas[top : top + height, left : left + width] = small > 127
    if not canvas.any():
        canvas[top : top + height, left : left + width] = 1
    inside = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform(1 - canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Half a pixel each way: the edge lies between the last pixel inside and the first one outside.
    distance = np.where(canvas > 0, inside - 0.5, 0.5 - outside)
    field = np.clip(np.round(128 + distance * _STEPS_PER_PX), 0, 255).astype(np.uint8)
    return field, (width / FIELD_PX, height / FIELD_PX)


def threshold(grown: Tensor) -> Tensor:
    """The field value above which lies the shape grown by ``grown`` (parts of the field's side)."""
    return 128 - grown * FIELD_PX * _STEPS_PER_PX


def _bank(fields: np.ndarray, sizes: np.ndarray, areas: np.ndarray) -> ShapeBank:
    return ShapeBank(torch.from_numpy(fields), torch.from_numpy(sizes), torch.from_numpy(areas))


def _list_masks(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.png"))
    if not files:
        raise PhotoReadError(f"{folder} holds no PNG masks: name a folder of white shapes on black")
    return files


def _read_masks(files: Iterable[Path]) -> Iterable[MaskArray]:
    for file in files:
        grey = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if grey is None or not (grey > 127).any():
            log.warning("skipping %s: no mask in it", file)
            continue
        yield grey > 127


def _ellipses() -> list[MaskArray]:
    """Upright ellipses from broad to slim, for training without any masks at hand."""
    masks = []
    for half_width in range(8, 33, 4):
        canvas = np.zeros((SHAPE_PX, SHAPE_PX), np.uint8)
        cv2.ellipse(canvas, (32, 32), (half_width, 31), 0, 0, 360, 1, -1)
        masks.append(canvas > 0)
    return masks
