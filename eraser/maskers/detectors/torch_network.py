"""A YOLO segmentation network that torch runs, or LiteRT, through ultralytics."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from eraser.errors import DeviceError, WeightsError, WeightsMismatchError
from eraser.geometry import ImageArray
from eraser.maskers.detectors.base import OUT_OF_MEMORY, SAME_BOX_IOU, NetworkInfo, RawDetections, read_info
from eraser.maskers.detectors.unpickled import safe_copy
from eraser.maskers.quiet_ultralytics import import_ultralytics, silent_stderr
from eraser.maskers.recipes import backbone_of, build_segmenter
from eraser.system.device import resolve_device
from eraser.system.memory import exhausted_memory_is
from eraser.weights import WeightsFile, read_metadata, read_state

if TYPE_CHECKING:
    import torch

_RUNTIMES = {".tflite": ("ai_edge_litert", "ai-edge-litert")}
"""Suffix -> module to import, package to install."""


class Backend(Protocol):
    """What is used of ultralytics' AutoBackend, which hides the file format."""

    format: str
    """``pt`` for networks that torch runs, ``litert``."""
    task: str | None
    """``segment`` and the like, from an exported graph's metadata."""
    names: dict[int, str]
    """Classes."""
    device: torch.device
    """Where it runs, which is the CPU for formats that know nothing else."""
    end2end: bool
    """Whether overlapping boxes are already suppressed."""
    model: Any
    """The module, for ``pt``."""
    input_details: Any
    """What LiteRT says of its inputs."""

    def __call__(self, pixels: torch.Tensor, /) -> list[torch.Tensor | tuple[torch.Tensor, torch.Tensor]]:
        """Predictions and prototypes."""


class TorchNetwork:
    """A loaded network."""

    def __init__(self, backend: Backend, info: NetworkInfo) -> None:
        """Take a network into use.

        Args:
            backend: Runs it.
            info: What its file says.
        """
        self._backend, self.info = backend, info

    def detect(self, canvas: ImageArray, min_scores: Mapping[int, float], /) -> RawDetections:
        """As ``Network.detect``.

        Raises:
            WeightsError: The network gives boxes without masks.
            DeviceError: The memory does not suffice.
        """
        import torch

        suppress_overlaps = import_ultralytics("ultralytics.utils.nms").non_max_suppression
        with torch.inference_mode(), exhausted_memory_is(OUT_OF_MEMORY):
            raw, prototypes = _split(self._backend(_to_tensor(canvas).to(self._backend.device)))
            (found,) = suppress_overlaps(
                raw.float(),
                conf_thres=min(min_scores.values()),
                iou_thres=SAME_BOX_IOU,
                classes=list(min_scores),
                nc=len(self.info.names),
                end2end=bool(self._backend.end2end),
            )
            # Columns 4 and 5 are score and class. NMS knows one threshold; a lower one changes nothing above it.
            wanted = [score >= min_scores[int(kind)] for score, kind in found[:, 4:6].tolist()]
            found = found[torch.tensor(wanted, dtype=torch.bool, device=found.device)]
            logits = torch.einsum("nk,khw->nhw", found[:, 6:], prototypes[0].float())
            boxes, scores, seen = (
                part.cpu().numpy().astype(np.float32) for part in (found[:, :4], found[:, 4], logits)
            )
            return RawDetections(boxes, scores, found[:, 5].cpu().numpy().astype(np.int32), seen)

    def verify(self, picture: ImageArray, /) -> float:
        """As ``Network.verify``.

        Raises:
            DeviceError: The memory does not suffice.
        """
        import torch

        model = self._backend.model
        with torch.inference_mode(), exhausted_memory_is(OUT_OF_MEMORY):
            features = backbone_of(model)(_to_tensor(picture).to(self._backend.device))
            return float(model.verifier(features)[0])


def load_network(file: WeightsFile, device: str, *, trust_pickle: bool = False) -> TorchNetwork:
    """Build the network in a weights file.

    Args:
        file: Whose sha256 was checked.
        device: ``cpu``, ``cuda`` or ``mps``.
        trust_pickle: Allow a .pt file that is not trusted.

    Raises:
        DeviceError: There is no such device.
        WeightsMismatchError: The file is damaged, or does not hold the network that it says.
        WeightsError: Its runtime is not installed, it is a pickle whose sha256 is not pinned, or it knows no people.
    """
    suffix = file.path.suffix.lower()
    if suffix == ".pt" and not (file.trusted or trust_pickle):
        raise WeightsError(f"{file.path} can run code when it is loaded; --trust-pickle loads it all the same")
    if suffix in _RUNTIMES:
        module, package = _RUNTIMES[suffix]
        if importlib.util.find_spec(module) is None:
            raise WeightsError(f"{file.path.name} needs a runtime that is not installed: pip install {package}")
    chosen = _device(device)
    metadata: dict[str, str] = {}
    path: Path = file.path
    if suffix == ".pt" and file.trusted:
        path = safe_copy(file) or path
    model: torch.nn.Module | Path = path
    if path.suffix.lower() == ".safetensors":
        metadata = read_metadata(path)
        model = build(path, metadata)
    backend = _load_backend(model, file.path, chosen)
    _check_task(backend, file.path)
    names = [str(backend.names[index]) for index in sorted(backend.names)]
    can_verify = not isinstance(model, Path) and hasattr(model, "verifier")
    info = read_info(names, metadata, file.path, fixed_hw=_fixed_hw(backend), can_verify=can_verify)
    return TorchNetwork(backend, info)


def build(path: Path, metadata: dict[str, str]) -> torch.nn.Module:
    """The network named in a safetensors file, with the file's tensors."""
    arch = metadata.get("arch", "")
    try:
        model = build_segmenter(arch, json.loads(metadata.get("names", '["person"]')))
        model.load_state_dict(read_state(path), strict=True)
    except (RuntimeError, ValueError, TypeError) as error:
        raise WeightsMismatchError(f"{path} does not hold a {arch or 'network'}: {_first_line(error)}") from error
    return model


def _load_backend(model: torch.nn.Module | Path, path: Path, device: torch.device) -> Backend:
    autobackend = import_ultralytics("ultralytics.nn.autobackend")
    try:
        with exhausted_memory_is(OUT_OF_MEMORY), silent_stderr():
            backend: Backend = autobackend.AutoBackend(model, device=device, verbose=False).eval()
    except DeviceError:
        raise
    except Exception as error:  # every runtime has error classes of its own for a file that it cannot read
        raise WeightsMismatchError(
            f"{path} could not be loaded: it is damaged, or of another kind than its name says ({_first_line(error)})"
        ) from error
    return backend


def _check_task(backend: Backend, path: Path) -> None:
    head = backend.model.model[-1] if backend.format == "pt" else None
    task = "segment" if head is None and backend.task is None else backend.task
    if head is not None:
        task = "segment" if hasattr(head, "proto") else "detect"
    if task != "segment":
        raise WeightsError(f"{path} gives no masks (its task is {task}): take a network whose name ends in -seg")


def _fixed_hw(backend: Backend) -> tuple[int, int] | None:
    """The input size of an exported graph; networks built here, and dynamic graphs, take any."""
    if backend.format == "pt":
        return None
    shape = [int(side) for side in backend.input_details[0]["shape"]]
    return (shape[1], shape[2]) if shape[3] == 3 else (shape[2], shape[3])


def _split(output: list[torch.Tensor | tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Predictions (1, ...) and prototypes (1, k, h, w); a network built here nests them, an exported graph does not."""
    import torch

    first, second = output[0], output[1]
    if isinstance(first, tuple):
        return first
    if not isinstance(second, torch.Tensor):
        raise WeightsError("the network gives no masks: take one whose name ends in -seg")
    return first, second


def _device(name: str) -> torch.device:
    import torch

    resolved = resolve_device(name)
    return torch.device("cuda:0" if resolved == "cuda" else resolved)


def _to_tensor(canvas: ImageArray) -> torch.Tensor:
    """(1, 3, H, W) float in [0, 1]."""
    import torch

    return torch.from_numpy(canvas).permute(2, 0, 1)[None].contiguous().float().div_(255.0)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
