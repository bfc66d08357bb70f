"""What the generator is put together from, besides single convolutions and the attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DilatedFusion(nn.Module):
    """Four dilated 3x3 convolutions side by side, each a quarter of the channels: joins attended patches."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dilated = nn.ModuleList(
            nn.Conv2d(channels, channels // 4, 3, padding=rate, dilation=rate) for rate in (1, 2, 4, 8)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C, h, w)."""
        return torch.cat([conv(x) for conv in self.dilated], 1).relu_()


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, each after a leaky ReLU, added to what came in (He et al., ECCV 2016); no normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C, h, w)."""
        change: Tensor = self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))
        return x + change
