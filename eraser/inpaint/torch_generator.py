"""A generator that torch runs, on any device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from eraser.geometry import FloatArray, MaskArray
from eraser.inpaint.base import OUT_OF_MEMORY
from eraser.system.memory import exhausted_memory_is

if TYPE_CHECKING:
    from eraser.networks.generator import PENNetGenerator


class TorchGenerator:
    """Completes squares."""

    def __init__(self, network: PENNetGenerator, device: str) -> None:
        """Take a network into use.

        Args:
            network: In eval mode.
            device: Where it runs; it is moved there.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        self._device = torch.device(device)
        with exhausted_memory_is(OUT_OF_MEMORY):
            self._network = network.to(self._device)

    @torch.inference_mode()
    def __call__(self, square: FloatArray, hole: MaskArray, /) -> FloatArray:
        """As ``eraser.inpaint.generator.Generator``."""
        with exhausted_memory_is(OUT_OF_MEMORY):
            mask = torch.from_numpy(hole).to(self._device, torch.float32)[None, None]
            picture = torch.from_numpy(square).to(self._device).permute(2, 0, 1)[None] / 127.5 - 1.0
            x = torch.cat([torch.where(mask > 0, 1.0, picture), mask], 1)
            out = self._network(x, mask)
            completed = out if isinstance(out, torch.Tensor) else out[1]
            pixels = (completed[0].float().permute(1, 2, 0) + 1.0) * 127.5
            result: FloatArray = np.ascontiguousarray(pixels.clamp(0.0, 255.0).cpu().numpy())
            return result
