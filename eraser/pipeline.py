"""erase(): the stages in order, on one screen. It sees protocols only, so it runs without torch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from eraser.composite.paste import paste, take_crop
from eraser.config import DEFAULTS, EraseConfig
from eraser.geometry import ImageArray, MaskArray, Person, check_image, check_mask, number
from eraser.hole.crops import Crop, plan_crops
from eraser.hole.grow import Hole, make_hole
from eraser.hole.shadows import find_shadows
from eraser.inpaint.base import Inpainter, run_inpainter
from eraser.maskers.base import Masker, run_masker, works_on_parts
from eraser.second_look import find_left_over, meets, plan_windows, reaches_out
from eraser.select.terms import choose


@dataclass(frozen=True, slots=True)
class EraseResult:
    """A photo after erasing, and what was done to it."""

    image: ImageArray
    """(H, W, 3) RGB uint8; pixels outside the hole are those of the input, bit for bit."""
    hole: MaskArray
    """(H, W) bool, what was replaced."""
    people: tuple[Person, ...]
    """Everybody found, in the order of their numbers: people[0] is number 1."""
    gone: tuple[int, ...]
    """Numbers of the people taken out."""
    leftover_people: int = 0
    """How many of those who were to go can still be seen in ``image``, as far as the masker was asked again."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time spent in each stage."""

    @property
    def changed(self) -> bool:
        """Whether anything was replaced."""
        return bool(self.hole.any())


class _Clock:
    """Adds up the time spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as ``name``."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


def find_people(image: ImageArray, masker: Masker, config: EraseConfig = DEFAULTS) -> tuple[Person, ...]:
    """Everybody in the photo, numbered from the most prominent on.

    Raises:
        MaskerError: The masker failed, or returned something else than people on the photo.
    """
    check_image(image)
    people = run_masker(masker, image, config.masker)
    return tuple(number(people, (image.shape[1], image.shape[0])))


def erase(
    image: ImageArray,
    masker: Masker | None,
    inpainter: Inpainter,
    config: EraseConfig = DEFAULTS,
    *,
    mask: MaskArray | None = None,
) -> EraseResult:
    """Take people out of a photo.

    Args:
        image: (H, W, 3) RGB uint8, upright.
        masker: Finds people; None when only ``mask`` goes.
        inpainter: Fills the hole.
        config: Who goes and how.
        mask: (H, W) bool, removed exactly as it is: instead of the people, or with ``config.add_mask`` on top.

    Raises:
        MaskerError: The masker failed.
        InpainterError: The inpainter failed.
        NobodyThereError: ``config.who`` or ``config.at`` names somebody who is not there.
        ValueError: ``config.who`` is not understood, or a shape does not fit.
    """
    check_image(image)
    if mask is not None:
        check_mask(mask, image.shape)
    clock = _Clock()

    people: tuple[Person, ...] = ()
    if masker is not None and (mask is None or config.add_mask):
        with clock.stage("detect"):
            people = find_people(image, masker, config)
    going = choose(people, config.who, config.at)
    leaving = [people[i] for i in going]
    staying = [person for i, person in enumerate(people) if i not in going]

    unite = partial(
        make_hole,
        shape=image.shape,
        staying=staying,
        dilate_px=config.dilate_px,
        given=mask,
        soft_given=config.feather_px is not None,
    )
    with clock.stage("mask"):
        goes = [*leaving, *(find_shadows(image, leaving, staying) if config.shadows == "auto" else ())]
        hole = unite(goes)
        crops = plan_crops(hole.mask)
    out = image.copy() if crops else image
    _fill(out, image, hole, crops, inpainter, config, clock)

    left: list[Person] = []
    if masker is not None and leaving and config.second_look and not config.fast and works_on_parts(masker):
        all_go = config.who == "all" and not config.at
        windows = plan_windows(crops, leaving)
        with clock.stage("look again"):
            left = find_left_over(out, masker, config.masker, windows, hole.mask, staying, all_go=all_go)
        if more := [person for person in left if reaches_out(person, hole.mask)]:
            with clock.stage("mask"):
                hole = unite([*goes, *more])
                crops = [crop for crop in plan_crops(hole.mask) if any(meets(person, crop) for person in more)]
            _fill(out, image, hole, crops, inpainter, config, clock)
            with clock.stage("look again"):
                left = find_left_over(out, masker, config.masker, windows, hole.mask, staying, all_go=all_go)
    return EraseResult(out, hole.mask, people, tuple(i + 1 for i in going), len(left), clock.seconds)


def _fill(
    out: ImageArray,
    image: ImageArray,
    hole: Hole,
    crops: Sequence[Crop],
    inpainter: Inpainter,
    config: EraseConfig,
    clock: _Clock,
) -> None:
    """Fill the holes of ``crops`` in ``out``, from the known pixels of ``image``."""
    for crop in crops:
        with clock.stage("fill"):
            working = take_crop(image, hole.mask, crop)
            fill = run_inpainter(inpainter, working.image, working.hole, config.inpainter)
        with clock.stage("composite"):
            # An earlier fill must not show through the soft edge of this one.
            np.copyto(out[crop.box.slices], image[crop.box.slices], where=crop.hole[..., None])
            paste(out, hole.mask, hole.core, crop, working, fill.image, fill.offsets, feather_px=config.feather_px)


def hole_share(result: EraseResult) -> float:
    """Share of the photo that was replaced, in [0, 1]."""
    return float(np.count_nonzero(result.hole)) / result.hole.size
