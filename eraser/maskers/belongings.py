"""What people carry, wear and ride goes with them; what merely stands near stays.

A bag without its owner hangs in the air, a bicycle without its rider stands by itself. So the rule asks more of some
things than of others: a backpack that touches somebody is worn, a cup that touches somebody in the picture mostly
stands on the table before them and counts only when it lies on them, and a bicycle must be under its rider. Animals,
furniture and cars are nobody's belongings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from eraser.geometry import Box, MaskArray, Person
from eraser.hole.grow import distance_px
from eraser.maskers.detection import Detection

OwnershipRule = Literal["carried", "handled", "board", "ridden"]
"""What it takes to belong: touching somebody; lying on somebody for the most part; being under somebody or touching
along a good part; being under somebody."""

OWNERSHIP_RULES: Mapping[str, OwnershipRule] = {
    "belonging": "carried",  # a class of networks of our own; the others are of the COCO data set
    **dict.fromkeys(("backpack", "handbag", "suitcase", "tie", "umbrella", "kite", "frisbee"), "carried"),
    **dict.fromkeys(("baseball bat", "baseball glove", "tennis racket"), "carried"),
    **dict.fromkeys(("cell phone", "remote", "toothbrush", "hair drier"), "carried"),
    **dict.fromkeys(("bottle", "wine glass", "cup", "book", "sports ball", "teddy bear"), "handled"),
    **dict.fromkeys(("skateboard", "surfboard", "skis", "snowboard"), "board"),
    **dict.fromkeys(("bicycle", "motorcycle"), "ridden"),
}
"""By the names that networks give their classes."""
MIN_SCORE = 0.25
"""Things below this confidence are not there; that people are asked for at another one says nothing about bags."""
_REACH = 0.02
"""How far from somebody's outline a thing still touches it, in parts of the person's height."""
_TOUCHED: Mapping[OwnershipRule, float] = {"carried": 0.04, "handled": 0.0, "board": 0.03, "ridden": 0.03}
"""Part of a thing that lies within reach of somebody, at least."""
_HELD_ROUND = 0.5
"""Part of a handled thing's surroundings that is somebody."""
_BOARD_ALONG = 0.07
"""Share of a board that lies within reach of the person who carries it."""
_LARGEST = 3.0
"""Area of belongings over area of their person, at most: umbrellas and surfboards may be large."""
_SAMPLES = 1 << 14
"""Pixels of a thing's surroundings that are looked at."""


class Thing(NamedTuple):
    """Something that may belong to somebody."""

    bond: OwnershipRule
    detection: Detection


def assign_belongings(people: Sequence[Detection], things: Iterable[Thing]) -> list[Detection]:
    """The people, each with the things that belong to them as part of them; things without an owner are dropped.

    Args:
        people: In photo pixels.
        things: In photo pixels.
    """
    owned: list[list[Detection]] = [[] for _ in people]
    for bond, thing in things:
        claims = [_claim(bond, thing.outline, person.outline) for person in people]
        if claims and max(claims) > 0.0:
            owned[int(np.argmax(claims))].append(thing)
    return [_unite(person, belongings) for person, belongings in zip(people, owned, strict=True)]


def _unite(person: Detection, belongings: Sequence[Detection]) -> Detection:
    whole = person
    for thing in belongings:
        whole = whole.unite(thing)
    return whole


def _claim(bond: OwnershipRule, thing: Person, person: Person) -> float:
    """How much of a thing somebody touches, in [0, 1]; 0 where it is not theirs."""
    reach_px = max(1, round(_REACH * person.box.height))
    near = Box(*thing.box).grow(2 * reach_px, 2 * reach_px, (1 << 30, 1 << 30))
    if near.intersect(person.box).is_empty() or thing.area_px > _LARGEST * person.area_px:
        return 0.0
    step = max(1, math.isqrt(near.width * near.height // _SAMPLES))
    on_thing, on_person = _sample(thing, near, step), _sample(person, near, step)
    size = _count(on_thing)
    if not size:
        return 0.0
    in_reach = distance_px(on_person) * step <= reach_px
    touched = _count(on_thing & in_reach) / size
    if touched <= _TOUCHED[bond]:
        return 0.0
    if bond == "handled":
        around = (distance_px(on_thing) * step <= 2 * reach_px) & ~on_thing
        belongs = _count(around & in_reach) >= _HELD_ROUND * _count(around)
    elif bond == "board":
        belongs = touched >= _BOARD_ALONG or _is_under(thing.box, person.box)
    else:
        belongs = bond == "carried" or _is_under(thing.box, person.box)
    return touched if belongs else 0.0


def _count(mask: MaskArray) -> int:
    return int(np.count_nonzero(mask))


def _is_under(thing: Box, person: Box) -> bool:
    """Whether somebody may stand or sit on a thing: above its middle, feet no lower than it, head above it."""
    middle = (person.x0 + person.x1) / 2
    above = thing.x0 <= middle < thing.x1 or person.x0 <= (thing.x0 + thing.x1) / 2 < person.x1
    feet_higher = person.y1 <= thing.y1 + 0.03 * person.height
    reaches_feet = thing.y1 >= person.y1 - 0.1 * person.height
    return above and feet_higher and reaches_feet and thing.y0 > person.y0 + 0.15 * person.height


def _sample(seen: Person, region: Box, step: int) -> MaskArray:
    """Every ``step``-th pixel of a region, which may reach beyond what was seen."""
    sampled = np.zeros((-(-region.height // step), -(-region.width // step)), bool)
    both = region.intersect(seen.box)
    if both.is_empty():
        return sampled
    x, y = -(-(both.x0 - region.x0) // step), -(-(both.y0 - region.y0) // step)  # the first samples on it
    first = Box(region.x0 + x * step, region.y0 + y * step, both.x1, both.y1)
    part = seen.part(first)[::step, ::step]
    sampled[y : y + part.shape[0], x : x + part.shape[1]] = part
    return sampled
