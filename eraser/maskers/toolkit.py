"""Tools for maskers around a network, used by the plugins in ``plugins/``.

import_ultralytics      its modules, without telemetry, downloads, installations and log lines
person_from_grid        a network's coarse mask -> a person at the photo's resolution
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import Box, Person
from eraser.maskers.classes import ClassMasker, load_class_masker
from eraser.maskers.quiet_ultralytics import import_ultralytics

__all__ = ["ClassMasker", "import_ultralytics", "load_class_masker", "person_from_grid"]

_STRIP_PX = 1 << 22
"""Pixels that are interpolated at a time: 16 MiB, even for a thing that fills 48 megapixels."""


def person_from_grid(
    values: npt.NDArray[np.float32],
    edges: tuple[float, float, float, float],
    size_wh: tuple[int, int],
    score: float,
    *,
    threshold: float = 0.0,
) -> Person | None:
    """The person whom a grid of values outlines. Values are interpolated, not the mask, so that outlines are curves.

    Args:
        values: (h, w) logits, or probabilities with a ``threshold`` of 0.5, above the threshold on the person.
        edges: x0 y0 x1 y1 in photo pixels, what the grid lies over; may reach beyond the photo. Cell (0, 0) covers the
            w-th and h-th part at x0, y0.
        size_wh: The photo's size.
        score: Confidence; what lies outside [0, 1] is cut off.
        threshold: Values above it are on the person.

    Returns:
        Somebody on the photo, or None when no value there is above the threshold.

    Raises:
        ValueError: The grid is no (h, w) array, or lies over nothing.
    """
    if values.ndim != 2 or not (edges[0] < edges[2] and edges[1] < edges[3]):
        raise ValueError(f"a grid of shape {values.shape} over {edges} is no grid over a box")
    cells = Box.of_mask(values > threshold)
    if cells is None:
        return None
    cell_w, cell_h = (edges[2] - edges[0]) / values.shape[1], (edges[3] - edges[1]) / values.shape[0]
    # Between a cell's middle and the next the interpolated value may still be above.
    region = Box(
        math.floor(edges[0] + (cells.x0 - 1) * cell_w),
        math.floor(edges[1] + (cells.y0 - 1) * cell_h),
        math.ceil(edges[0] + (cells.x1 + 1) * cell_w),
        math.ceil(edges[1] + (cells.y1 + 1) * cell_h),
    )
    whole = Box(math.floor(edges[0]), math.floor(edges[1]), math.ceil(edges[2]), math.ceil(edges[3]))
    region = region.intersect(whole).intersect(Box(0, 0, *size_wh))
    if region.is_empty():
        return None
    mask = np.empty((region.height, region.width), bool)
    strip = max(1, _STRIP_PX // region.width)
    for top in range(0, region.height, strip):
        # Pixel i has its middle at i + 1/2, cell j at j + 1/2 cells.
        first = (region.x0 + 0.5 - edges[0]) / cell_w - 0.5, (region.y0 + top + 0.5 - edges[1]) / cell_h - 0.5
        to_cells = np.array([[1.0 / cell_w, 0.0, first[0]], [0.0, 1.0 / cell_h, first[1]]])
        rows = min(strip, region.height - top)
        values_there = cv2.warpAffine(
            values.astype(np.float32),
            to_cells,
            (region.width, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        np.greater(values_there, threshold, out=mask[top : top + rows])
    tight = Box.of_mask(mask)
    if tight is None:
        return None
    return Person(tight.shift(region.x0, region.y0), mask[tight.slices].copy(), min(max(float(score), 0.0), 1.0))
