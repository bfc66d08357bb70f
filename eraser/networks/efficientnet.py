"""EfficientNet-Lite without its classifier: features of a photo at strides 2 to 32.

Tan and Le, ICML 2019 (https://arxiv.org/abs/1905.11946); the Lite variants have no squeeze-and-excitation and ReLU6
instead of swish. Batch normalisations are folded into the convolutions, so that small batches cannot disturb them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_STAGES = (
    # kernel, stride, expansion, channels, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STRIDE_8_16_32 = (4, 10, 15)
"""Blocks of Lite0 whose outputs have 40, 112 and 320 channels at strides 8, 16 and 32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A size of the network."""

    name: str
    width: float
    """Factor on the channels of Lite0; each is rounded to a multiple of 8."""
    depth: float
    """Factor on the blocks of a stage, but for the first and the last one."""

    def stages(self) -> list[tuple[int, int, int, int, int]]:
        """Kernel, stride, expansion, channels and blocks of each stage."""
        last = len(_STAGES) - 1
        return [
            (kernel, stride, expansion, self._channels(c), n if i in (0, last) else math.ceil(n * self.depth))
            for i, (kernel, stride, expansion, c, n) in enumerate(_STAGES)
        ]

    def _channels(self, count: int) -> int:
        scaled = count * self.width
        rounded = max(8, int(scaled + 4) // 8 * 8)
        return rounded if rounded >= 0.9 * scaled else rounded + 8


LITE0 = Variant(name="lite0", width=1.0, depth=1.0)
LITE2 = Variant(name="lite2", width=1.1, depth=1.2)
_EPSILON = 1e-3
"""Of the batch normalisations in the published weights."""


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same": at stride 2 one pixel less before an even side than after it."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(c_in, c_out, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)
        self._before, self._after = (kernel - 2) // 2, (kernel - 1) // 2

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name in torch
        """(B, c_in, H, W) to (B, c_out, H / stride, W / stride); H and W must be even where the stride is 2."""
        if self.stride[0] == 2:
            input = F.pad(input, (self._before, self._after) * 2)  # noqa: A001  the name in torch
        return super().forward(input)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project (Sandler et al., CVPR 2018)."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = c_in * expansion
        self.expand = nn.Conv2d(c_in, hidden, 1) if expansion > 1 else None
        self.depthwise = SameConv2d(hidden, hidden, kernel, stride, groups=hidden)
        self.project = nn.Conv2d(hidden, c_out, 1)
        self._skips = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        """(B, c_in, H, W) to (B, c_out, H / stride, W / stride)."""
        hidden = x if self.expand is None else F.relu6(self.expand(x))
        projected: Tensor = self.project(F.relu6(self.depthwise(hidden)))
        return x + projected if self._skips else projected


class EfficientNetLite(nn.Module):
    """The stem and the blocks."""

    def __init__(self, outputs: Sequence[int] = STRIDE_8_16_32, variant: Variant = LITE0) -> None:
        """Build it with random weights.

        Args:
            outputs: Blocks whose features are returned, ascending; blocks after the last one are left out.
            variant: Its size.
        """
        super().__init__()
        self.outputs = tuple(outputs)
        self.stem = SameConv2d(3, 32, 3, 2)
        blocks: list[nn.Module] = []
        channels = 32
        for kernel, stride, expansion, c_out, count in variant.stages():
            for index in range(count):
                blocks.append(InvertedResidual(channels, c_out, kernel, stride if index == 0 else 1, expansion))
                channels = c_out
        self.blocks = nn.ModuleList(blocks[: max(self.outputs) + 1])

    def forward(self, x: Tensor, at_stem: Tensor | None = None) -> list[Tensor]:
        """Features of pictures.

        Args:
            x: (B, 3, H, W) RGB in [0, 1], sides divisible by 32.
            at_stem: (B, 32, H / 2, W / 2) to add before the first activation.

        Returns:
            One feature map for each of ``outputs``.
        """
        x = self.stem((x * 255.0 - 127.0) / 128.0)
        x = F.relu6(x if at_stem is None else x + at_stem)
        features = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.outputs:
                features.append(x)
        return features

    def freeze(self, blocks: int) -> None:
        """Exclude the stem and the first ``blocks`` blocks from training."""
        for layer in (self.stem, *self.blocks[:blocks]):
            layer.requires_grad_(False)


def fold_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published ImageNet weights under our names, each batch normalisation folded into its convolution.

    Args:
        state: State dict as in ``efficientnet-lite0-57934424.pth``; classifier and last convolution are left out.

    Returns:
        What ``EfficientNetLite`` of the same variant with all blocks loads.
    """
    folded = dict(_fold(state, "_conv_stem", "_bn0", "stem"))
    for index in range(sum(name.endswith("._depthwise_conv.weight") for name in state)):
        theirs, ours = f"_blocks.{index}.", f"blocks.{index}."
        if f"{theirs}_expand_conv.weight" in state:
            folded |= _fold(state, f"{theirs}_expand_conv", f"{theirs}_bn0", f"{ours}expand")
        folded |= _fold(state, f"{theirs}_depthwise_conv", f"{theirs}_bn1", f"{ours}depthwise")
        folded |= _fold(state, f"{theirs}_project_conv", f"{theirs}_bn2", f"{ours}project")
    return folded


def _fold(state: Mapping[str, Tensor], conv: str, norm: str, name: str) -> dict[str, Tensor]:
    gain = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + _EPSILON)
    return {
        f"{name}.weight": state[f"{conv}.weight"] * gain[:, None, None, None],
        f"{name}.bias": state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain,
    }
