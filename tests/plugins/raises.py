"""Broken on purpose: it fails on every photo."""

import numpy as np
import numpy.typing as npt

from eraser import MaskerContext


def load_masker(context: MaskerContext) -> object:
    """Build it."""

    def find(image: npt.NDArray[np.uint8]) -> object:
        raise IndexError("index 7 is out of bounds for axis 0 with size 7")

    return find
