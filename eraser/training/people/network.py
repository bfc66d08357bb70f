"""The network that is trained: an ultralytics segmentation model with one class, built from its recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.maskers.quiet_ultralytics import import_ultralytics
from eraser.maskers.recipes import build_segmenter
from eraser.networks.efficientnet import EfficientNetLite
from eraser.training.checkpoint import start_from
from eraser.training.imagenet import load_imagenet

_SURELY_NOBODY = -20.0
"""Logit of a cell that is left out."""


def build_network(arch: str, initial: Path | None, frozen_blocks: int = 0) -> nn.Module:
    """A network that gives its losses when it is called with a batch (see ``Batches``), its predictions otherwise.

    Args:
        arch: Such as ``yolo11n-seg``.
        initial: Exported weights to begin with; None begins with random ones, and a backbone with those of ImageNet.
        frozen_blocks: Stem and first blocks of a pretrained backbone that are not trained.

    Raises:
        ValueError: There is no such network.
        WeightsMismatchError: The weights are of another one.
        WeightsNotFoundError: The backbone's ImageNet weights are not installed.
    """
    model = build_segmenter(arch, ("person",))
    backbone = next((module for module in model.modules() if isinstance(module, EfficientNetLite)), None)
    if initial is not None:
        start_from(initial, model, leave_out="verifier")
    elif backbone is not None:
        backbone.load_state_dict(load_imagenet(outputs=backbone.outputs).state_dict())
    if backbone is not None:
        backbone.freeze(frozen_blocks)
    # Gains of the losses, and masks as one map for each picture: the library's own defaults.
    model.args = import_ultralytics("ultralytics.cfg").get_cfg()
    make_loss: Any = model.init_criterion
    model.init_criterion = lambda: IgnoringLoss(make_loss())  # type: ignore[assignment]
    return model.train()


class IgnoringLoss:
    """A loss of ultralytics in which cells of the grid can be left out."""

    def __init__(self, loss: Callable[[Any, Any], tuple[Tensor, dict[str, Tensor]]]) -> None:
        """Wrap a loss.

        Args:
            loss: Takes predictions and a batch.
        """
        self._loss = loss

    def __call__(self, predictions: Any, batch: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:  # noqa: ANN401
        """The loss; cells under ``batch["ignored"]`` neither count as nobody nor are assigned to anybody."""
        if isinstance(predictions, Mapping) and "scores" in predictions and batch["ignored"].any():
            left_out = _on_every_grid(batch["ignored"], [tuple(f.shape[2:]) for f in predictions["feats"]])
            # A constant has no gradient, and this one costs nothing where nobody is wanted.
            scores = torch.where(left_out[:, None], _SURELY_NOBODY, predictions["scores"])
            predictions = {**predictions, "scores": scores}
        return self._loss(predictions, batch)


def _on_every_grid(cells: Tensor, grids: Sequence[tuple[int, int]]) -> Tensor:
    """(B, h, w) cells of the finest grid as (B, A) bool, the cells of all grids one after another."""
    finest = cells[:, None].float()
    return torch.cat([F.adaptive_avg_pool2d(finest, size).flatten(1) > 0.5 for size in grids], 1)


def losses_of(output: tuple[Tensor, Mapping[str, Any]], pictures: int) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss a picture, and its parts by name."""
    total, parts = output
    return total.sum() / pictures, {name: torch.as_tensor(part).detach() for name, part in parts.items()}


def describe(arch: str, imgsz: int) -> dict[str, str]:
    """What weights say of the network, as the masker ``yolo`` reads it."""
    return {"arch": arch, "names": '["person"]', "imgsz": str(imgsz)}
