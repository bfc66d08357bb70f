"""The detector that runs a YOLO segmentation network through ultralytics, whatever its file format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eraser.geometry import ImageArray
from eraser.maskers.detection import Detection
from eraser.maskers.detectors.backend import OUT_OF_MEMORY, Network, load_network
from eraser.maskers.letterbox import fit, place
from eraser.maskers.prototypes import decode
from eraser.maskers.tiled import PERSON
from eraser.system.memory import exhausted_memory_is
from eraser.weights import WeightsFile, obtain

if TYPE_CHECKING:
    import torch

_TILE_PX = 960
"""Longer side of a tile's input, for networks that take any."""


class UltralyticsDetector:
    """Finds people, and things of other classes, with a loaded network."""

    def __init__(self, network: Network, file: WeightsFile, min_scores: Mapping[int, float]) -> None:
        """Take a network into use.

        Args:
            network: What looks.
            file: Its weights.
            min_scores: Class -> confidence in [0, 1]; other classes are not looked for.
        """
        self.weights_name, self.weights_sha256, self.weights_why = file.name, file.sha256, file.why
        self._network, self._min_scores = network, dict(min_scores)
        self._labels = {index: str(name).lower() for index, name in network.backend.names.items()}
        self._labels[network.person] = PERSON

    def detect(self, view: ImageArray, /, *, is_part: bool) -> list[Detection]:
        """Find people and things in an (h, w, 3) RGB uint8 view.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        size_wh = (view.shape[1], view.shape[0])
        best_px = self._network.best_px or (_TILE_PX if is_part else None)
        placement = place(size_wh, self._network.fixed_hw, best_px)
        with exhausted_memory_is(OUT_OF_MEMORY):
            raw = self._network.detect(_to_tensor(fit(view, placement)), self._min_scores)
        boxes = placement.to_photo(raw.boxes)
        found = (
            decode(logits, box, float(score), placement, size_wh, self._labels[int(kind)])
            for kind, score, box, logits in zip(raw.classes, raw.scores, boxes, raw.logits, strict=True)
        )
        return [detection for detection in found if detection is not None]


def load_detector(
    weights: str, device: str, *, trust_pickle: bool = False, offline: bool = False
) -> tuple[Network, WeightsFile]:
    """The network of some weights, and their file.

    Args:
        weights: Name in the manifest, which is fetched if it is missing; path; or ``auto``.
        device: ``cpu``, ``cuda`` or ``mps``.
        trust_pickle: Allow a .pt file that is not trusted.
        offline: Never use the network.

    Raises:
        WeightsError: They are missing, damaged, of a format without its runtime, or know no people.
        DeviceError: There is no such device.
    """
    file = obtain(weights, "people", trust_pickle=trust_pickle, offline=offline)
    return load_network(file, device, trust_pickle=trust_pickle), file


def _to_tensor(canvas: npt.NDArray[np.uint8]) -> torch.Tensor:
    """(1, 3, H, W) float in [0, 1]."""
    import torch

    return torch.from_numpy(canvas).permute(2, 0, 1)[None].contiguous().float().div_(255.0)
