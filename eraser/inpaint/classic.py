"""The inpainters ``telea`` and ``navier-stokes``, from OpenCV: smooth fills, quick, to compare with."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.arrays import ImageArray, MaskArray
from eraser.inpaint.base import Fill, Inpainter, InpainterContext

RADIUS_PX = 5


def load_telea(context: InpainterContext) -> Inpainter:
    """Fast marching (Telea, Journal of Graphics Tools 2004)."""
    del context
    return lambda image, hole: _inpaint(image, hole, cv2.INPAINT_TELEA)


def load_navier_stokes(context: InpainterContext) -> Inpainter:
    """Fluid dynamics (Bertalmio, Bertozzi and Sapiro, CVPR 2001)."""
    del context
    return lambda image, hole: _inpaint(image, hole, cv2.INPAINT_NS)


def _inpaint(image: ImageArray, hole: MaskArray, method: int) -> Fill:
    if hole.all():
        return Fill(np.full_like(image, 127))
    # OpenCV treats all three channels alike, so their order does not matter here.
    filled: ImageArray = cv2.inpaint(image, hole.astype(np.uint8), RADIUS_PX, method)
    return Fill(filled)
