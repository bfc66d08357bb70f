r"""Any TorchScript or ONNX model that completes a picture from a picture and a mask, such as LaMa and MI-GAN.

You name the file; nothing is fetched. The defaults suit LaMa as TorchScript (big-lama.pt); others are one line, too:

    erase-me photo.jpg --inpainter torchscript_lama --inpainter-option model=~/models/big-lama.pt
    erase-me photo.jpg --inpainter torchscript_lama --inpainter-option model=~/models/migan_pipeline_v2.onnx \
        --inpainter-option mask_is=known
    erase-me photo.jpg --inpainter torchscript_lama --inpainter-option model=~/models/lama_fp32.onnx \
        --inpainter-option output=0..255

A model is given (1, 3, h, w) RGB and (1, 1, h, w) mask, in that order or by names, and gives back (1, 3, h, w). An
ONNX file says itself which types and which fixed size it wants.

A TorchScript file is a program for torch's own interpreter. It is not Python, but it may do what that interpreter can,
reading files included: take it from somebody whom you trust.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eraser import InpainterContext
from eraser.errors import InpainterError, WeightsError, WeightsNotFoundError
from eraser.inpaint.exported import Convention, ExportedInpainter, Range, load_model
from eraser.weights import hash_file

LICENCE = "AGPL-3.0-or-later; the model has its own"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What the model is, and what it wants."""

    model: Path | None = field(default=None, metadata={"help": "a .pt (TorchScript) or .onnx file; must be given"})
    input: Range = field(default="0..1", metadata={"help": "values of the picture; uint8 inputs always have 0..255"})
    output: Range = field(default="0..1", metadata={"help": "values of what it gives back; uint8 is always 0..255"})
    mask_is: Literal["hole", "known"] = field(default="hole", metadata={"help": "what is set in the mask"})
    multiple: int = field(default=8, metadata={"help": "sides are padded to a multiple of this, by mirroring"})
    min_px: int = field(default=0, metadata={"help": "sides are padded to at least this, by mirroring"})
    size_px: int | None = field(
        default=None, metadata={"help": "the only side it takes: crops are squeezed to a square"}
    )

    def __post_init__(self) -> None:
        if self.multiple < 1 or self.min_px < 0 or (self.size_px is not None and self.size_px < 1):
            raise ValueError("multiple and size_px must be at least 1, min_px at least 0")


def load_inpainter(context: InpainterContext[ModelOptions]) -> ExportedInpainter:
    """The inpainter ``torchscript_lama``.

    Raises:
        InpainterError: No model was named.
        WeightsError: It is not there, is no such model, or lacks its runtime.
    """
    options = context.options
    path = options.model
    if path is None:
        raise InpainterError("torchscript_lama must be told which model to run: --inpainter-option model=FILE")
    if not path.is_file():
        raise WeightsNotFoundError(f"torchscript_lama: there is no model {path}")
    if path.suffix.lower() not in (".pt", ".onnx"):
        raise WeightsError(f"{path} is no model that torchscript_lama can run: those end in .pt (TorchScript) or .onnx")
    convention = Convention(
        input=options.input,
        output=options.output,
        mask_is=options.mask_is,
        multiple=options.multiple,
        min_px=options.min_px,
        size_px=options.size_px,
    )
    return ExportedInpainter(load_model(path, context.device), convention, path.name, hash_file(path))
