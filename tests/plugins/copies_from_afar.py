"""Broken on purpose: an inpainter whose offsets lead off the crop."""

import numpy as np
import numpy.typing as npt

from eraser import Fill, InpainterContext


def load_inpainter(context: InpainterContext) -> object:
    """Build it."""

    def fill(image: npt.NDArray[np.uint8], hole: npt.NDArray[np.bool_]) -> Fill:
        return Fill(image.copy(), np.full((*hole.shape, 2), 10**6, np.int32))

    return fill
