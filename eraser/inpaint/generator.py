"""The inpainter ``generator``: PEN-Net alone, at the size that it was trained for.

A crop is squeezed to the network's square, completed there, and its completion stretched back: what was learned about
shapes holds at that size only, and detail beyond it is not to be had from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from eraser.errors import WeightsError
from eraser.geometry import FloatArray, ImageArray, MaskArray
from eraser.inpaint.base import Fill, Inpainter, InpainterContext
from eraser.inpaint.exported import CONVENTIONS
from eraser.inpaint.sizes import resize_back, resize_to_square
from eraser.system.memory import exhausted_memory_is
from eraser.weights import load_generator, obtain, read_size_px

if TYPE_CHECKING:
    from eraser.networks.generator import PENNetGenerator

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "fill"
"""Those of the default; `eraser inpainters list` says whether they are here."""
_MEMORY = "the memory does not suffice to complete the hole: try --device cpu, or --inpainter patches"


class GeneratorInpainter:
    """Completes crops with a generator."""

    def __init__(self, network: PENNetGenerator, size_px: int, device: str, name: str = "", sha256: str = "") -> None:
        """Take a network into use.

        Args:
            network: In eval mode.
            size_px: Side of the squares that it was trained with, a multiple of 64.
            device: Where it runs; it is moved there.
            name: Of its weights.
            sha256: Of their file.
        """
        self.weights_name, self.weights_sha256 = name, sha256
        self.size_px, self._device = size_px, torch.device(device)
        with exhausted_memory_is(_MEMORY):
            self._network = network.to(self._device)

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set.

        Returns:
            What the network made of all of the crop; where it misses the known part, the composite makes up for it.

        Raises:
            DeviceError: The memory does not suffice.
        """
        return Fill(resize_back(self.complete(*resize_to_square(image, hole, self.size_px)), hole.shape))

    @torch.inference_mode()
    def complete(self, square: FloatArray, hole: MaskArray) -> FloatArray:
        """Complete a square of the network's own size.

        Args:
            square: (P, P, 3) float32 in [0, 255].
            hole: (P, P) bool.

        Returns:
            (P, P, 3) float32 in [0, 255], known pixels as the network redraws them.

        Raises:
            DeviceError: The memory does not suffice.
        """
        with exhausted_memory_is(_MEMORY):
            mask = torch.from_numpy(hole).to(self._device, torch.float32)[None, None]
            picture = torch.from_numpy(square).to(self._device).permute(2, 0, 1)[None] / 127.5 - 1.0
            x = torch.cat([torch.where(mask > 0, 1.0, picture), mask], 1)
            out = self._network(x, mask)
            completed = out if isinstance(out, torch.Tensor) else out[1]
            pixels = (completed[0].float().permute(1, 2, 0) + 1.0) * 127.5
            result: FloatArray = np.ascontiguousarray(pixels.clamp(0.0, 255.0).cpu().numpy())
            return result


def load_inpainter(context: InpainterContext) -> Inpainter:
    """The inpainter ``generator`` with the weights that the context names.

    Raises:
        WeightsError: They are not there, damaged, or those of something else.
        DeviceError: The device's memory does not suffice.
    """
    return load_generator_inpainter(context)


def load_generator_inpainter(context: InpainterContext) -> GeneratorInpainter:
    """As ``load_inpainter``, for who needs more of it than the protocol."""
    if context.weights in CONVENTIONS:
        raise WeightsError(f"{context.weights} is no PEN-Net generator: take --inpainter {context.weights}, or guided")
    file = obtain(context.weights, "fill", trust_pickle=context.trust_pickle, offline=context.offline)
    network, size_px = load_generator(file.path), read_size_px(file.path)
    return GeneratorInpainter(network, size_px, context.device, file.name, file.sha256)
