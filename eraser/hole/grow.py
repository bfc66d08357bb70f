"""Stage 3: from people to one hole: grow, smooth, unite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import Box, FloatArray, MaskArray, Person, union_mask

GROWTH = 0.025
"""Default growth as a share of the person's height."""
GROWTH_MIN_PX = 3


@dataclass(frozen=True, slots=True)
class Hole:
    """What is replaced."""

    mask: MaskArray
    """(H, W), True = to fill."""
    person: MaskArray
    """(H, W), the part of it that a soft edge must not bring back: where a person was seen."""


def default_dilate_px(person: Person) -> int:
    """How far the hole reaches beyond a person: in proportion to the height, for loose hair and the mask's error."""
    return max(GROWTH_MIN_PX, round(GROWTH * person.box.height))


def make_hole(
    people: Sequence[Person],
    shape: tuple[int, ...],
    *,
    staying: Sequence[Person] = (),
    dilate_px: int | None = None,
    given: MaskArray | None = None,
    soft_given: bool = False,
) -> Hole:
    """Unite grown people, and a mask that was given, to one hole.

    Args:
        people: Who goes.
        shape: (H, W, ...) of the photo.
        staying: Who stays: no pixel of theirs is in the hole, but for those of ``given``.
        dilate_px: Growth in photo pixels; None is in proportion to each person, 0 takes the masks exactly as they are.
        given: (H, W) bool, used exactly as it is.
        soft_given: Whether a soft edge may reach into ``given``; it never reaches into a person.
    """
    mask = np.zeros(shape[:2], np.bool_)
    on_people = union_mask(people, Box.of_shape(shape))
    for person in people:
        box, grown = grow(person, default_dilate_px(person) if dilate_px is None else dilate_px, shape)
        mask[box.slices] |= grown
    for person in staying:  # outlines of neighbours overlap: the person who stays keeps the shared pixels
        mask[person.box.slices] &= ~person.mask
        on_people[person.box.slices] &= ~person.mask
    if given is not None:
        mask |= given
        if not soft_given:
            on_people |= given
    return Hole(mask, on_people)


def grow(person: Person, dilate_px: int, shape: tuple[int, ...]) -> tuple[Box, npt.NDArray[np.bool_]]:
    """A person's mask grown by a disc, with gaps narrower than the growth closed.

    Returns:
        The box of the grown mask, cut at the photo, and the mask inside it. With ``dilate_px`` 0 the person's own.
    """
    if dilate_px <= 0:
        return person.box, person.mask
    dilate_px = min(dilate_px, max(shape[:2]))
    margin = 2 * dilate_px + 1
    padded = np.pad(person.mask, margin)
    # Beyond the photo nothing is known: a person cut by the frame goes on, so the closing must not open a slit there.
    closed = distance_px(padded) <= 2 * dilate_px
    grown = distance_px(~closed) > dilate_px
    outer = person.box.shift(-margin, -margin)
    outer = Box(outer.x0, outer.y0, outer.x0 + padded.shape[1], outer.y0 + padded.shape[0])
    box = person.box.grow(dilate_px, dilate_px, shape)
    inner = box.shift(-outer.x0, -outer.y0)
    return box, np.ascontiguousarray(grown[inner.slices])


def distance_px(mask: npt.NDArray[np.bool_]) -> FloatArray:
    """Distance of each pixel to the nearest one that is set, in pixels; a huge number where none is."""
    distance: FloatArray = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.minimum(distance, np.float32(1e9))
