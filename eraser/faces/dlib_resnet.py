"""dlib: a detector of gradients, five landmarks, and a residual network of 128 numbers. All of it comes in packages.

Its network was trained for distances, so its similarity is 1 - distance; the cosine of the same numbers lies between .8
and 1 for everybody.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eraser.errors import FacesError
from eraser.faces.recognizer import Face, RecognizerName, Zones
from eraser.geometry import FloatArray, ImageArray
from eraser.weights import hash_file

INSTALL = "pip install 'erase-me[faces]'"
_MODELS = "face_recognition_models"
_NETWORK = "dlib_face_recognition_resnet_model_v1.dat"
_LANDMARKS = "shape_predictor_5_face_landmarks.dat"
_MIN_SCORE = 0.0
"""Of the detector; real faces of the data have .12 and more, what is none below -.2."""


def is_here() -> bool:
    """Whether both packages are installed; imports neither."""
    return find_spec("dlib") is not None and find_spec(_MODELS) is not None


@dataclass(slots=True)
class DlibRecognizer:
    """The recogniser ``dlib``."""

    weights_sha256: str
    detector: Any
    landmarks: Any
    network: Any
    name: RecognizerName = "dlib"
    zones: Zones = field(default_factory=lambda: Zones(same=0.5, unsure=0.33, margin=0.05, small_px=40))
    view_px: int = 480
    plain_score: float = 0.5
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    """dlib's objects keep what they work on."""

    def detect(self, view: ImageArray, /) -> Sequence[Face]:
        """Faces of 80 px and more, turned by at most 45 degrees."""
        with self._lock:
            boxes, scores, _ = self.detector.run(np.ascontiguousarray(view), 0, _MIN_SCORE)
            return [
                Face(_edges(box), self._five(view, box), float(score)) for box, score in zip(boxes, scores, strict=True)
            ]

    def embed(self, view: ImageArray, face: Face, /) -> FloatArray:
        """128 numbers; the landmarks are looked for again, as this view may show more."""
        import dlib

        view = np.ascontiguousarray(view)
        box = dlib.rectangle(*(round(edge) for edge in face.box))
        with self._lock:
            numbers = self.network.compute_face_descriptor(view, self.landmarks(view, box))
        return np.asarray(numbers, np.float32)

    def similarities(self, known: npt.NDArray[np.floating], face: FloatArray, /) -> FloatArray:
        """1 - distance."""
        distances: npt.NDArray[np.floating] = np.linalg.norm(known - face, axis=1)
        return (1.0 - distances).astype(np.float32)

    def _five(self, view: ImageArray, box: Any) -> FloatArray:  # noqa: ANN401  dlib has no types
        shape = self.landmarks(np.ascontiguousarray(view), box)
        return np.array([(point.x, point.y) for point in shape.parts()], np.float32)


def load() -> DlibRecognizer:
    """The recogniser, from the packages.

    Raises:
        FacesError: A package is missing or broken.
    """
    if not is_here():
        raise FacesError(f"the recogniser dlib is not installed: {INSTALL}")
    spec = find_spec(_MODELS)  # importing the package would need pkg_resources, which setuptools has no more
    folders = (spec.submodule_search_locations if spec is not None else None) or ()
    models = Path(next(iter(folders), ".")) / "models"
    try:
        import dlib

        return DlibRecognizer(
            hash_file(models / _NETWORK),
            dlib.get_frontal_face_detector(),
            dlib.shape_predictor(str(models / _LANDMARKS)),
            dlib.face_recognition_model_v1(str(models / _NETWORK)),
        )
    except (ImportError, RuntimeError) as error:
        raise FacesError(f"the recogniser dlib cannot be used ({error}): {INSTALL} --force-reinstall") from error


def _edges(box: Any) -> tuple[float, float, float, float]:  # noqa: ANN401  dlib has no types
    return float(box.left()), float(box.top()), float(box.right() + 1), float(box.bottom() + 1)
