"""The contract of maskers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eraser.geometry import ImageArray, Person
from eraser.maskers.base import MaskerContext, run_masker
from eraser.maskers.registry import MASKERS
from eraser.testing.subject import Options, Subject, build

_SIZES_WH = ((96, 64), (61, 83), (7, 5))


def check_masker(
    masker: Subject,
    *,
    options: Options = (),
    photos: Sequence[ImageArray] | None = None,
    context: MaskerContext[Any] | None = None,
) -> list[list[Person]]:
    """Whether a masker keeps what the rest of erase-me relies on.

    It is built by its factory; its options have defaults and help. It returns people who lie on the photo, with a
    score in [min_score, 1]. It finds the same people on the same photo, and what it returned stays as it was when
    it is called again. It writes nothing to the photo, which is read-only.

    Args:
        masker: Its file, its name as after ``--masker``, its factory, or the masker itself. A callable is a factory
            if its first parameter is called ``context`` or annotated so, or if it is a class.
        options: Such as ``{"box": (1, 2, 30, 40)}``.
        photos: (H, W, 3) RGB uint8; None takes three small generated ones, on which nobody need be found.
        context: What the factory is told; None for the CPU and a weights folder that is empty.

    Returns:
        The people found on each photo, for tests of one's own.

    Raises:
        AssertionError: It does not keep one of these promises.
        MaskerError: It cannot be built, it fails, or it returns something else than people on the photo.
    """
    given = context or MaskerContext(weights_dir=Path("no-such-weights-folder"))
    name, built = build(MASKERS, masker, options, given)
    pictures = list(_generated() if photos is None else photos)
    found = [run_masker(built, picture, name) for picture in pictures]
    masks = [[person.mask.copy() for person in people] for people in found]
    for picture, people, before in zip(pictures, found, masks, strict=True):
        for person in people:
            if person.score < given.min_score:
                raise AssertionError(f"{name} returned a score of {person.score} below min_score, {given.min_score}")
        again = run_masker(built, picture, name)
        if not _are_same(again, people, before):
            raise AssertionError(
                f"{name} does not find the same on the same photo: {len(again)} after {len(people)}, or their masks "
                f"and scores changed; a masker must not be random, nor write to what it returned"
            )
    return found


def _are_same(again: Sequence[Person], people: Sequence[Person], masks: Sequence[np.ndarray[Any, Any]]) -> bool:
    return len(again) == len(people) and all(
        one.box == other.box and one.score == other.score and np.array_equal(one.mask, mask)
        for one, other, mask in zip(again, people, masks, strict=True)
    )


def _generated() -> list[ImageArray]:
    """Noise over ramps of colour: wide, tall with odd sides, and hardly a photo at all."""
    rng = np.random.default_rng(0)
    photos = []
    for width, height in _SIZES_WH:
        ramp = np.add.outer(np.linspace(0, 120, height), np.linspace(0, 80, width))
        noise = rng.integers(0, 40, (height, width, 3))
        photos.append((ramp[..., None] + noise).astype(np.uint8))
    return photos
