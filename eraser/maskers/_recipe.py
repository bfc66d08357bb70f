"""Ultralytics' networks built from the recipes that the library brings along, without any of its weights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eraser.maskers._ultralytics import import_ultralytics

if TYPE_CHECKING:
    import torch

_ARCHITECTURE = re.compile(r"(yolo(?:v8|11|12|26))([nsmlx])-seg")


def build_segmenter(arch: str, names: Sequence[str]) -> torch.nn.Module:
    """A segmentation network with random weights.

    Args:
        arch: Such as ``yolo11n-seg``.
        names: Of its classes.

    Raises:
        ValueError: The library has no such network.
    """
    tasks, utils = import_ultralytics("ultralytics.nn.tasks"), import_ultralytics("ultralytics.utils")
    known = _ARCHITECTURE.fullmatch(arch)
    recipe = next(utils.ROOT.glob(f"cfg/models/*/{known[1]}-seg.yaml"), None) if known else None
    if known is None or recipe is None:
        raise ValueError(f"there is no ultralytics network {arch!r}: name one such as yolo11n-seg")
    # The recipe as a dictionary: a name would be looked for in the working folder first.
    model: torch.nn.Module = tasks.SegmentationModel(
        {**utils.YAML.load(recipe), "scale": known[2]}, nc=len(names), verbose=False
    )
    model.names = dict(enumerate(map(str, names)))  # type: ignore[assignment]
    return model
