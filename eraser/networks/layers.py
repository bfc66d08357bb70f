"""What the generator is put together from, besides single convolutions and the attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.networks.efficientnet import EfficientNetLite


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


class MaskedLite0(nn.Module):
    """EfficientNet-Lite0 features at strides 2 to 32 of a picture with a hole, each projected to a given width."""

    BLOCKS = (0, 2, 4, 10, 15)
    """Give features at strides 2, 4, 8, 16 and 32."""
    WIDTHS = (16, 24, 40, 112, 320)
    """Their channels."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.features = EfficientNetLite(self.BLOCKS)
        self.mask = nn.Conv2d(1, 32, 3, stride=2, padding=1)
        """What the mask adds to the stem."""
        self.project = nn.ModuleList(
            nn.Conv2d(c_in, c_out, 1) for c_in, c_out in zip(self.WIDTHS, channels, strict=True)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 4, H, W), a picture in [-1, 1] and the mask, to five feature maps of H / 2 to H / 32 rows."""
        pictures, mask = x[:, :3], x[:, 3:]
        features = self.features((pictures + 1) / 2, at_stem=self.mask(mask))
        return [F.leaky_relu(project(f), 0.2) for project, f in zip(self.project, features, strict=True)]
