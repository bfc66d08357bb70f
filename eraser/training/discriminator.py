"""The critic: tells patches of photos from patches of completions (spectral norm, as PEN-Net's)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """Four strided convolutions and a verdict on each patch; a logit sees 46 pixels of the picture."""

    def __init__(self, channels: tuple[int, ...] = (64, 128, 256)) -> None:
        """Draw weights.

        Args:
            channels: Features after each halving.
        """
        super().__init__()
        inputs = (3, *channels[:-1])
        self.down = nn.ModuleList(
            spectral_norm(nn.Conv2d(c_in, c_out, 4, stride=2, padding=1))
            for c_in, c_out in zip(inputs, channels, strict=True)
        )
        self.verdict = spectral_norm(nn.Conv2d(channels[-1], 1, 4, padding=1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge pictures.

        Args:
            pictures: (B, 3, P, P) in [-1, 1].

        Returns:
            (B, 1, p, p) logits, more = truer, and the features of each halving.
        """
        features = []
        x = pictures
        for layer in self.down:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.verdict(x), features
