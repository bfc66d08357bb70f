"""From a network's coarse mask logits to an outline at the photo's resolution, inside one person's box only.

YOLO's masks come at a quarter of the network's input. What is interpolated here are the logits, before the
threshold, so that an outline stays a curve at any resolution; and only the person's box is ever made in full, so that
memory follows the people and not the photo. Where the colours of the photo put the edge is for ``edges.py``.
"""

from __future__ import annotations

import numpy as np

from eraser.geometry import Box, FloatArray, MaskArray, Person
from eraser.maskers.detection import Detection
from eraser.maskers.letterbox import Placement

_POSSIBLE, _CLEAR = -0.5, 0.5
"""Logits from which a pixel may be, and certainly is, on the person: probabilities of 0.38 and 0.62. At the usual 0.5
outlines miss more of people than a hole of the same size has to."""
_LEAST_INPUT_PX = 96.0
"""Pixels of the input on a person, at least. The finest grid on which networks find anything has cells of 64, and an
outline of fewer than six mask cells is a speck, not a shape."""
_LEAST_OF_BOX = 0.05
"""Part of the box on a person, at least: less are specks in an empty box."""
_STRIP_PX = 1 << 22
"""Pixels that are interpolated at a time: 16 MiB of logits, even for somebody who fills 48 megapixels."""


def decode(
    logits: FloatArray,
    box: FloatArray,
    score: float,
    placement: Placement,
    size_wh: tuple[int, int],
    label: str = "person",
) -> Detection | None:
    """What is behind one detection.

    Args:
        logits: (h, w) over the whole input of the network, positive on the person.
        box: (4,) x0 y0 x1 y1 in photo pixels, not yet cut at the photo's edges.
        score: Confidence in [0, 1].
        placement: Where the photo lies in the input.
        size_wh: The photo's size.
        label: Name of the class.

    Returns:
        Somebody, or a thing, on the photo; None when next to nothing of it is near the box.
    """
    margin_x, margin_y = placement.margin_px(box)
    edges = box + np.array((-margin_x, -margin_y, margin_x, margin_y), np.float32)
    if not np.isfinite(edges).all():
        return None
    low, high = np.floor(edges[:2]).astype(int), np.ceil(edges[2:]).astype(int)
    region = Box(*low.tolist(), *high.tolist()).intersect(Box(0, 0, *size_wh))
    if region.is_empty():
        return None
    possible, clear = _interpolate(logits, region, placement)
    tight = Box.of_mask(possible)
    area_px = np.count_nonzero(possible)
    if (
        tight is None
        or area_px * placement.scale_xy[0] * placement.scale_xy[1] < _LEAST_INPUT_PX
        or area_px < _LEAST_OF_BOX * possible.size
    ):
        return None
    mask = possible[tight.slices].copy()
    outline = Person(tight.shift(region.x0, region.y0), mask, min(max(float(score), 0.0), 1.0))
    return Detection(outline, clear[tight.slices].copy(), placement.cell_px(logits.shape), label=label)


def _interpolate(logits: FloatArray, region: Box, placement: Placement) -> tuple[MaskArray, MaskArray]:
    """(region height, region width): where the logits, carried to the photo's pixels, make it possible and clear."""
    columns = _axis_weights(region.x0, region.x1, logits.shape[1], placement, axis=0)  # (region width, w)
    rows = _axis_weights(region.y0, region.y1, logits.shape[0], placement, axis=1)  # (region height, h)
    # Cells without weight are most of them when a person is small.
    used_x, used_y = columns.any(axis=0), rows.any(axis=0)
    along_x = logits[used_y][:, used_x] @ columns[:, used_x].T  # (used h, region width)
    rows = rows[:, used_y]
    possible, clear = np.empty((2, region.height, region.width), bool)
    strip = max(1, _STRIP_PX // region.width)
    for top in range(0, region.height, strip):
        there = rows[top : top + strip] @ along_x
        np.greater(there, _POSSIBLE, out=possible[top : top + strip])
        np.greater(there, _CLEAR, out=clear[top : top + strip])
    return possible, clear


def _axis_weights(start: int, stop: int, cells: int, placement: Placement, axis: int) -> FloatArray:
    """(stop - start, cells): cubic interpolation (Keys, 1981, a = -1/2) from logit cells to the pixels start to stop.

    A matrix and not an image operation, because a box begins in the middle of a cell, and a pixel of error in the
    photo is only a few hundredths of a cell.
    """
    cells_per_input_px = cells / placement.input_wh[axis]
    # Pixel centres: photo pixel i lies at (i + 1/2) * scale + offset of the input, cell j at (j + 1/2) / cells.
    at_input_px = (np.arange(start, stop) + 0.5) * placement.scale_xy[axis] + placement.offset_xy[axis]
    at = at_input_px * cells_per_input_px - 0.5
    cell = np.floor(at).astype(int)
    t = (at - cell).astype(np.float32)
    taps = (
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )
    weights = np.zeros((stop - start, cells), np.float32)
    pixel = np.arange(stop - start)
    for tap, weight in enumerate(taps):
        weights[pixel, np.clip(cell + tap - 1, 0, cells - 1)] += weight
    return weights
