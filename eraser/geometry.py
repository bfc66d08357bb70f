"""Arrays, boxes and people: the one place that states shapes, dtypes, ranges and colour order.

Images are RGB uint8 (H, W, 3) in [0, 255]; masks are bool (H, W). Boxes are half-open pixels, x to the right and y
down, origin at the upper left corner of the upright photo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from eraser.errors import PersonError

ImageArray: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3), RGB, 0 to 255."""
MaskArray: TypeAlias = npt.NDArray[np.bool_]
"""(H, W), True where the mask is set."""
FloatArray: TypeAlias = npt.NDArray[np.float32]
IntArray: TypeAlias = npt.NDArray[np.int32]


class Box(NamedTuple):
    """A half-open rectangle: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def of_mask(cls, mask: MaskArray) -> Box | None:
        """The smallest box around all that is set in an (H, W) mask, None when nothing is."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return None
        return cls(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)

    @classmethod
    def of_shape(cls, shape: tuple[int, ...]) -> Box:
        """All of an (H, W, ...) array."""
        return cls(0, 0, shape[1], shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        """(rows, columns), to index an (H, W, ...) array."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def is_empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def intersect(self, other: Box) -> Box:
        """What both cover; may be empty."""
        return Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, in [0, 1]; 0 for two empty ones."""
        both = self.intersect(other)
        if both.is_empty():
            return 0.0
        shared = both.width * both.height
        return shared / (self.width * self.height + other.width * other.height - shared)

    def enclose(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def grow(self, x_px: int, y_px: int, shape: tuple[int, ...]) -> Box:
        """Wider by ``x_px`` and ``y_px`` on each side, cut at an (H, W, ...) shape."""
        grown = Box(self.x0 - x_px, self.y0 - y_px, self.x1 + x_px, self.y1 + y_px)
        return grown.intersect(Box.of_shape(shape))

    def shift(self, dx_px: int, dy_px: int) -> Box:
        """Moved to the right and down."""
        return Box(self.x0 + dx_px, self.y0 + dy_px, self.x1 + dx_px, self.y1 + dy_px)


def check_image(image: npt.NDArray[np.generic], name: str = "image") -> None:
    """Raise TypeError or ValueError unless ``image`` is RGB uint8 (H, W, 3) with at least one pixel."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise TypeError(f"{name} must be a uint8 array, got {getattr(image, 'dtype', type(image).__name__)}")
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"{name} must have shape (H, W, 3), got {image.shape}")


def check_mask(mask: npt.NDArray[np.generic], shape: tuple[int, ...], name: str = "mask") -> None:
    """Raise TypeError or ValueError unless ``mask`` is bool and (H, W) of ``shape``."""
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        raise TypeError(f"{name} must be a bool array, got {getattr(mask, 'dtype', type(mask).__name__)}")
    if mask.shape != shape[:2]:
        raise ValueError(f"{name} must have shape {shape[:2]}, got {mask.shape}")


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

    def part(self, box: Box) -> npt.NDArray[np.bool_]:
        """A view of the mask inside a box of the photo, which must lie within the person's own box."""
        return self.mask[box.shift(-self.box.x0, -self.box.y0).slices]

    def with_mask(self, mask: npt.NDArray[np.bool_], region: Box | None = None) -> Person | None:
        """The same person with another mask, cropped to what is set; None if nothing is.

        Args:
            mask: (region height, region width) bool.
            region: Where in the photo it lies; None is the person's own box.
        """
        box = Box.of_mask(mask)
        if box is None:
            return None
        corner = self.box if region is None else region
        return Person(box.shift(corner.x0, corner.y0), mask[box.slices].copy(), self.score)

    def covers(self, x: int, y: int) -> bool:
        """Whether the pixel (x, y) of the photo lies on the person."""
        box = self.box
        return box.x0 <= x < box.x1 and box.y0 <= y < box.y1 and bool(self.mask[y - box.y0, x - box.x0])


def union_mask(people: Iterable[Person], window: Box) -> npt.NDArray[np.bool_]:
    """(window height, window width), True where any of the people is. People may lie partly outside the window."""
    mask = np.zeros((window.height, window.width), np.bool_)
    for person in people:
        seen = person.box.intersect(window)
        if not seen.is_empty():
            mask[seen.shift(-window.x0, -window.y0).slices] |= person.part(seen)
    return mask


def shared_px(one: Person, other: Person, samples: int | None = None) -> int:
    """How many pixels lie on both people.

    Args:
        one: Somebody.
        other: Somebody else.
        samples: Count on about this many pixels of a grid where the boxes share more; None counts every pixel.
    """
    box = one.box.intersect(other.box)
    if box.is_empty():
        return 0
    step = 1 if samples is None else max(1, math.isqrt(box.width * box.height // samples))
    both = one.part(box)[::step, ::step] & other.part(box)[::step, ::step]
    return int(np.count_nonzero(both)) * step * step


def prominence(person: Person, size_wh: tuple[int, int]) -> float:
    """How much a person is the photo's subject: area, times 1 in the middle falling to 1/4 in the corners."""
    cx, cy = (person.box.x0 + person.box.x1) / 2, (person.box.y0 + person.box.y1) / 2
    dx, dy = cx / size_wh[0] - 0.5, cy / size_wh[1] - 0.5
    return person.area_px * (1.0 - 1.5 * (dx * dx + dy * dy))


def number(people: Sequence[Person], size_wh: tuple[int, int]) -> list[Person]:
    """People in the order of their numbers: number 1 is the main person, then ever less prominent ones."""
    return sorted(people, key=lambda person: (-prominence(person, size_wh), person.box))
