"""Smooth extension of known values into the unknown."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.geometry import FloatArray, MaskArray

_ENOUGH = 0.05
"""Share of a window."""


def smooth_fill(values: FloatArray, known: MaskArray) -> FloatArray:
    """Fill each unknown pixel with the mean of the narrowest window around it that sees enough of the known.

    Args:
        values: (h, w, C) float32; unknown pixels are not looked at.
        known: (h, w) bool.

    Returns:
        (h, w, C); known pixels as they are, zero everywhere when nothing is known.
    """
    weight = known.astype(np.float32)
    filled = np.where(known[..., None], values, np.float32(0.0))
    out, missing = filled.copy(), ~known
    # Where little is known, no window sees enough of it: the second time round a single pixel will do.
    for enough in (_ENOUGH, 0.0):
        size_px = 3
        while known.any() and missing.any() and size_px < 4 * max(known.shape):
            window = (size_px, size_px)
            share = cv2.blur(weight, window, borderType=cv2.BORDER_CONSTANT)
            found = missing & (share > max(enough, 0.5 / size_px**2))
            if found.any():
                for channel in range(values.shape[2]):
                    mean = cv2.blur(filled[..., channel], window, borderType=cv2.BORDER_CONSTANT)
                    out[..., channel][found] = mean[found] / share[found]
            missing &= ~found
            size_px = 2 * size_px + 1
    return out
