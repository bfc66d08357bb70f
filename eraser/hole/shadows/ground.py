"""The surroundings of somebody's feet, at working scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from eraser.geometry import Box, FloatArray, ImageArray, MaskArray, Person, union_mask
from eraser.hole.grow import distance_px

SMALLEST_PX = 40
"""People below this height have too few pixels of shadow to judge."""
WORKING_PX = 96
"""Higher people are looked at where they are so high: shadows are large and soft."""
SIDEWAYS, UPWARD, DOWNWARD = 2.0, 1.1, 1.0
"""Where a shadow may lie, in heights of the person: from the box to the sides, from the feet up and down."""
BLUR = 0.012
"""Against noise, as a share of the height."""
MARGIN = 0.04
"""The light next to people is not judged, as a share of the height: their outlines are never exact."""
BLACK = 6.0
"""Added to values before the logarithm, which would make much of the noise in what is almost black."""


class Ground(NamedTuple):
    """Light around somebody's feet. All arrays are (h, w) at working scale."""

    window: Box
    """What it shows, in photo pixels."""
    light: FloatArray
    """(h, w, 3), natural logarithm of the channels: a shadow subtracts about the same everywhere."""
    own: MaskArray
    """The person."""
    free: MaskArray
    """Where the light can be judged: not at people."""
    height: float
    """Of the person, in working pixels."""
    foot_y: int
    """First row below the person."""


def look_at_ground(image: ImageArray, person: Person, people: Sequence[Person]) -> Ground | None:
    """The ground at somebody's feet; None when they are small, or the feet may lie below the photo's edge.

    Args:
        image: (H, W, 3) RGB uint8.
        person: Whose feet.
        people: Everybody who may stand on it.
    """
    box, shape = person.box, image.shape
    if box.height < SMALLEST_PX or box.y1 >= shape[0] - 2:
        return None
    sides = box.grow(round(SIDEWAYS * box.height), 0, shape)
    top, bottom = box.y1 - round(UPWARD * box.height), box.y1 + round(DOWNWARD * box.height)
    window = Box(sides.x0, max(0, top), sides.x1, min(shape[0], bottom))
    scale = min(1.0, WORKING_PX / box.height)
    size_wh = (max(1, round(window.width * scale)), max(1, round(window.height * scale)))

    def at_working_scale(some: Sequence[Person]) -> MaskArray:
        share = cv2.resize(union_mask(some, window).astype(np.float32), size_wh, interpolation=cv2.INTER_AREA)
        return np.asarray(share > 0.3)

    own = at_working_scale([person])
    taken = own if all(other is person for other in people) else at_working_scale(people)
    rows = np.flatnonzero(own.any(axis=1))
    if not len(rows):
        return None
    pixels = cv2.resize(image[window.slices], size_wh, interpolation=cv2.INTER_AREA)
    height = box.height * scale
    light = np.log((pixels.astype(np.float32) + BLACK) / (255.0 + BLACK))
    light = cv2.GaussianBlur(light, (0, 0), BLUR * height)
    return Ground(window, light, own, distance_px(taken) > MARGIN * height, height, int(rows[-1]) + 1)
