"""Networks that find people, built from their recipes without weights: ultralytics' own, and the ones that we train."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eraser.maskers.quiet_ultralytics import import_ultralytics

if TYPE_CHECKING:
    import torch

_ULTRALYTICS = re.compile(r"(yolo(?:v8|11|12|26))([nsmlx])-seg")
LITE0 = "efficientnet-lite0-yolo11n-seg"
VERIFIED = f"{LITE0}-verified"
_LITE0_RECIPE: dict[str, Any] = {
    "scales": {"n": [0.5, 0.25, 1024]},
    "scale": "n",
    # [from, repeats, module, arguments]; the backbone gives features at strides 8, 16, 32.
    "backbone": [
        [-1, 1, "EfficientNetLite", []],
        [0, 1, "Index", [40, 0]],
        [0, 1, "Index", [112, 1]],
        [0, 1, "Index", [320, 2]],
        [-1, 1, "SPPF", [1024, 5]],
        [-1, 2, "C2PSA", [1024]],
    ],
    # The neck and the head of YOLO11n-seg.
    "head": [
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 2], 1, "Concat", [1]],
        [-1, 2, "C3k2", [512, False]],
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 1], 1, "Concat", [1]],
        [-1, 2, "C3k2", [256, False]],
        [-1, 1, "Conv", [256, 3, 2]],
        [[-1, 8], 1, "Concat", [1]],
        [-1, 2, "C3k2", [512, False]],
        [-1, 1, "Conv", [512, 3, 2]],
        [[-1, 5], 1, "Concat", [1]],
        [-1, 2, "C3k2", [1024, True]],
        [[11, 14, 17], 1, "Segment", ["nc", 32, 256]],
    ],
}


def build_segmenter(arch: str, names: Sequence[str]) -> torch.nn.Module:
    """A segmentation network with random weights.

    Args:
        arch: ``efficientnet-lite0-yolo11n-seg`` (EfficientNet-Lite0 under the neck and head of YOLO11n-seg), the same
            with ``-verified`` behind it (and a head that verifies one find, the module ``verifier``), or one of
            ultralytics' networks such as ``yolo11n-seg``.
        names: Of its classes.

    Raises:
        ValueError: There is no such network.
    """
    tasks = import_ultralytics("ultralytics.nn.tasks")
    if arch in (LITE0, VERIFIED):
        from eraser.networks.efficientnet import EfficientNetLite

        vars(tasks)["EfficientNetLite"] = EfficientNetLite  # where ultralytics looks for the layers of a recipe
        recipe = copy.deepcopy(_LITE0_RECIPE)  # ultralytics changes the recipe that it builds from
    else:
        recipe = _ultralytics_recipe(arch)
    model: torch.nn.Module = tasks.SegmentationModel({**recipe, "nc": len(names)}, nc=len(names), verbose=False)
    model.names = dict(enumerate(map(str, names)))  # type: ignore[assignment]  # ultralytics has no types
    if arch == VERIFIED:
        from eraser.networks.verifier import Verifier

        model.verifier = Verifier()
    return model


def backbone_of(model: torch.nn.Module) -> torch.nn.Module:
    """The layer whose features the verifier judges: the first one of the recipe."""
    layers: Any = model.model
    backbone: torch.nn.Module = layers[0]
    return backbone


def _ultralytics_recipe(arch: str) -> dict[str, Any]:
    utils = import_ultralytics("ultralytics.utils")
    known = _ULTRALYTICS.fullmatch(arch)
    recipe = next(utils.ROOT.glob(f"cfg/models/*/{known[1]}-seg.yaml"), None) if known else None
    if known is None or recipe is None:
        raise ValueError(f"there is no network {arch!r}: name {LITE0}, or one of ultralytics such as yolo11n-seg")
    # The recipe as a dictionary: a name would be looked for in the working folder first.
    return {**utils.YAML.load(recipe), "scale": known[2]}
