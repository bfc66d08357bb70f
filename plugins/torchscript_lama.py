r"""Any TorchScript or ONNX model that completes a picture from a picture and a mask, such as LaMa and MI-GAN.

You name the file; nothing is fetched. The defaults suit LaMa as TorchScript (big-lama.pt); others are one line, too:

    erase-me photo.jpg --inpainter torchscript_lama --inpainter-option model=~/models/big-lama.pt
    erase-me photo.jpg --inpainter torchscript_lama --inpainter-option model=~/models/migan_pipeline_v2.onnx \
        --inpainter-option mask_is=known
    erase-me photo.jpg --inpainter torchscript_lama --inpainter-option model=~/models/lama_fp32.onnx \
        --inpainter-option output=0..255

A model is given (1, 3, h, w) RGB and (1, 1, h, w) mask, in that order or by names, and gives back (1, 3, h, w). An
ONNX file says itself which types and which fixed size it wants; ``pip install 'erase-me[onnx]'`` brings its runtime.

A TorchScript file is a program for torch's own interpreter. It is not Python, but it may do what that interpreter can,
reading files included: take it from somebody whom you trust.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from eraser import Fill, InpainterContext
from eraser.errors import InpainterError, WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.weights import hash_file

LICENCE = "AGPL-3.0-or-later; the model has its own"

Range: TypeAlias = Literal["0..1", "-1..1", "0..255"]
Floats: TypeAlias = npt.NDArray[np.float32]
Run: TypeAlias = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]
"""(1, 3, h, w) picture and (1, 1, h, w) mask -> (1, 3, h, w)."""

_LOW_HIGH: dict[str, tuple[float, float]] = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}


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


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model."""

    run: Run
    is_bytes: tuple[bool, bool] = (False, False)
    """Whether picture and mask are uint8, 0 to 255."""
    size_hw: tuple[int, int] | None = None
    """The only size that it takes."""


def load_inpainter(context: InpainterContext[ModelOptions]) -> ModelInpainter:
    """The inpainter ``torchscript_lama``.

    Raises:
        InpainterError: No model was named.
        WeightsError: It is not there, is no such model, or lacks its runtime.
    """
    path = context.options.model
    if path is None:
        raise InpainterError("torchscript_lama must be told which model to run: --inpainter-option model=FILE")
    if not path.is_file():
        raise WeightsNotFoundError(f"torchscript_lama: there is no model {path}")
    suffix = path.suffix.lower()
    if suffix not in (".pt", ".onnx"):
        raise WeightsError(f"{path} is no model that torchscript_lama can run: those end in .pt (TorchScript) or .onnx")
    model = _load_onnx(path, context.device) if suffix == ".onnx" else _load_torchscript(path, context.device)
    return ModelInpainter(model, context.options, path)


class ModelInpainter:
    """Completes crops with a model."""

    def __init__(self, model: Model, options: ModelOptions, path: Path) -> None:
        self.weights_name, self.weights_sha256 = path.name, hash_file(path)
        self._model, self._options = model, options
        self._size_hw = model.size_hw or (None if options.size_px is None else (options.size_px,) * 2)

    def __call__(self, image: npt.NDArray[np.uint8], hole: npt.NDArray[np.bool_], /) -> Fill:
        """Complete an RGB (h, w, 3) crop where the (h, w) hole is set.

        Raises:
            InpainterError: The model gives back something else than a picture.
        """
        height, width = hole.shape
        picture, mask = image.astype(np.float32), hole.astype(np.float32)
        picture[hole] = 0.0  # nothing of the person may shine through
        if self._size_hw is not None:
            size_wh = self._size_hw[::-1]
            picture = cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA)
            mask = (cv2.resize(mask, size_wh, interpolation=cv2.INTER_AREA) > 0).astype(np.float32)
        else:
            padding = [(0, self._padded(side) - side) for side in (height, width)]
            picture = np.pad(picture, [*padding, (0, 0)], mode="symmetric")
            mask = np.pad(mask, padding, mode="symmetric")
        out = self._model.run(*self._prepare(picture, mask))
        if out.shape != (1, 3, *mask.shape):
            raise InpainterError(
                f"torchscript_lama: {self.weights_name} gave back {out.shape}, not {(1, 3, *mask.shape)}"
            )
        filled = self._pixels(out)
        if self._size_hw is not None:
            filled = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
        return Fill(np.clip(np.rint(filled[:height, :width]), 0.0, 255.0).astype(np.uint8))

    def _padded(self, side_px: int) -> int:
        multiple = self._options.multiple
        return -(-max(side_px, self._options.min_px) // multiple) * multiple

    def _prepare(self, picture: Floats, mask: Floats) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """(h, w, 3) in 0 to 255 and (h, w), 1 = hole, as the model wants them."""
        if self._options.mask_is == "known":
            mask = 1.0 - mask
        low, high = _LOW_HIGH[self._options.input]
        picture_is_bytes, mask_is_bytes = self._model.is_bytes
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
        given = np.rint(planes).astype(np.uint8) if picture_is_bytes else planes * ((high - low) / 255.0) + low
        return given, (mask * 255.0).astype(np.uint8)[None, None] if mask_is_bytes else mask[None, None]

    def _pixels(self, out: npt.NDArray[Any]) -> Floats:
        """(1, 3, h, w) as the model gives it back -> (h, w, 3) in 0 to 255."""
        low, high = (0.0, 255.0) if out.dtype == np.uint8 else _LOW_HIGH[self._options.output]
        pixels: Floats = (out[0].transpose(1, 2, 0).astype(np.float32) - low) * (255.0 / (high - low))
        if not np.isfinite(pixels).all():
            raise InpainterError(f"torchscript_lama: {self.weights_name} gave back numbers that are none (NaN)")
        return np.ascontiguousarray(pixels)


def _load_torchscript(path: Path, device: str) -> Model:
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # deprecated, yet what LaMa is published as
            load: Any = torch.jit.load  # without types
            module = load(path, map_location=device).eval()
    except (RuntimeError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsMismatchError(f"{path} is no TorchScript that torch can read: {reason}") from error

    def run(picture: npt.NDArray[Any], mask: npt.NDArray[Any]) -> npt.NDArray[Any]:
        with torch.inference_mode():
            out = module(
                *(torch.from_numpy(np.ascontiguousarray(part, np.float32)).to(device) for part in (picture, mask))
            )
        array: npt.NDArray[Any] = (out if isinstance(out, torch.Tensor) else out[0]).float().cpu().numpy()
        return array

    return Model(run)


def _load_onnx(path: Path, device: str) -> Model:
    try:
        import onnxruntime
    except ImportError as error:
        raise WeightsError(f"{path.name} needs a runtime that is not installed: pip install onnxruntime") from error
    wanted = ["CUDAExecutionProvider"] if device == "cuda" else []
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()] + ["CPUExecutionProvider"]
    try:
        session = onnxruntime.InferenceSession(path, providers=providers)
    except Exception as error:  # the runtime has a family of errors of its own
        raise WeightsMismatchError(f"{path} cannot be read by ONNX Runtime: {str(error).splitlines()[0]}") from error
    inputs = session.get_inputs()
    if len(inputs) != 2:
        raise WeightsMismatchError(f"{path} takes {len(inputs)} inputs, not a picture and a mask")
    picture, mask = sorted(inputs, key=lambda given: "mask" in given.name.lower())
    height, width = picture.shape[2:]
    fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None
    is_bytes = (picture.type == "tensor(uint8)", mask.type == "tensor(uint8)")
    return Model(lambda a, b: session.run(None, {picture.name: a, mask.name: b})[0], is_bytes, fixed)
