"""Stage 7: is anybody still to be seen where people were taken out?

The masker runs on the result, on windows around the holes, where what is left of somebody is larger than in the photo.
A fill may also show somebody who never was there: it copies, and what it copies may look like a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eraser.geometry import Box, ImageArray, MaskArray, Person, shared_px, union_mask
from eraser.hole.crops import Crop
from eraser.hole.grow import default_dilate_px, distance_px
from eraser.maskers.base import Masker, run_masker

MAX_WINDOWS = 4
"""Windows that are looked at, at most: bounds the time. More holes share windows."""
TOUCHING = 0.1
"""Share of somebody's pixels in the hole or next to it, from which on they count as left over. Others stand near."""
WITHIN = 0.5
"""The same where only some people were to go: then most of them must lie there, or it is another person."""
STAYING = 0.2
"""Share of somebody's pixels on people who stay, from which on it is one of those."""
OUTSIDE = 0.02
"""Share of somebody's pixels outside the hole that makes filling it again worth while."""
CUT = 0.01
"""Somebody who ends so near to a window's edge, in parts of its longer side, may go on beyond it."""
SAME = 0.5
"""Share of a cut find that lies on somebody seen whole, from which on it is a part of them."""


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

    Somebody whom a window cuts is looked at once more, in a window around them, the largest first and ``MAX_WINDOWS``
    at most; who is cut in that one, too, counts for nothing: the middle of a bystander must not go without their head
    and legs.

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
    least = TOUCHING if all_go else WITHIN

    def left_of(person: Person) -> Person | None:
        left = _without(person, staying)
        return left if left is not None and _share_near(left, hole) >= least else None

    found: list[Person] = []
    parts: list[Person] = []
    for window in windows:
        for person in _look(image, masker, name, window):
            left = left_of(person)
            if left is not None and _is_cut(person, window, image.shape):
                parts.append(person)
            elif left is not None:
                found.append(left)
    parts.sort(key=lambda part: -part.area_px)
    for part in parts[:MAX_WINDOWS]:  # the rest is ignored: bounds the time
        if any(_is_part(part, person) for person in found):
            continue
        whole = _look_wider(image, masker, name, part)
        left = left_of(whole) if whole is not None else None
        if left is not None:
            found.append(left)
    return found


def meets(person: Person, crop: Crop) -> bool:
    """Whether a pixel of somebody lies in the hole of a crop."""
    seen = person.box.intersect(crop.box)
    if seen.is_empty():
        return False
    return bool((crop.hole[seen.shift(-crop.box.x0, -crop.box.y0).slices] & person.part(seen)).any())


def reaches_out(person: Person, hole: MaskArray) -> bool:
    """Whether enough of somebody lies outside the hole that a larger hole would help."""
    outside = person.mask & ~hole[person.box.slices]
    return int(np.count_nonzero(outside)) > OUTSIDE * person.area_px


def _growth_px(one: Box, other: Box) -> int:
    """How many pixels more are looked at when two windows become one."""
    both = one.enclose(other)
    return both.width * both.height - one.width * one.height - other.width * other.height


def _look(image: ImageArray, masker: Masker, name: str, window: Box) -> list[Person]:
    """Who is seen in a window, in pixels of the whole picture, in boxes that fit."""
    people: list[Person] = []
    for person in run_masker(masker, np.ascontiguousarray(image[window.slices]), name):
        fit = person.with_mask(person.mask, person.box.shift(window.x0, window.y0))
        people += [] if fit is None else [fit]
    return people


def _look_wider(image: ImageArray, masker: Masker, name: str, part: Person) -> Person | None:
    """Whom a part belongs to, seen in a window that reaches on around it; None when nobody is seen whole there."""
    reach_px = max(part.box.width, part.box.height)
    window = part.box.grow(reach_px, reach_px, image.shape)
    whole = max(_look(image, masker, name, window), key=lambda person: shared_px(part, person), default=None)
    return whole if whole is not None and _is_part(part, whole) and not _is_cut(whole, window, image.shape) else None


def _is_cut(person: Person, window: Box, shape: tuple[int, ...]) -> bool:
    """Whether somebody may go on beyond a window's edge; nothing goes on beyond the photo's."""
    near_px = max(1, round(CUT * max(window.width, window.height)))
    inside = Box(
        window.x0 + near_px if window.x0 > 0 else 0,
        window.y0 + near_px if window.y0 > 0 else 0,
        window.x1 - near_px if window.x1 < shape[1] else shape[1],
        window.y1 - near_px if window.y1 < shape[0] else shape[0],
    )
    return person.box.intersect(inside) != person.box


def _is_part(part: Person, person: Person) -> bool:
    """Whether most of a cut find lies on somebody."""
    return shared_px(part, person) >= SAME * part.area_px


def _without(person: Person, staying: Sequence[Person]) -> Person | None:
    """Somebody without the pixels of people who stay; None when it is one of those."""
    mask = person.mask & ~union_mask(staying, person.box)
    kept_px = np.count_nonzero(mask)
    return Person(person.box, mask, person.score) if kept_px > (1 - STAYING) * person.area_px else None


def _share_near(person: Person, hole: MaskArray) -> float:
    """Share of somebody's pixels in the hole or within the reach of its growth."""
    reach_px = default_dilate_px(person)
    around = person.box.grow(reach_px, reach_px, hole.shape)
    near = distance_px(hole[around.slices]) <= reach_px  # a dilation's time would grow with the fourth power of size
    inside = near[person.box.shift(-around.x0, -around.y0).slices] & person.mask
    return float(np.count_nonzero(inside)) / person.area_px
