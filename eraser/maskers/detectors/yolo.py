"""The detector around a YOLO segmentation network, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping

from eraser.geometry import ImageArray
from eraser.maskers.detection import Detection
from eraser.maskers.detectors.base import Network
from eraser.maskers.detectors.onnx import OnnxNetwork
from eraser.maskers.letterbox import fit, place
from eraser.maskers.prototypes import decode
from eraser.maskers.tiled import PERSON
from eraser.weights import WeightsFile, find_export, obtain

_TILE_PX = 960
"""Longer side of a tile's input, for networks that take any."""


class YoloDetector:
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
        self._labels = dict(enumerate(network.info.names))
        self._labels[network.info.person] = PERSON

    def detect(self, view: ImageArray, /, *, is_part: bool) -> list[Detection]:
        """Find people and things in an (h, w, 3) RGB uint8 view.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        info = self._network.info
        size_wh = (view.shape[1], view.shape[0])
        best_px = info.best_px or (_TILE_PX if is_part else None)
        placement = place(size_wh, info.fixed_hw, best_px)
        raw = self._network.detect(fit(view, placement), self._min_scores)
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
    return _load(file, device, trust_pickle), file


def _load(file: WeightsFile, device: str, trust_pickle: bool) -> Network:
    """Run by ONNX Runtime on the CPU, where there is a form for it, else by torch."""
    if file.path.suffix.lower() == ".onnx":
        return OnnxNetwork(file.path, device)
    exported = find_export(file) if device == "cpu" else None
    if exported is not None:
        return OnnxNetwork(exported)
    from eraser.maskers.detectors.torch_network import load_network

    network = load_network(file, device, trust_pickle=trust_pickle)
    if device == "cpu" and file.trusted and file.path.suffix.lower() == ".pt":
        from eraser.maskers.detectors.export import export_beside

        export_beside(file)
    return network
