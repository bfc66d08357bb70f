"""Stage 7: is anybody still to be seen where people were taken out?

The masker runs on the result, on windows around the holes, where what is left of somebody is larger than in the photo.
A fill may also show somebody who never was there: it copies, and what it copies may look like a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from eraser.arrays import Box, ImageArray, MaskArray
from eraser.crops import Crop
from eraser.maskers.base import Masker, run_masker
from eraser.masks import default_dilate_px
from eraser.people import Person

MAX_WINDOWS = 4
"""Windows that are looked at, at most: bounds the time. More holes share windows."""
TOUCHING = 0.1
"""Share of somebody's pixels in the hole or next to it, from which on they count as left over. Others stand near."""
WITHIN = 0.5
"""The same where only some people were to go: then most of them must lie there, or it is somebody else."""
STAYING = 0.2
"""Share of somebody's pixels on people who stay, from which on it is one of those."""
OUTSIDE = 0.02
"""Share of somebody's pixels outside the hole that makes filling it again worth while."""


def plan_windows(crops: Sequence[Crop], people: Sequence[Person]) -> list[Box]:
    """Where to look: around every hole that a person left, at most ``MAX_WINDOWS`` boxes."""
    windows = [crop.box for crop in crops if any(meets(person, crop) for person in people)]
    while len(windows) > MAX_WINDOWS:
        pairs = ((i, j) for i in range(len(windows)) for j in range(i))
        i, j = min(pairs, key=lambda pair: _growth_px(windows[pair[0]], windows[pair[1]]))
        windows[j] = windows[j].enclose(windows.pop(i))
    return windows


def find_left_over(
    image: ImageArray,
    masker: Masker,
    name: str,
    windows: Sequence[Box],
    hole: MaskArray,
    staying: Sequence[Person],
    *,
    all_go: bool,
) -> list[Person]:
    """Who can still be seen in a result, of those who were to go.

    Args:
        image: (H, W, 3) RGB uint8, the result.
        masker: Finds people.
        name: Its name, for messages.
        windows: Where to look.
        hole: (H, W) bool, what was filled.
        staying: People who stay; nobody found has a pixel of them.
        all_go: Whether everybody was to go, so that somebody new who is cut by the hole goes, too.

    Raises:
        MaskerError: The masker failed.
    """
    found: list[Person] = []
    for window in windows:
        for person in run_masker(masker, np.ascontiguousarray(image[window.slices]), name):
            here = Person(person.box.shift(window.x0, window.y0), person.mask, person.score)
            left = _without(here, staying)
            if left is not None and _share_near(left, hole) >= (TOUCHING if all_go else WITHIN):
                found.append(left)
    return found


def meets(person: Person, crop: Crop) -> bool:
    """Whether a pixel of somebody lies in the hole of a crop."""
    seen = person.box.intersect(crop.box)
    if seen.is_empty():
        return False
    on_person = person.mask[seen.shift(-person.box.x0, -person.box.y0).slices]
    return bool((crop.hole[seen.shift(-crop.box.x0, -crop.box.y0).slices] & on_person).any())


def reaches_out(person: Person, hole: MaskArray) -> bool:
    """Whether enough of somebody lies outside the hole that a larger hole would help."""
    outside = person.mask & ~hole[person.box.slices]
    return int(np.count_nonzero(outside)) > OUTSIDE * person.area_px


def _growth_px(one: Box, other: Box) -> int:
    """How many pixels more are looked at when two windows become one."""
    both = one.enclose(other)
    return both.width * both.height - one.width * one.height - other.width * other.height


def _without(person: Person, staying: Sequence[Person]) -> Person | None:
    """Somebody without the pixels of people who stay; None when it is one of those."""
    mask = person.mask.copy()
    for other in staying:
        shared = person.box.intersect(other.box)
        if not shared.is_empty():
            on_other = other.mask[shared.shift(-other.box.x0, -other.box.y0).slices]
            mask[shared.shift(-person.box.x0, -person.box.y0).slices] &= ~on_other
    kept_px = np.count_nonzero(mask)
    return Person(person.box, mask, person.score) if kept_px > (1 - STAYING) * person.area_px else None


def _share_near(person: Person, hole: MaskArray) -> float:
    """Share of somebody's pixels in the hole or within the reach of its growth."""
    reach_px = default_dilate_px(person)
    around = person.box.grow(reach_px, reach_px, hole.shape)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach_px + 1, 2 * reach_px + 1))
    near = cv2.dilate(hole[around.slices].astype(np.uint8), disc) > 0
    inside = near[person.box.shift(-around.x0, -around.y0).slices] & person.mask
    return float(np.count_nonzero(inside)) / person.area_px
