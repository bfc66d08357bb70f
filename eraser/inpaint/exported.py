"""Networks that others publish as TorchScript or ONNX: picture and mask in, completed picture out.

LaMa (Suvorov et al. 2022, https://arxiv.org/abs/2109.07161) and MI-GAN (Sargsyan et al., ICCV 2023) are built in; the
plugin ``torchscript_lama`` runs any other. A TorchScript file is a program for torch's own interpreter, which may read
files: take it only from a source that you trust. The two built in are pinned by sha256.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from eraser.config import MODEL_DEFAULTS
from eraser.errors import InpainterError, WeightsError, WeightsMismatchError
from eraser.geometry import FloatArray, ImageArray, MaskArray
from eraser.inpaint.base import OUT_OF_MEMORY, Fill, InpainterContext
from eraser.system.memory import exhausted_memory_is
from eraser.system.onnx import import_onnxruntime
from eraser.weights import WeightsFile, obtain

Range: TypeAlias = Literal["0..1", "-1..1", "0..255"]
Run: TypeAlias = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]
"""(1, 3, h, w) picture and (1, 1, h, w) mask -> (1, 3, h, w)."""

_LOW_HIGH: dict[str, tuple[float, float]] = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How a network wants to be called."""

    input: Range = "0..1"
    """Values of the picture; a network that takes uint8 always gets 0 to 255."""
    output: Range = "0..1"
    """Values of what it returns; uint8 is always 0 to 255."""
    mask_is: Literal["hole", "known"] = "hole"
    """What is set in the mask."""
    multiple: int = 8
    """Sides are padded to a multiple of this, by mirroring."""
    min_px: int = 0
    """Sides are padded to at least this, by mirroring."""
    size_px: int | None = None
    """The only side that it takes; crops are resized to a square. None takes any, or what an ONNX file says."""
    grow_px: int = 0
    """The hole is grown by this for the network: some blend the old rim into the hole."""


CONVENTIONS: Mapping[str, Convention] = {
    "lama": Convention(),
    "lama-onnx": Convention(output="0..255"),
    "migan": Convention(mask_is="known", multiple=1, grow_px=4),
}
"""By names in the manifest; what the files say of themselves (types, fixed sizes) is read from them."""


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded network."""

    run: Run
    is_bytes: tuple[bool, bool] = (False, False)
    """Whether picture and mask are uint8, 0 to 255."""
    size_hw: tuple[int, int] | None = None
    """The only size that it takes."""


class ExportedInpainter:
    """Completes crops with an exported network."""

    def __init__(self, model: Model, convention: Convention, name: str, sha256: str) -> None:
        """Take a network into use.

        Args:
            model: The network.
            convention: How it wants to be called.
            name: Of its weights.
            sha256: Of their file.
        """
        self.weights_name, self.weights_sha256 = name, sha256
        self._model, self._convention = model, convention
        self._size_hw = model.size_hw or (None if convention.size_px is None else (convention.size_px,) * 2)

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set.

        Raises:
            InpainterError: The network returns something else than a picture.
            DeviceError: The memory does not suffice.
        """
        height, width = hole.shape
        if grow_px := self._convention.grow_px:
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow_px + 1,) * 2)
            hole = cv2.dilate(hole.astype(np.uint8), disc) > 0
        picture, mask = image.astype(np.float32), hole.astype(np.float32)
        picture[hole] = 0.0  # nothing of the person may reach the network
        if self._size_hw is not None:
            size_wh = self._size_hw[::-1]
            picture = cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA)
            mask = (cv2.resize(mask, size_wh, interpolation=cv2.INTER_AREA) > 0).astype(np.float32)
        else:
            padding = [(0, self._padded(side) - side) for side in (height, width)]
            picture = np.pad(picture, [*padding, (0, 0)], mode="symmetric")
            mask = np.pad(mask, padding, mode="symmetric")
        with exhausted_memory_is(OUT_OF_MEMORY):
            out = self._model.run(*self._prepare(picture, mask))
        if out.shape != (1, 3, *mask.shape):
            raise InpainterError(f"the network {self.weights_name} gave back {out.shape}, not {(1, 3, *mask.shape)}")
        filled = self._pixels(out)
        if self._size_hw is not None:
            filled = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
        return Fill(np.clip(np.rint(filled[:height, :width]), 0.0, 255.0).astype(np.uint8))

    def _padded(self, side_px: int) -> int:
        multiple = self._convention.multiple
        return -(-max(side_px, self._convention.min_px) // multiple) * multiple

    def _prepare(self, picture: FloatArray, mask: FloatArray) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """(h, w, 3) in 0 to 255 and (h, w), 1 = hole, as the network wants them."""
        if self._convention.mask_is == "known":
            mask = 1.0 - mask
        low, high = _LOW_HIGH[self._convention.input]
        picture_is_bytes, mask_is_bytes = self._model.is_bytes
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
        given = np.rint(planes).astype(np.uint8) if picture_is_bytes else planes * ((high - low) / 255.0) + low
        return given, (mask * 255.0).astype(np.uint8)[None, None] if mask_is_bytes else mask[None, None]

    def _pixels(self, out: npt.NDArray[Any]) -> FloatArray:
        """(1, 3, h, w) as the network returns it -> (h, w, 3) in 0 to 255."""
        low, high = (0.0, 255.0) if out.dtype == np.uint8 else _LOW_HIGH[self._convention.output]
        pixels: FloatArray = (out[0].transpose(1, 2, 0).astype(np.float32) - low) * (255.0 / (high - low))
        if not np.isfinite(pixels).all():
            raise InpainterError(f"the network {self.weights_name} gave back NaN or infinite numbers")
        return np.ascontiguousarray(pixels)


def load_lama(context: InpainterContext) -> ExportedInpainter:
    """The inpainter ``lama``: LaMa alone, without patch transfer.

    Raises:
        WeightsError: Its weights are not here and cannot be fetched.
    """
    return _load(context, "lama")


def load_migan(context: InpainterContext) -> ExportedInpainter:
    """The inpainter ``migan``: MI-GAN alone, without patch transfer.

    Raises:
        WeightsError: Its weights are not here and cannot be fetched.
    """
    return _load(context, "migan")


def load_exported(file: WeightsFile, device: str) -> ExportedInpainter:
    """The network in a file whose name stands in ``CONVENTIONS``.

    Raises:
        WeightsError: The file is no network that can be run, or its runtime is missing.
    """
    return ExportedInpainter(load_model(file.path, device), CONVENTIONS[file.name], file.name, file.sha256)


def load_model(path: Path, device: str) -> Model:
    """Load a ``.pt`` (TorchScript) or ``.onnx`` file.

    Raises:
        WeightsError: It cannot be read as what its suffix says.
    """
    if path.suffix.lower() == ".onnx":
        return _load_onnx(path, device)
    return _load_torchscript(path, device)


def _load(context: InpainterContext, name: str) -> ExportedInpainter:
    chosen = name if context.weights == MODEL_DEFAULTS.fill_weights else context.weights
    if chosen not in CONVENTIONS:
        raise WeightsError(f"the inpainter {name} cannot run {chosen}: it takes {', '.join(CONVENTIONS)}")
    return load_exported(obtain(chosen, "fill", offline=context.offline), context.device)


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
        onnxruntime = import_onnxruntime()
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
