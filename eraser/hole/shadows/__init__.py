"""Stage 3, before the masks: the shadow that somebody casts on the ground goes with them.

ground      the surroundings of somebody's feet: light, and where it can be judged
outlines    what the shadow might look like: the person laid on the ground, and dark patches at the feet
evidence    does crossing an outline change the light, by one ratio all around, and nothing but the light?

When in doubt a shadow stays: a hole in the wrong place costs more.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import FloatArray, ImageArray, Person, union_mask
from eraser.hole.grow import distance_px
from eraser.hole.shadows.evidence import Evidence, best_outline, fill_outline, is_shadow
from eraser.hole.shadows.ground import Ground, look_at_ground
from eraser.hole.shadows.outlines import laid_outlines, patch_outlines

__all__ = ["find_shadow", "find_shadows", "weigh_outlines"]

MAX_PEOPLE = 24
"""People whose shadows are looked for, at most, the tallest first: bounds the time."""
SOFT = 0.015
"""The edge of a shadow is that soft, as a share of the person's height."""
APART = 0.06
"""A shadow that comes so near to somebody who stays, as a share of the height, may be theirs."""


def find_shadows(image: ImageArray, leaving: Sequence[Person], staying: Sequence[Person] = ()) -> list[Person]:
    """The shadows of people who go, as further things that go.

    Args:
        image: (H, W, 3) RGB uint8, upright.
        leaving: Who goes.
        staying: Who stays; neither they nor what may be their shadow is taken.
    """
    highest = sorted(leaving, key=lambda person: person.box.height, reverse=True)[:MAX_PEOPLE]
    shadows = (find_shadow(image, person, leaving, staying) for person in highest)
    return [shadow for shadow in shadows if shadow is not None]


def find_shadow(
    image: ImageArray, person: Person, leaving: Sequence[Person] = (), staying: Sequence[Person] = ()
) -> Person | None:
    """The shadow of somebody; None when there is none, or none that is plain to see.

    Args:
        image: (H, W, 3) RGB uint8, upright.
        person: Who goes.
        leaving: Who else goes, with or without ``person``.
        staying: Who stays.
    """
    ground = look_at_ground(image, person, [person, *leaving, *staying])
    if ground is None:
        return None
    believed = [(outline, evidence) for outline, evidence in weigh_outlines(ground) if is_shadow(evidence)]
    if not believed:
        return None
    outline, _ = max(believed, key=lambda pair: pair[1].score)
    mask = _at_photo_scale(ground, outline)
    reach_px = round(APART * person.box.height)
    if staying and (union_mask(staying, ground.window) & (distance_px(mask) <= reach_px)).any():
        return None
    mask &= ~union_mask([person], ground.window)
    if not mask.any():
        return None
    cropped = Person.from_mask(mask, person.score)
    return Person(cropped.box.shift(ground.window.x0, ground.window.y0), cropped.mask, person.score)


def weigh_outlines(ground: Ground) -> list[tuple[FloatArray, Evidence]]:
    """The best outline of each kind, (points, 2), with what speaks for it."""
    kinds = ((laid_outlines(ground), True), (patch_outlines(ground), False))
    weighed = (best_outline(ground, outlines, is_laid=is_laid) for outlines, is_laid in kinds if len(outlines))
    return [pair for pair in weighed if pair is not None]


def _at_photo_scale(ground: Ground, outline: FloatArray) -> npt.NDArray[np.bool_]:
    """(window height, window width), what an outline at working scale holds, and its soft edge."""
    soft = distance_px(fill_outline(ground, outline)) <= max(1.0, SOFT * ground.height)
    window_wh = (ground.window.width, ground.window.height)
    mask: npt.NDArray[np.bool_] = cv2.resize(soft.astype(np.float32), window_wh, interpolation=cv2.INTER_LINEAR) > 0.5
    return mask
