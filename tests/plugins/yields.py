"""Broken on purpose: it yields people, so that they are there only once."""

import numpy as np
import numpy.typing as npt

from eraser import MaskerContext, Person


def load_masker(context: MaskerContext) -> object:
    """Build it."""

    def find(image: npt.NDArray[np.uint8]) -> object:
        return (Person.from_mask(np.ones(image.shape[:2], np.bool_)) for _ in range(2))

    return find
