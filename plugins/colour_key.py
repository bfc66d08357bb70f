"""Everything of one colour: a green screen, pink swim rings, orange cones; needs no weights.

    erase-me pool.jpg --masker colour_key --masker-option colour=hotpink --masker-option tolerance=30
    erase-me pool.jpg --masker colour_key --masker-option colour=#e8388a --list

Each piece of the colour becomes one of the numbered "people" of ``--list``, so that ``--who 2,3`` takes some of them.
Colours are compared in CIELAB, where equal distances look about equally different. Light and shadow change lightness
more than hue, so that differences in lightness count less, by ``lightness``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ImageColor

from eraser import Box, MaskerContext, Person
from eraser.errors import MaskerError

LICENCE = "AGPL-3.0-or-later"

_EDGE = 1.6
"""Pixels up to this many tolerances away belong to a piece that they touch: its blurred rim and its shades."""
_LEAST_SURE = 0.2
"""A piece with less of the colour itself in it has another colour."""
_STRIP_PX = 1 << 21
"""Pixels whose colours are compared at a time, so that memory does not follow the photo."""
_FAR = 255
"""Distances are kept in a byte of half units: 127 is farther than any tolerance that makes sense."""


@dataclass(frozen=True, slots=True)
class ColourKeyOptions:
    """Which colour goes."""

    colour: str = field(default="lime", metadata={"help": "a CSS name such as hotpink, or hex digits: #ff69b4"})
    tolerance: float = field(
        default=25.0, metadata={"help": "how different it may be; about 2 is just seen, 25 is a hue"}
    )
    lightness: float = field(
        default=0.35, metadata={"help": "how much lightness counts, 0 to 1; more tells grey, white and black apart"}
    )
    min_area: float = field(default=0.0005, metadata={"help": "smaller pieces stay, in parts of the photo"})
    smooth_px: int | None = field(
        default=None, metadata={"help": "gaps and specks up to this size are ignored; none: a 400th of the photo"}
    )

    def __post_init__(self) -> None:
        if not 0.0 < self.tolerance <= 75.0:
            raise ValueError(f"tolerance must lie above 0 and not above 75, got {self.tolerance}")
        if not 0.0 <= self.lightness <= 1.0:
            raise ValueError(f"lightness must lie in [0, 1], got {self.lightness}")
        if not 0.0 <= self.min_area < 1.0:
            raise ValueError(f"min_area must lie in [0, 1), got {self.min_area}")
        if self.smooth_px is not None and self.smooth_px < 0:
            raise ValueError(f"smooth_px must not be negative, got {self.smooth_px}")


def load_masker(context: MaskerContext[ColourKeyOptions]) -> ColourKey:
    """The masker ``colour_key``.

    Raises:
        MaskerError: There is no such colour.
    """
    options = context.options
    try:
        red_green_blue = ImageColor.getrgb(options.colour)[:3]
    except ValueError as error:
        raise MaskerError(
            f"colour_key: {options.colour!r} is no colour: take a CSS name such as hotpink, or hex digits as in #ff69b4"
        ) from error
    return ColourKey(options, np.array(red_green_blue, np.uint8), context.min_score)


class ColourKey:
    """Finds the pieces of one colour."""

    def __init__(self, options: ColourKeyOptions, colour: npt.NDArray[np.uint8], min_score: float) -> None:
        self._options, self._min_score = options, min_score
        self._key = _lab(colour[None, None])[0, 0]  # (3,) L a b

    def __call__(self, image: npt.NDArray[np.uint8], /) -> list[Person]:
        """One for each piece of the colour; the score says how much of it is the colour itself."""
        smooth_px = self._options.smooth_px
        if smooth_px is None:
            smooth_px = round(max(image.shape[:2]) / 400)
        inner, outer = self._near(image, smooth_px)
        if smooth_px:
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * smooth_px + 1,) * 2)
            outer = cv2.morphologyEx(cv2.morphologyEx(outer, cv2.MORPH_OPEN, disc), cv2.MORPH_CLOSE, disc)
        pieces = _pieces(inner, outer, max(1.0, self._options.min_area * outer.size))
        return [piece for piece in pieces if piece.score >= max(self._min_score, _LEAST_SURE)]

    def _near(
        self, image: npt.NDArray[np.uint8], smooth_px: int
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Two (H, W) arrays of 0 and 1: surely the colour, and perhaps."""
        distance = np.empty(image.shape[:2], np.uint8)
        strip = max(1, _STRIP_PX // image.shape[1])
        weights = np.array((self._options.lightness, 1.0, 1.0), np.float32)
        for top in range(0, len(image), strip):
            away = (_lab(image[top : top + strip]) - self._key) * weights
            distance[top : top + strip] = np.minimum(2.0 * np.sqrt(np.einsum("hwc,hwc->hw", away, away)), _FAR)
        if smooth_px:
            # Noise of single pixels goes; an edge stays where it is, as the median moves none.
            distance = cv2.medianBlur(distance, 3)
        limit = 2.0 * self._options.tolerance
        return (distance <= limit).astype(np.uint8), (distance <= min(_EDGE * limit, _FAR - 1)).astype(np.uint8)


def _pieces(inner: npt.NDArray[np.uint8], outer: npt.NDArray[np.uint8], min_area_px: float) -> list[Person]:
    """Connected pieces of ``outer``; the score is the share of ``inner`` in them."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(outer, connectivity=8)
    sure_px = np.bincount(pieces.ravel(), weights=inner.ravel(), minlength=count)
    people = []
    for piece in range(1, count):  # 0 is all the rest
        left, top, width, height, area_px = (int(value) for value in stats[piece])
        if area_px >= min_area_px:
            box = Box(left, top, left + width, top + height)
            people.append(Person(box, pieces[box.slices] == piece, float(min(1.0, sure_px[piece] / area_px))))
    return people


def _lab(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """CIELAB of (h, w, 3) sRGB: L in 0 to 100, a and b around 0."""
    lab: npt.NDArray[np.float32] = cv2.cvtColor(rgb.astype(np.float32) / 255.0, cv2.COLOR_RGB2Lab)
    return lab
