"""Who of a photo is known: the store, its recogniser, the search and the match in one object."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from eraser.faces.choose import recognizer_of
from eraser.faces.match import NOBODY_SEEN, Known, Recognition, recognize
from eraser.faces.recognizer import FaceRecognizer
from eraser.faces.search import faces_of_people
from eraser.faces.store import FaceStore
from eraser.geometry import ImageArray, Person


@dataclass(frozen=True, slots=True)
class KnownFaces:
    """Recognises people. Several threads may use one."""

    store: FaceStore
    recognizer: FaceRecognizer
    _known: Known = field(init=False)

    def __post_init__(self) -> None:
        known = {name: np.array(faces, np.float32) for name, faces in self.store.people.items()}
        object.__setattr__(self, "_known", known)

    @classmethod
    def load(cls, store: FaceStore, *, offline: bool = False) -> KnownFaces:
        """Those of a store.

        Raises:
            FacesError: Its recogniser cannot be used.
        """
        return cls(store, recognizer_of(store, offline=offline))

    def __call__(
        self, image: ImageArray, people: Sequence[Person], asked: Collection[str], /
    ) -> tuple[Recognition, ...]:
        """Who each person of an RGB uint8 (H, W, 3) photo is.

        Args:
            image: The photo at its own resolution.
            people: Everybody found.
            asked: Names that matter; doubt about others is none.
        """
        if not people:
            return ()
        faces = faces_of_people(image, people, self.recognizer)
        if not any(faces):
            return (NOBODY_SEEN,) * len(people)
        return recognize(faces, self._known, self.recognizer, asked)
