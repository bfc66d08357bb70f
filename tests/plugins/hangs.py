"""Broken on purpose: it waits for what never comes."""

import time

import numpy as np
import numpy.typing as npt

from eraser import MaskerContext


def load_masker(context: MaskerContext) -> object:
    """Build it."""

    def find(image: npt.NDArray[np.uint8]) -> object:
        time.sleep(3600)
        return []

    return find
