"""erase(): the stages in order, on one screen. It sees protocols only, so it runs without torch.

Words are explained in docs/glossary.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from eraser.composite.paste import copy_where, paste, take_crop
from eraser.config import REQUEST_DEFAULTS, EraseRequest
from eraser.errors import NothingLeftError
from eraser.geometry import ImageArray, MaskArray, Person, check_image, check_mask, number
from eraser.hole.crops import Crop, plan_crops
from eraser.hole.grow import Hole, make_hole
from eraser.hole.shadows import find_shadows
from eraser.inpaint.base import Inpainter
from eraser.inpaint.requirements import requirements_of
from eraser.inpaint.sizes import fill_crop
from eraser.maskers.base import Masker, run_masker, works_on_parts
from eraser.result import EraseResult
from eraser.second_look import find_left_over, meets, plan_windows, reaches_out
from eraser.select import Selector, TermSelector

OnStage: TypeAlias = Callable[[str], None]
"""Called with the name of each stage that begins: detect, select, mask, fill, composite, look again.

An error ends the work."""


def tell_nobody(stage: str) -> None:
    """Ignore a stage."""


class _Clock:
    """Adds up the time spent in each stage."""

    def __init__(self, on_stage: OnStage) -> None:
        self.seconds: dict[str, float] = {}
        self._on_stage = on_stage

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as ``name``."""
        self._on_stage(name)
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Tools:
    """What works on a photo."""

    masker: Masker | None
    """Finds people; None if it is not needed."""
    inpainter: Inpainter
    """Fills the hole."""
    masker_name: str = "masker"
    """For messages."""
    inpainter_name: str = "inpainter"
    """For messages."""


def find_people(image: ImageArray, masker: Masker, name: str = "masker") -> tuple[Person, ...]:
    """Everybody in the photo, numbered from the most prominent on.

    Raises:
        MaskerError: The masker failed, or returned something else than people on the photo.
    """
    check_image(image)
    return tuple(number(run_masker(masker, image, name), (image.shape[1], image.shape[0])))


def erase(
    image: ImageArray,
    tools: Tools,
    request: EraseRequest = REQUEST_DEFAULTS,
    *,
    select: Selector | None = None,
    people: Sequence[Person] | None = None,
    mask: MaskArray | None = None,
    keep: MaskArray | None = None,
    on_stage: OnStage = tell_nobody,
) -> EraseResult:
    """Take people out of a photo.

    Args:
        image: (H, W, 3) RGB uint8, upright.
        tools: The masker and the inpainter.
        request: Who goes and how.
        select: Says who goes; None takes ``request.who`` and ``request.at``.
        people: Everybody in the photo, in the order of their numbers; None looks for them.
        mask: (H, W) bool, removed exactly as it is: instead of the people, or with ``request.add_mask`` on top.
        keep: (H, W) bool, stays as it is, whoever or whatever else reaches in there.
        on_stage: Told which stage begins.

    Raises:
        MaskerError: The masker failed.
        InpainterError: The inpainter failed.
        NobodyThereError: Somebody who was asked for is not there.
        NothingLeftError: The hole covers the whole photo.
        ValueError: ``request.who`` is not understood, or a shape does not fit.
    """
    check_image(image)
    mask, kept = _check_masks(image, mask, keep)
    clock = _Clock(on_stage)
    select = select or TermSelector(request.who, request.at)

    everybody = tuple(people or ())
    if people is None and tools.masker is not None and (mask is None or request.add_mask):
        with clock.stage("detect"):
            everybody = find_people(image, tools.masker, tools.masker_name)
    with nullcontext() if isinstance(select, TermSelector) else clock.stage("select"):
        selection = select(image, everybody)
    leaving = [everybody[i] for i in selection.going]
    staying = [everybody[i] for i in selection.staying]
    untouched = [*staying, *kept]

    limits = requirements_of(tools.inpainter).crop
    unite = partial(
        make_hole,
        shape=image.shape,
        staying=untouched,
        dilate_px=request.dilate_px,
        given=mask,
        soft_given=request.feather_px is not None,
    )
    with clock.stage("mask"):
        goes = _with_shadows(image, leaving, staying, request)
        hole = unite(goes)
        if hole.mask.all():
            raise NothingLeftError("the hole covers the whole photo: no pixel is left to fill it from")
        crops = plan_crops(hole.mask, limits)
    out = image.copy() if crops else image
    _fill(out, image, hole, crops, tools, request, clock)

    left: list[Person] = []
    if tools.masker is not None and leaving and request.second_look and works_on_parts(tools.masker):
        look = partial(
            find_left_over,
            out,
            tools.masker,
            tools.masker_name,
            plan_windows(crops, leaving),
            staying=untouched,
            all_go=selection.all_go,
        )
        with clock.stage("look again"):
            left = look(hole=hole.mask)
        if more := [person for person in left if reaches_out(person, hole.mask)]:
            with clock.stage("mask"):
                hole = unite([*goes, *more])
                crops = [crop for crop in plan_crops(hole.mask, limits) if any(meets(person, crop) for person in more)]
            _fill(out, image, hole, crops, tools, request, clock)
            with clock.stage("look again"):
                left = look(hole=hole.mask)
    gone = tuple(i + 1 for i in selection.going)
    doubtful = tuple(i + 1 for i in selection.doubtful)
    return EraseResult(out, hole.mask, everybody, gone, len(left), clock.seconds, selection.recognized, doubtful)


def find_hole(
    image: ImageArray,
    people: Sequence[Person],
    request: EraseRequest = REQUEST_DEFAULTS,
    *,
    select: Selector | None = None,
    mask: MaskArray | None = None,
    keep: MaskArray | None = None,
) -> MaskArray:
    """The hole that ``erase`` begins with, (H, W) bool; a second look may still add to it.

    Arguments are those of ``erase``; a mask is set on top of the people.

    Raises:
        NobodyThereError: Somebody who was asked for is not there.
        ValueError: ``request.who`` is not understood, or a shape does not fit.
    """
    check_image(image)
    mask, kept = _check_masks(image, mask, keep)
    selection = (select or TermSelector(request.who, request.at))(image, people)
    leaving = [people[i] for i in selection.going]
    staying = [people[i] for i in selection.staying]
    goes = _with_shadows(image, leaving, staying, request)
    return make_hole(goes, image.shape, staying=[*staying, *kept], dilate_px=request.dilate_px, given=mask).mask


def _check_masks(
    image: ImageArray, mask: MaskArray | None, keep: MaskArray | None
) -> tuple[MaskArray | None, list[Person]]:
    """The mask without the pixels to keep, and these as somebody who stays."""
    if mask is not None:
        check_mask(mask, image.shape)
    if keep is None:
        return mask, []
    check_mask(keep, image.shape, "keep")
    return None if mask is None else mask & ~keep, [Person.from_mask(keep)] if keep.any() else []


def _with_shadows(
    image: ImageArray, leaving: Sequence[Person], staying: Sequence[Person], request: EraseRequest
) -> list[Person]:
    return [*leaving, *(find_shadows(image, leaving, staying) if request.shadows == "auto" else ())]


def _fill(
    out: ImageArray,
    image: ImageArray,
    hole: Hole,
    crops: Sequence[Crop],
    tools: Tools,
    request: EraseRequest,
    clock: _Clock,
) -> None:
    """Fill the holes of ``crops`` in ``out``, from the known pixels of ``image``."""
    for crop in crops:
        with clock.stage("fill"):
            working = take_crop(image, hole.mask, crop)
            fill = fill_crop(tools.inpainter, working.image, working.hole, tools.inpainter_name)
        with clock.stage("composite"):
            # An earlier fill must not show through the soft edge of this one.
            copy_where(out[crop.box.slices], image[crop.box.slices], crop.hole)
            paste(out, hole.mask, hole.person, crop, working, fill.image, fill.offsets, feather_px=request.feather_px)
