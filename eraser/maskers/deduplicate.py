"""One person, one mask: detections that turn out to be the same person once their masks are known.

Suppression by boxes lets through what boxes cannot tell: two outlines of one person, and a torso inside its person.
Each would get a number of its own. A surer torso inside a less sure whole is left alone: it may be a child before an
adult, and ``make_hole`` leaves shared pixels to the person who stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from eraser.geometry import Person, shared_px, union_mask
from eraser.maskers.detection import OVERLAP_SAMPLES

SAME_IOU = 0.6
"""Masks that share this much of their union are one person; neighbours in a crowd share far less."""
PART = 0.9
"""A less sure mask with this much of itself inside a surer one is a part of that person."""


def deduplicate(people: Iterable[Person]) -> list[Person]:
    """People, each once.

    Args:
        people: The surest first.

    Returns:
        The surest first. A double's pixels go to the person it is a double of, so that nothing found is lost.
    """
    merged: list[Person] = []
    areas_px: list[int] = []
    for person in people:
        area_px = person.area_px
        for index, surer in enumerate(merged):
            shared = shared_px(person, surer, OVERLAP_SAMPLES)
            if shared >= SAME_IOU * (area_px + areas_px[index] - shared) or shared >= PART * area_px:
                merged[index] = _unite(surer, person)
                areas_px[index] = merged[index].area_px
                break
        else:
            merged.append(person)
            areas_px.append(area_px)
    return merged


def _unite(surer: Person, double: Person) -> Person:
    box = surer.box.enclose(double.box)
    return Person(box, union_mask((surer, double), box), surer.score)
