"""A network that finds people in the form that ONNX Runtime runs."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eraser.maskers.detectors.onnx import VERIFIED_OUTPUT
from eraser.maskers.detectors.torch_network import build
from eraser.maskers.detectors.unpickled import safe_copy
from eraser.maskers.recipes import backbone_of
from eraser.networks.onnx_file import Signature, write_onnx
from eraser.system.files import clear_stale, whole_file
from eraser.weights import WeightsFile, export_path, read_metadata

log = logging.getLogger(__name__)


def export_segmenter(file: WeightsFile, target: Path) -> None:
    """Write a YOLO segmentation network that takes any multiple of 32.

    Args:
        file: Safetensors, or a pinned ``.pt`` checkpoint of ultralytics.
        target: The ONNX file.

    Raises:
        WeightsError: The file holds no such network.
    """
    path = (safe_copy(file) if file.path.suffix.lower() == ".pt" else None) or file.path
    metadata = read_metadata(path)
    model = build(path, metadata).float().eval()
    head: Any = model.model[-1]  # type: ignore[index]  # ultralytics has no types
    head.export, head.format, head.dynamic = True, "onnx", True
    anchors = {} if getattr(head, "end2end", False) else {"found": {2: "anchors"}}
    verifies = hasattr(model, "verifier")
    signature = Signature(
        example=(torch.zeros(1, 3, 320, 448),),
        inputs=("images",),
        outputs=("found", "prototypes", *([VERIFIED_OUTPUT] if verifies else [])),
        axes={
            "images": {2: "height", 3: "width"},
            "prototypes": {2: "mask_height", 3: "mask_width"},
            **anchors,
        },
    )
    names = metadata.get("names", json.dumps(["person"]))
    network = _WithVerifier(model) if verifies else model
    write_onnx(network, signature, target, {**metadata, "names": names, "made_from_sha256": file.sha256})


class _WithVerifier(nn.Module):
    """A network that judges its own features as well, so that one graph does both."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._model, self._features = model, list[Tensor]()
        backbone_of(model).register_forward_hook(self._keep)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """What the network gives, and (B,) the log odds of its verifier."""
        found, prototypes = self._model(pixels)[:2]
        verifier: Any = self._model.verifier
        return found, prototypes, verifier(self._features)

    def _keep(self, layer: nn.Module, given: object, features: list[Tensor]) -> None:
        del layer, given
        self._features = features


def export_beside(file: WeightsFile) -> None:
    """Export weights that were fetched, so that later runs start without torch. What goes wrong is only logged.

    Done by the main process only: several workers would do the same work at once.
    """
    target = export_path(file)
    can_write = os.access(target.parent, os.W_OK)
    if multiprocessing.parent_process() is not None or not can_write or safe_copy(file) is None:
        return
    clear_stale(target.parent)
    log.info("preparing %s for quick starts, once", file.name)
    try:
        with whole_file(target) as temporary:
            export_segmenter(file, temporary)
    except Exception as error:  # a folder that is read-only, a recipe that cannot be traced
        log.info("%s is run by torch: %s", file.name, error)
