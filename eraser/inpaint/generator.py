"""The inpainter ``generator``: PEN-Net alone, at the size that it was trained for.

A crop is resized to the network's square, completed there, and its completion resized back: what was learned about
shapes holds at that size only, and the network has no detail beyond it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.geometry import FloatArray, ImageArray, MaskArray
from eraser.inpaint.base import OUT_OF_MEMORY, Fill, Inpainter, InpainterContext
from eraser.inpaint.exported import CONVENTIONS
from eraser.inpaint.sizes import resize_back, resize_to_square
from eraser.networks.onnx_runtime import open_session
from eraser.system.memory import exhausted_memory_is
from eraser.weights import WeightsFile, find_export, obtain, read_size_px

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "fill"
"""Those of the default; `eraser inpainters list` says whether they are here."""


class Generator(Protocol):
    """Completes squares of one size."""

    def __call__(self, square: FloatArray, hole: MaskArray, /) -> FloatArray:
        """Complete a square.

        Args:
            square: (P, P, 3) float32 in [0, 255].
            hole: (P, P) bool.

        Returns:
            (P, P, 3) float32 in [0, 255], known pixels as the network redraws them.

        Raises:
            DeviceError: The memory does not suffice.
        """


class GeneratorInpainter:
    """Completes crops with a generator."""

    def __init__(self, complete: Generator, size_px: int, name: str = "", sha256: str = "") -> None:
        """Take a network into use.

        Args:
            complete: The network.
            size_px: Side of its squares, a multiple of 64.
            name: Of its weights.
            sha256: Of their file.
        """
        self.weights_name, self.weights_sha256 = name, sha256
        self.complete, self.size_px = complete, size_px

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set.

        Returns:
            The network's version of the whole crop; where it misses the known part, the composite makes up for it.

        Raises:
            DeviceError: The memory does not suffice.
        """
        return Fill(resize_back(self.complete(*resize_to_square(image, hole, self.size_px)), hole.shape))


class OnnxGenerator:
    """A generator that ``eraser weights export`` has exported, run by ONNX Runtime."""

    def __init__(self, path: Path) -> None:
        """Load it.

        Raises:
            WeightsMismatchError: The file is damaged, or no exported generator.
        """
        self._session = open_session(path, quick=True)
        names = [given.name for given in self._session.get_inputs()]
        if names != ["picture", "hole"]:
            raise WeightsMismatchError(f"{path} is no exported generator: its inputs are {', '.join(names)}")
        self.size_px = int(self._session.get_inputs()[0].shape[2])

    def __call__(self, square: FloatArray, hole: MaskArray, /) -> FloatArray:
        """As ``Generator``."""
        picture = np.ascontiguousarray(square.transpose(2, 0, 1)[None]) / np.float32(127.5) - np.float32(1.0)
        with exhausted_memory_is(OUT_OF_MEMORY):
            (completed,) = self._session.run(None, {"picture": picture, "hole": hole[None, None].astype(np.float32)})
        pixels: FloatArray = (completed[0].transpose(1, 2, 0) + np.float32(1.0)) * np.float32(127.5)
        return np.clip(pixels, 0.0, 255.0)


def load_inpainter(context: InpainterContext) -> Inpainter:
    """The inpainter ``generator`` with the weights that the context names.

    Raises:
        WeightsError: They are not here and cannot be fetched, damaged, or those of something else.
        DeviceError: The device's memory does not suffice.
    """
    return load_generator_inpainter(context)


def load_generator_inpainter(context: InpainterContext) -> GeneratorInpainter:
    """As ``load_inpainter``, for callers that need more of it than the protocol.

    The CPU runs the exported form of the weights, if there is one; everything else runs them with torch.
    """
    if context.weights in CONVENTIONS:
        raise WeightsError(f"{context.weights} is no PEN-Net generator: take --inpainter {context.weights}, or guided")
    file = obtain(context.weights, "fill", trust_pickle=context.trust_pickle, offline=context.offline)
    exported = find_export(file)
    if exported is not None and context.device == "cpu":
        generator = OnnxGenerator(exported)
        return GeneratorInpainter(generator, generator.size_px, file.name, file.sha256)
    return _load_with_torch(file, context.device)


def _load_with_torch(file: WeightsFile, device: str) -> GeneratorInpainter:
    from eraser.inpaint.torch_generator import TorchGenerator
    from eraser.weights import load_generator

    network = TorchGenerator(load_generator(file.path), device)
    return GeneratorInpainter(network, read_size_px(file.path), file.name, file.sha256)
