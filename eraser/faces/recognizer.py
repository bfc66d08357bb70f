"""The seam of knowing faces: detect them in a view, turn one into numbers, compare such numbers.

Numbers of one recogniser say nothing to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from eraser.geometry import FloatArray, ImageArray

RecognizerName: TypeAlias = Literal["sface", "dlib"]


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a view, in pixels of that view."""

    box: tuple[float, float, float, float]
    """x0, y0, x1, y1; may reach beyond the view."""
    landmarks: FloatArray
    """(5, 2) x and y, in the order of the recogniser that found them."""
    score: float
    """The detector's own confidence; higher is surer."""

    @property
    def side_px(self) -> float:
        """The longer side."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, x and y."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    def moved(self, scale: float, x: float, y: float) -> Face:
        """The same face in a view whose pixels are ``scale`` of these, then moved by (x, y)."""
        x0, y0, x1, y1 = (edge * scale + offset for edge, offset in zip(self.box, (x, y, x, y), strict=True))
        landmarks = (self.landmarks * scale + (x, y)).astype(np.float32)
        return Face((x0, y0, x1, y1), landmarks, self.score)


@dataclass(frozen=True, slots=True)
class Zones:
    """What a similarity means. Measured: docs/experiments/faces.md."""

    same: float
    """From here on it is the same person."""
    unsure: float
    """From here on it may be; below, it is somebody else."""
    margin: float
    """As much nearer to one person than to any other, or it is not *same*: relatives look alike."""
    small_px: float
    """A face with a shorter side is at most *unsure*: small faces look alike."""


class FaceRecognizer(Protocol):
    """Finds faces, and tells whether two are of one person. Several threads may use one."""

    @property
    def name(self) -> RecognizerName:
        """How the store calls it."""

    @property
    def weights_sha256(self) -> str:
        """Of the weights that make the numbers."""

    @property
    def zones(self) -> Zones:
        """What its similarities mean."""

    @property
    def view_px(self) -> int:
        """Longer side of a view in which a face of a sixth of it is found."""

    @property
    def plain_score(self) -> float:
        """Of the detector, below which a face is turned away, covered, or none: nothing to learn from."""

    def detect(self, view: ImageArray, /) -> Sequence[Face]:
        """Faces in an RGB uint8 (H, W, 3) view."""

    def embed(self, view: ImageArray, face: Face, /) -> FloatArray:
        """(D,) numbers of a face, found in a view of the same photo and moved into this one."""

    def similarities(self, known: npt.NDArray[np.floating], face: FloatArray, /) -> FloatArray:
        """(N,) at most 1, how alike a face (D,) is to each of (N, D); higher is more alike."""
