"""A YOLO segmentation network in an ONNX file, run by ONNX Runtime; torch is not needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from eraser.errors import WeightsError
from eraser.geometry import FloatArray, ImageArray
from eraser.maskers.detectors.base import MOST_DETECTIONS, OUT_OF_MEMORY, RawDetections, read_info, read_names
from eraser.maskers.detectors.suppress import best_of
from eraser.networks.onnx_runtime import open_session
from eraser.system.memory import exhausted_memory_is

VERIFIED_OUTPUT = "verified"
"""Name of the output with the log odds of the head that verifies a find."""


class OnnxNetwork:
    """A network that ultralytics or ``eraser weights export`` has exported, with or without suppression inside."""

    def __init__(self, path: Path, device: str = "cpu") -> None:
        """Load it.

        Args:
            path: The file.
            device: ``cuda`` takes the graphics card if this ONNX Runtime can.

        Raises:
            WeightsMismatchError: The file is damaged, or does not say what its classes are called.
            WeightsError: It gives no masks, or knows no people.
        """
        self._session = open_session(path, device)
        metadata = dict(self._session.get_modelmeta().custom_metadata_map)
        if (task := metadata.get("task", "segment")) != "segment" or len(self._session.get_outputs()) < 2:
            raise WeightsError(f"{path} gives no masks (its task is {task}): take a network whose name ends in -seg")
        height, width = self._session.get_inputs()[0].shape[2:]
        fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None
        names = read_names(metadata.get("names", '["person"]'), path)
        can_verify = any(output.name == VERIFIED_OUTPUT for output in self._session.get_outputs())
        self.info = read_info(names, metadata, path, fixed_hw=fixed, can_verify=can_verify)
        self._is_half = self._session.get_inputs()[0].type == "tensor(float16)"

    def detect(self, canvas: ImageArray, min_scores: Mapping[int, float], /) -> RawDetections:
        """As ``Network.detect``.

        Raises:
            DeviceError: The memory does not suffice.
        """
        raw, prototypes = self._run(canvas, None)[:2]
        found = self._select(raw[0].astype(np.float32, copy=False), prototypes.shape[1], min_scores)
        cells = prototypes[0].astype(np.float32, copy=False)
        logits = (found[:, 6:] @ cells.reshape(len(cells), -1)).reshape(len(found), *cells.shape[1:])
        return RawDetections(found[:, :4], found[:, 4], found[:, 5].astype(np.int32), logits)

    def verify(self, picture: ImageArray, /) -> float:
        """As ``Network.verify``.

        Raises:
            DeviceError: The memory does not suffice.
        """
        return float(self._run(picture, [VERIFIED_OUTPUT])[0][0])

    def _run(self, canvas: ImageArray, outputs: list[str] | None) -> list[FloatArray]:
        """The outputs of that name, all of them for None."""
        pixels = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32)
        pixels *= np.float32(1 / 255)
        given = pixels.astype(np.float16) if self._is_half else pixels
        with exhausted_memory_is(OUT_OF_MEMORY):
            arrays: list[FloatArray] = self._session.run(outputs, {self._session.get_inputs()[0].name: given})
        return arrays

    def _select(self, raw: FloatArray, coefficients: int, min_scores: Mapping[int, float]) -> FloatArray:
        """(N, 6 + coefficients), best first: x0, y0, x1, y1, score, class, coefficients."""
        if raw.shape[1] == 6 + coefficients:  # end to end: overlapping boxes are suppressed inside
            least = np.array([min_scores.get(index, np.inf) for index in range(len(self.info.names))])
            wanted = raw[:, 4] > np.minimum(least[raw[:, 5].astype(int)], 1e9)
            best: FloatArray = raw[wanted][:MOST_DETECTIONS]
            return best
        return best_of(raw, len(self.info.names), min_scores)
