"""The PEN-Net generator: a pyramid-context encoder, attention transfer on every level, a multi-scale decoder.

Zeng, Fu, Chao and Guo, CVPR 2019 (https://arxiv.org/abs/1904.07475). Layers are named after the levels of the paper's
figure: level 1 is half the input's side, level 6 a 64th.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.networks.attention import attend_hole, attention_transfer
from eraser.networks.harmonic import harmonic_fill
from eraser.networks.layers import DilatedFusion, MaskedLite0, ResidualBlock

Attention: TypeAlias = Literal["published", "own"]
Encoder: TypeAlias = Literal["plain", "lite0"]
AttendHole: TypeAlias = Callable[..., Tensor]
"""As ``attention.attend_hole``."""
LEVELS = (1, 2, 3, 4, 5)
"""Levels that attention fills and the decoder joins; level 6 is the code above them."""
DEEP_LEVELS = (2, 3, 4, 5)
"""Levels that ``depth`` deepens: small enough to be cheap, large enough to have a shape."""
SIDE_MULTIPLE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorParams:
    """What a generator is built from; can be read off its weights."""

    attention: Attention = "published"
    """``published`` is the authors' formula; in ``own`` only hole pixels are queries, and what is known stays as it is.

    ``own`` begins with the harmonic fill, shows it to the encoder in place of the ones, and predicts what
    to add to it: a short training then goes into structure alone, not into colours that the rim gives away.
    """
    torgb: bool = True
    """Whether a 1x1 head on each level gives the picture there, for the pyramid loss."""
    channels: tuple[int, ...] = (32, 64, 128, 256, 512, 512)
    """Features of levels 1 to 6."""
    encoder: Encoder = "plain"
    """``plain``: six stride-2 convolutions. ``lite0``: levels 1 to 5 are EfficientNet-Lite0 features, each
    projected by a 1x1 convolution, so that training begins with ImageNet's weights; the mask joins at the stem.
    Only in ``own``.
    """
    depth: int = 0
    """Residual blocks on each of levels 2 to 5 of the encoder; only in ``own``.

    With any, what the encoder made of the hole itself is added to what attention copied there: the published form
    throws it away, so that at small sizes all that is not a copy has to pass through a code of one pixel.
    """

    def __post_init__(self) -> None:
        if self.depth and self.attention != "own":
            raise ValueError(f"the published generator has no residual blocks, got depth {self.depth}")
        if self.encoder != "plain" and self.attention != "own":
            raise ValueError(f"the published generator has a plain encoder, got {self.encoder}")


class PENNetGenerator(nn.Module):
    """Completes a picture with a hole."""

    def __init__(self, params: GeneratorParams | None = None) -> None:
        super().__init__()
        self.params = params = params or GeneratorParams()
        c1, c2, c3, c4, c5, c6 = params.channels
        convolved = range(1, 7) if params.encoder == "plain" else (6,)
        self.encoder = nn.ModuleDict(
            {
                str(level): nn.Conv2d(c_in, c_out, 3, stride=2, padding=1)
                for level, (c_in, c_out) in enumerate(zip((4, c1, c2, c3, c4, c5), params.channels, strict=True), 1)
                if level in convolved
            }
        )
        if params.encoder == "lite0":
            self.backbone = MaskedLite0(params.channels[:5])
        if params.depth:
            self.blocks = nn.ModuleDict(
                {
                    str(level): nn.Sequential(*(ResidualBlock(params.channels[level - 1]) for _ in range(params.depth)))
                    for level in DEEP_LEVELS
                }
            )
            self.kept = nn.ModuleDict(
                {
                    str(level): nn.Conv2d(c, c, 3, padding=1)
                    for level, c in zip(LEVELS, params.channels[:5], strict=True)
                }
            )
        self.fusion = nn.ModuleDict({str(level): DilatedFusion(params.channels[level - 1]) for level in LEVELS[:4]})
        decoder_in = {5: c6, 4: 2 * c5, 3: 2 * c4, 2: 2 * c3, 1: 2 * c2}
        self.decoder = nn.ModuleDict(
            {str(level): nn.Conv2d(decoder_in[level], params.channels[level - 1], 3, padding=1) for level in LEVELS}
        )
        self.picture = nn.ModuleList([nn.Conv2d(2 * c1, c1, 3, padding=1), nn.Conv2d(c1, 3, 3, padding=1)])
        if params.torgb:
            self.torgb = nn.ModuleDict(
                {str(level): nn.Conv2d(2 * params.channels[level - 1], 3, 1) for level in LEVELS}
            )
        if params.attention == "own":
            # Marks the variant in a state dict, whose shapes are the same for both.
            self.register_buffer("own_attention", torch.ones(()))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, a=0.2, nonlinearity="leaky_relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        silent: list[nn.Module] = []
        if self.params.encoder == "lite0":  # untrained, the mask changes no feature
            silent.append(self.backbone.mask)
        if self.params.attention == "own":  # untrained, it returns the harmonic fill
            silent = [self.picture[1], *(self.torgb.values() if self.params.torgb else ())]
        if self.params.depth:  # untrained, depth changes nothing
            silent += [layer.second for layer in self.modules() if isinstance(layer, ResidualBlock)]
            silent += self.kept.values()
        for weight in (weight for layer in silent for weight in layer.parameters()):
            nn.init.zeros_(weight)

    def forward(
        self, x: Tensor, mask: Tensor, attend: AttendHole = attend_hole
    ) -> Tensor | tuple[list[Tensor], Tensor]:
        """Complete pictures.

        Args:
            x: (B, 4, H, W), photo in [-1, 1] with the hole set to 1, and the mask. Sides divisible by 64.
            mask: (B, 1, H, W), 1 = hole.
            attend: Our own attention, or another form of it.

        Returns:
            The picture, (B, 3, H, W) in [-1, 1]; with heads, the pictures of levels 1 to 5 and it.

        Raises:
            ValueError: A side is not divisible by 64.
        """
        height, width = x.shape[2:]
        if height % SIDE_MULTIPLE or width % SIDE_MULTIPLE:
            raise ValueError(f"the generator takes sides divisible by {SIDE_MULTIPLE}, got {width}x{height}")
        own = self.params.attention == "own"
        if own:
            base = harmonic_fill(x[:, :3].float(), mask.float())
            x = torch.cat([base, mask], 1)
        # The fastest layout on every device; layers and attention pass it on.
        features = self._encode(x.contiguous(memory_format=torch.channels_last))
        skips = self._transfer(features, mask, attend)

        pyramid: list[Tensor] = []
        joined = features[6]
        for level in reversed(LEVELS):
            up = self.decoder[str(level)](_double(joined)).relu_()
            joined = torch.cat([up, skips[level]], 1)
            if self.params.torgb:
                head = self.torgb[str(level)](joined)
                pyramid.insert(0, self._add_base(F.avg_pool2d(base, 2**level), head) if own else head.tanh())
        predicted = self.picture[1](self.picture[0](_double(joined)).relu_())
        picture = self._add_base(base, predicted) if own else predicted.tanh()
        return (pyramid, picture) if self.params.torgb else picture

    def _add_base(self, base: Tensor, change: Tensor) -> Tensor:
        """A picture changed by at most 2, its whole range; not clamped in training, where that stops gradients."""
        picture = base + 2 * (change.float() / 2).tanh()
        return picture if self.training else picture.clamp(-1, 1)

    def _encode(self, x: Tensor) -> dict[int, Tensor]:
        """Features of levels 1 to 6."""
        features = {}
        pretrained = self.backbone(x) if self.params.encoder == "lite0" else []
        for level in range(1, 7):
            if level <= len(pretrained):
                x = pretrained[level - 1]
            else:
                x = self.encoder[str(level)](x)
                x = x.relu() if level == 6 else F.leaky_relu(x, 0.2)
            if self.params.depth and level in DEEP_LEVELS:
                x = self.blocks[str(level)](x)
            features[level] = x
        return features

    def _transfer(self, features: dict[int, Tensor], mask: Tensor, attend: AttendHole) -> dict[int, Tensor]:
        """Features of levels 1 to 5, each filled from the one above."""
        own = self.params.attention == "own"
        holes = {0: (mask > 0).to(features[1].dtype)}
        if own:
            for level in range(1, 7):
                holes[level] = F.max_pool2d(holes[level - 1], 2)
        skips = {6: features[6]}
        for level in reversed(LEVELS):
            low, high, patch = features[level], skips[level + 1], 1 if level == 5 else 3
            if own:
                filled = attend(low, high, holes[level], holes[level + 1], patch=patch)
            else:
                hole = F.interpolate(mask, size=high.shape[2:], mode="bilinear", align_corners=True)
                filled = attention_transfer(low, high, hole, patch=patch)
            skips[level] = filled if level == 5 else self.fusion[str(level)](filled)
            if self.params.depth:
                skips[level] = skips[level] + self.kept[str(level)](low)
        return skips


def _double(x: Tensor) -> Tensor:
    """Twice the size."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
