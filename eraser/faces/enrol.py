"""Learn a face from a photo: the one face that it shows, or the one under a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eraser.errors import FacesError
from eraser.faces.recognizer import Face, FaceRecognizer
from eraser.faces.search import embed, faces_of_photo
from eraser.faces.store import Numbers
from eraser.geometry import FloatArray, ImageArray

BACKGROUND = 1 / 3
"""Faces narrower than this share of the largest are passers-by."""
MIN_FACE_PX = 40
"""Smaller faces are alike for everybody, and are not learnt."""
REPEATED = 0.995
"""Similarity from which on a face was learnt before, from the same photo."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A face to keep."""

    face: Face
    """In pixels of the photo."""
    numbers: FloatArray
    similarity: float | None
    """To the most alike of the faces known by that name; None for the first."""
    is_new: bool
    """False if this very picture was learnt before."""

    @property
    def as_stored(self) -> Numbers:
        """Numbers for the store, rounded to what they are good for."""
        return tuple(round(float(number), 6) for number in self.numbers)


def learn(
    image: ImageArray, known: Sequence[Numbers], recognizer: FaceRecognizer, at: tuple[int, int] | None = None
) -> Learnt:
    """The face in a photo.

    Args:
        image: (H, W, 3) RGB uint8.
        known: Numbers of the same person, from other photos.
        recognizer: What finds faces.
        at: A pixel (x, y) of the face that is meant; None if there is one only.

    Raises:
        FacesError: There is no face, none there, several, or one that is too small or not plain to see.
    """
    face = choose_face(faces_of_photo(image, recognizer), at)
    if face.side_px < MIN_FACE_PX:
        raise FacesError(f"the face has {face.side_px:.0f} px, at least {MIN_FACE_PX} are needed: take a nearer photo")
    if face.score < recognizer.plain_score:
        raise FacesError("the face is turned away, covered or none: take a photo from the front, in good light")
    numbers = embed(image, face, recognizer)
    similarity = None
    if known:
        similarity = float(recognizer.similarities(np.array(known, np.float32), numbers).max())
    return Learnt(face, numbers, similarity, similarity is None or similarity < REPEATED)


def choose_face(faces: Sequence[Face], at: tuple[int, int] | None) -> Face:
    """The face that is meant, of all faces of a photo, the largest first.

    Raises:
        FacesError: As in ``learn``.
    """
    if not faces:
        raise FacesError("no face is seen: take a photo from the front, in good light")
    if at is not None:
        under = [face for face in faces if _holds(face, at)]
        if not under:
            raise FacesError(f"no face is seen at {at[0]},{at[1]}: {_places(faces)}")
        return min(under, key=lambda face: face.side_px)
    large = [face for face in faces if face.side_px >= BACKGROUND * faces[0].side_px]
    if len(large) > 1:
        raise FacesError(f"{len(large)} faces are seen: choose one with --at X,Y; {_places(large)}")
    return faces[0]


def _holds(face: Face, at: tuple[int, int]) -> bool:
    x0, y0, x1, y1 = face.box
    return x0 <= at[0] < x1 and y0 <= at[1] < y1


def _places(faces: Sequence[Face]) -> str:
    """Where faces are, from the left to the right."""
    centres = sorted(tuple(round(value) for value in face.centre) for face in faces)
    return f"faces are at {' '.join(f'{x},{y}' for x, y in centres)}"
