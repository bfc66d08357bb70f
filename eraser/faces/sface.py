"""OpenCV's own: YuNet finds faces, SFace tells them apart. Their weights are fetched once, by sha256."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from eraser.errors import FacesError
from eraser.faces.recognizer import Face, RecognizerName, Zones
from eraser.geometry import FloatArray, ImageArray
from eraser.weights import hash_file, locate, obtain, read_manifest

WEIGHTS = ("yunet", "sface")
_MIN_SCORE = 0.7
_MAX_FACES = 50


def is_here() -> bool:
    """Whether both weights are on this machine."""
    manifest = read_manifest()
    return all(name in manifest and locate(manifest[name]) is not None for name in WEIGHTS)


@dataclass(slots=True)
class SFaceRecognizer:
    """The recogniser ``sface``."""

    weights_sha256: str
    detector: Any
    network: Any
    name: RecognizerName = "sface"
    zones: Zones = field(default_factory=lambda: Zones(same=0.5, unsure=0.25, margin=0.05, small_px=40))
    view_px: int = 320
    plain_score: float = 0.8
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    """OpenCV's objects keep the size of the view."""

    def detect(self, view: ImageArray, /) -> Sequence[Face]:
        """Faces of 10 to 300 px."""
        with self._lock:
            self.detector.setInputSize((view.shape[1], view.shape[0]))
            found = self.detector.detect(view[..., ::-1].copy())[1]
        return [] if found is None else [_face(row) for row in found]

    def embed(self, view: ImageArray, face: Face, /) -> FloatArray:
        """The network's numbers, of length 1."""
        x0, y0, x1, y1 = face.box
        row = np.concatenate([(x0, y0, x1 - x0, y1 - y0), face.landmarks.ravel(), (face.score,)]).astype(np.float32)
        with self._lock:
            aligned = self.network.alignCrop(view[..., ::-1].copy(), row)
            numbers = np.array(self.network.feature(aligned), np.float32).ravel()
        length = float(np.linalg.norm(numbers))
        return numbers / np.float32(length) if length > 0 else numbers

    def similarities(self, known: npt.NDArray[np.floating], face: FloatArray, /) -> FloatArray:
        """The cosine, as both have length 1."""
        return (known @ face).astype(np.float32)


def load(*, offline: bool = False) -> SFaceRecognizer:
    """The recogniser, its weights fetched if they are missing.

    Raises:
        WeightsError: The weights cannot be had, or are not those that are pinned.
        FacesError: OpenCV cannot read them.
    """
    detector, network = (obtain(name, "faces", offline=offline).path for name in WEIGHTS)
    return load_files(detector, network)


def load_files(detector: Path, network: Path) -> SFaceRecognizer:
    """The recogniser of two ONNX files.

    Raises:
        FacesError: OpenCV cannot read them.
    """
    try:
        with _quiet_opencv():
            return SFaceRecognizer(
                hash_file(network),
                cv2.FaceDetectorYN.create(str(detector), "", (320, 320), _MIN_SCORE, 0.3, _MAX_FACES),
                cv2.FaceRecognizerSF.create(str(network), ""),
            )
    except (cv2.error, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise FacesError(f"this OpenCV cannot use {detector.name} and {network.name}: {reason}") from error


@contextlib.contextmanager
def _quiet_opencv() -> Iterator[None]:
    """OpenCV 5 prints warnings about targets that nobody chose, and its errors come as exceptions anyway."""
    logging = cv2.utils.logging
    before = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(before)


def _face(row: npt.NDArray[np.float32]) -> Face:
    x, y, width, height = (float(value) for value in row[:4])
    return Face((x, y, x + width, y + height), row[4:14].reshape(5, 2).astype(np.float32), float(row[14]))
