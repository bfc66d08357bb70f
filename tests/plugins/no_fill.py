"""Broken on purpose: an inpainter that returns an array, and prints it."""

import numpy as np
import numpy.typing as npt

from eraser import InpainterContext


def load_inpainter(context: InpainterContext) -> object:
    """Build it."""

    def fill(image: npt.NDArray[np.uint8], hole: npt.NDArray[np.bool_]) -> object:
        print("no_fill: called")
        return image

    return fill
