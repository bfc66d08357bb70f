"""A head that says of one picture whether somebody is in the middle of it, from features of a people network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = (40, 112, 320)
"""Features of EfficientNet-Lite0 at strides 8, 16 and 32."""
_HIDDEN = 64
_FARTHEST = 6.0
"""Standard deviations from the mean at which a feature is clipped."""

_MOST_DOUBT = 0.4
"""Log odds that the head takes away, at most: whom the network is sure of stays found."""


class Verifier(nn.Module):
    """Two linear layers over the mean and the maximum of each feature map."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: Sequence[int] = CHANNELS) -> None:
        """Build it with random weights.

        Args:
            channels: Of the feature maps.
        """
        super().__init__()
        width = 2 * sum(channels)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.hidden = nn.Linear(width, _HIDDEN)
        self.out = nn.Linear(_HIDDEN, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """(B,) log odds that it is somebody, to be added to those of the score; features are (B, C, H, W) each."""
        return self.judge(self.pool(features)).clamp(min=-_MOST_DOUBT)

    @staticmethod
    def pool(features: Sequence[Tensor]) -> Tensor:
        """(B, 2 * channels): mean and maximum of each map."""
        return torch.cat([part for f in features for part in (f.mean((2, 3)), f.amax((2, 3)))], 1)

    def judge(self, pooled: Tensor, dropout: float = 0.0) -> Tensor:
        """(B,) log odds from pooled features; ``dropout`` is for training."""
        x = ((pooled - self.mean) / self.deviation).clamp(-_FARTHEST, _FARTHEST)
        x = F.relu(self.hidden(F.dropout(x, dropout)))
        odds: Tensor = self.out(F.dropout(x, dropout))[:, 0]
        return odds
