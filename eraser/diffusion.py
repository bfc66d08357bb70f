"""Smooth extension of known values into the unknown."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.arrays import FloatArray, MaskArray

_ENOUGH = 0.05


def diffuse(values: FloatArray, known: MaskArray) -> FloatArray:
    """Fill each unknown pixel with the mean of the narrowest window around it that sees something known.

    Args:
        values: (h, w, C) float32; unknown pixels are not looked at.
        known: (h, w) bool.

    Returns:
        (h, w, C); known pixels as they are, zero everywhere when nothing is known.
    """
    weight = known.astype(np.float32)
    filled = np.where(known[..., None], values, np.float32(0.0))
    out, missing, size_px = filled.copy(), ~known, 3
    while missing.any() and size_px < 4 * max(known.shape):
        window = (size_px, size_px)
        share = cv2.blur(weight, window, borderType=cv2.BORDER_CONSTANT)
        found = missing & (share > _ENOUGH)
        if found.any():
            for channel in range(values.shape[2]):
                mean = cv2.blur(filled[..., channel], window, borderType=cv2.BORDER_CONSTANT)
                out[..., channel][found] = mean[found] / share[found]
        missing &= ~found
        size_px = 2 * size_px + 1
    return out
