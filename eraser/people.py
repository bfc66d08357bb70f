"""Stage 2: the people found, and who of them goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eraser.arrays import Box, MaskArray
from eraser.errors import NobodyThereError, PersonError


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody (or, from a custom masker, something) that can be taken out of the photo.

    Raises:
        PersonError: The box, the mask and the score do not fit together.
    """

    box: Box
    """Half-open pixels of the upright photo."""
    mask: npt.NDArray[np.bool_]
    """(box height, box width), True on the person. A crop, so that 40 people in 48 megapixels fit in memory."""
    score: float = 1.0
    """Confidence in [0, 1]."""
    photo_hw: tuple[int, int] | None = field(default=None, repr=False, compare=False)
    """(H, W) of the mask that ``from_mask`` was given: one of another size than the photo is found out by it."""

    def __post_init__(self) -> None:
        if not isinstance(self.mask, np.ndarray) or self.mask.dtype != np.bool_:
            got = getattr(self.mask, "dtype", type(self.mask).__name__)
            raise PersonError(f"a person's mask must be a bool array, got {got}")
        object.__setattr__(self, "box", Box(*(int(edge) for edge in self.box)))
        if self.box.is_empty() or self.mask.shape != (self.box.height, self.box.width):
            raise PersonError(f"a mask of shape {self.mask.shape} does not fill the box {tuple(self.box)}")
        try:  # a float, since numpy's own and torch's cannot be written to reports
            object.__setattr__(self, "score", float(self.score))
        except (TypeError, ValueError):
            raise PersonError(f"a person's score must be a number, got {type(self.score).__name__}") from None
        if not 0.0 <= self.score <= 1.0:
            raise PersonError(f"a person's score must lie in [0, 1], got {self.score}")

    @classmethod
    def from_mask(cls, mask: MaskArray, score: float = 1.0) -> Person:
        """A person from an (H, W) bool mask of the whole photo, cropped to what is set.

        Raises:
            PersonError: Nothing is set, or the mask is no (H, W) bool array.
        """
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.ndim != 2:
            raise PersonError("a person's mask must be an (H, W) bool array")
        box = Box.of_mask(mask)
        if box is None:
            raise PersonError("a person's mask is empty")
        return cls(box, mask[box.slices].copy(), score, mask.shape)

    @property
    def area_px(self) -> int:
        """Number of pixels on the person."""
        return int(np.count_nonzero(self.mask))

    def covers(self, x: int, y: int) -> bool:
        """Whether the pixel (x, y) of the photo lies on the person."""
        box = self.box
        return box.x0 <= x < box.x1 and box.y0 <= y < box.y1 and bool(self.mask[y - box.y0, x - box.x0])


def prominence(person: Person, size_wh: tuple[int, int]) -> float:
    """How much a person is the photo's subject: area, times 1 in the middle falling to 1/4 in the corners."""
    cx, cy = (person.box.x0 + person.box.x1) / 2, (person.box.y0 + person.box.y1) / 2
    dx, dy = cx / size_wh[0] - 0.5, cy / size_wh[1] - 0.5
    return person.area_px * (1.0 - 1.5 * (dx * dx + dy * dy))


def number(people: Sequence[Person], size_wh: tuple[int, int]) -> list[Person]:
    """People in the order of their numbers: number 1 is the main person, then ever less prominent ones."""
    return sorted(people, key=lambda person: (-prominence(person, size_wh), person.box))


def parse_who(who: str) -> frozenset[int] | str:
    """``all``, ``main`` and ``others`` as they are, ``2,3`` as a set of numbers.

    Raises:
        ValueError: Anything else.
    """
    if who in ("all", "main", "others"):
        return who
    parts = [part.strip() for part in who.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"{who!r} is neither all, main, others nor numbers such as 2,3")
    return frozenset(int(part) for part in parts)


def choose(people: Sequence[Person], who: str = "all", at: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Which of the numbered people go.

    Args:
        people: In the order of ``number``.
        who: ``all``, ``main``, ``others`` or numbers from 1 on.
        at: Pixels (x, y); with any, the people under them go and ``who`` counts only as ``others``: then those
            people stay and everybody else goes.

    Returns:
        Indices from 0 on into ``people``, ascending.

    Raises:
        NobodyThereError: A number is not in the photo, or nobody is under a pixel.
        ValueError: ``who`` is not understood.
    """
    chosen = parse_who(who)
    everybody = set(range(len(people)))
    if at:
        named = {_under(people, x, y) for x, y in at}
        return sorted(everybody - named if chosen == "others" else named)
    if not people:
        return []
    if isinstance(chosen, str):
        return sorted({"all": everybody, "main": {0}, "others": everybody - {0}}[chosen])
    missing = sorted(n for n in chosen if n > len(people))
    if missing:
        raise NobodyThereError(f"there is no person {missing[0]}: {len(people)} found, see --list")
    return sorted(n - 1 for n in chosen)


def _under(people: Sequence[Person], x: int, y: int) -> int:
    """Index of the person under a pixel; where people overlap, the smallest, who is seen in front of the larger."""
    hits = [index for index, person in enumerate(people) if person.covers(x, y)]
    if not hits:
        raise NobodyThereError(f"nobody is found at {x},{y}: see --list")
    return min(hits, key=lambda index: people[index].area_px)
