"""A generator in the form that ONNX Runtime runs."""

from __future__ import annotations

from pathlib import Path

import torch

from eraser.errors import WeightsError
from eraser.networks.dense import LARGEST_PX, DenseGenerator
from eraser.networks.onnx_file import Signature, write_onnx
from eraser.weights import WeightsFile, load_generator, read_metadata, read_size_px


def export_generator(file: WeightsFile, target: Path) -> None:
    """Write a generator for the square that it was trained with.

    Args:
        file: Safetensors of a generator with our own attention.
        target: The ONNX file.

    Raises:
        WeightsError: The generator has the published attention, or takes a square that is too large.
    """
    size_px = read_size_px(file.path)
    if size_px > LARGEST_PX:
        raise WeightsError(f"{file.name} takes squares of {size_px} px; those of at most {LARGEST_PX} can be exported")
    try:
        model = DenseGenerator(load_generator(file.path)).eval()
    except ValueError as error:
        raise WeightsError(f"{file.name} cannot be exported: {error}") from error
    signature = Signature(
        example=(torch.zeros(1, 3, size_px, size_px), torch.ones(1, 1, size_px, size_px)),
        inputs=("picture", "hole"),
        outputs=("completed",),
    )
    write_onnx(model, signature, target, {**read_metadata(file.path), "made_from_sha256": file.sha256})
