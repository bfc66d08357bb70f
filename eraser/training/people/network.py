"""The network that is trained: an ultralytics segmentation model with one class, built from its recipe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eraser.maskers._recipe import build_segmenter
from eraser.maskers._ultralytics import import_ultralytics
from eraser.training.checkpoint import LICENCE, start_from


def build_network(arch: str, initial: Path | None) -> nn.Module:
    """A network that gives its losses when it is called with a batch (see ``Batches``), its predictions otherwise.

    Args:
        arch: Such as ``yolo11n-seg``.
        initial: Exported weights to begin with; None begins with random ones.

    Raises:
        ValueError: There is no such network.
        WeightsMismatchError: The weights are of another one.
    """
    model = build_segmenter(arch, ("person",))
    if initial is not None:
        start_from(initial, model)
    # Gains of the losses, and masks as one map for each picture: the library's own defaults.
    model.args = import_ultralytics("ultralytics.cfg").get_cfg()
    return model.train()


def losses_of(output: tuple[Tensor, Mapping[str, Any]], pictures: int) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss a picture, and its parts by name."""
    total, parts = output
    return total.sum() / pictures, {name: torch.as_tensor(part).detach() for name, part in parts.items()}


def describe(arch: str, imgsz: int, **more: object) -> dict[str, str]:
    """What weights say of themselves, as the masker ``yolo`` reads it."""
    said = {"arch": arch, "names": '["person"]', "imgsz": str(imgsz), "licence": LICENCE}
    return said | {name: str(value) for name, value in more.items()}
