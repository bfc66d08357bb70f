"""How differently two pictures look to a network that knows objects.

After LPIPS (Zhang et al., CVPR 2018) with equal weights for all channels, and features of EfficientNet-Lite.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.networks.efficientnet import EfficientNetLite
from eraser.training.imagenet import load_imagenet


class PerceptualDistance(nn.Module):
    """Mean over four levels of the squared distance of unit-length features inside the hole."""

    def __init__(self, network: EfficientNetLite | None = None) -> None:
        """Load the features.

        Args:
            network: Gives the features; None takes Lite0 with ImageNet's weights.

        Raises:
            WeightsNotFoundError: They are not installed.
        """
        super().__init__()
        self.network = (network or load_imagenet()).eval().requires_grad_(False)

    def forward(self, pictures: Tensor, truth: Tensor, holes: Tensor) -> Tensor:
        """Distances.

        Args:
            pictures: (B, 3, H, W) in [0, 1], sides divisible by 32.
            truth: The same.
            holes: (B, 1, H, W), 1 = hole.

        Returns:
            (B,) from 0 to 4; 0 for a picture without a hole.
        """
        with torch.no_grad():
            wanted = self.network(truth)
        levels = [_distance(a, b, holes) for a, b in zip(self.network(pictures), wanted, strict=True)]
        return torch.stack(levels).mean(dim=0)


def _distance(a: Tensor, b: Tensor, holes: Tensor) -> Tensor:
    """(B,) mean squared distance of the unit vectors of two feature maps, over the hole's share of each cell."""
    share = F.adaptive_avg_pool2d(holes, (a.shape[2], a.shape[3]))
    squares = (_unit(a) - _unit(b)).square().sum(dim=1, keepdim=True)
    return (squares * share).sum(dim=(1, 2, 3)) / share.sum(dim=(1, 2, 3)).clamp_min(1e-6)


def _unit(features: Tensor) -> Tensor:
    """(B, C, h, w) with each pixel's vector divided by its length."""
    features = features.float()
    length: Tensor = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / (length + 1e-3)
