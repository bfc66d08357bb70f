"""Broken on purpose: it waits already while it is built."""

import time

import numpy as np
import numpy.typing as npt

from eraser import MaskerContext


def load_masker(context: MaskerContext) -> object:
    """Build it."""
    time.sleep(3600)

    def find(image: npt.NDArray[np.uint8]) -> object:
        return []

    return find
