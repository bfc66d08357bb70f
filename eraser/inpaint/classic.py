"""The inpainters ``telea`` and ``navier-stokes``, from OpenCV: smooth fills, quick, to compare with."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.geometry import ImageArray, MaskArray
from eraser.inpaint.base import Fill, Inpainter, InpainterContext

LICENCE = "AGPL-3.0-or-later"
RADIUS_PX = 5
_RIM_PX = 2


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
    # At the edge of a picture OpenCV takes what lies under the hole for known: the edge is moved away from the hole.
    padded = np.pad(image, ((_RIM_PX, _RIM_PX), (_RIM_PX, _RIM_PX), (0, 0)))
    unknown = np.pad(hole.astype(np.uint8), _RIM_PX, constant_values=1)
    # OpenCV treats all three channels alike, so their order does not matter here.
    filled: ImageArray = cv2.inpaint(padded, unknown, RADIUS_PX, method)
    return Fill(np.ascontiguousarray(filled[_RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX]))
