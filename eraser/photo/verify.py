"""Reading a written file back: what it is, and whether anything outside the hole differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np

from eraser.errors import PhotoWriteError
from eraser.geometry import MaskArray
from eraser.photo.base import Photo
from eraser.photo.numbers import profile_of
from eraser.photo.read import load

LOSSLESS = frozenset(("PNG", "TIFF", "BMP"))


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was found in a written file."""

    format: str
    size_wh: tuple[int, int]
    mode: str
    """``grey`` or ``RGB``, with ``A`` for transparency, and the bits of a channel: ``RGBA 16``."""
    same_profile: bool
    """The colour profile is the photo's, or says what its numbers say, or both have none."""
    upright: bool
    """It is shown as it is stored."""
    lossless: bool
    """Pixels outside the hole must not differ."""
    outside_differ: int
    """Pixels outside the hole with another value than the photo's."""
    largest_difference: int
    """Of these, in levels of 16 bits where both have more than 8, else of 8."""
    own_blocks: bool = False
    """A JPEG in which only the blocks that the hole touches were encoded again."""

    def problem(self, source: Photo) -> str | None:
        """What is wrong with it; None if nothing is."""
        if self.size_wh != source.size_wh:
            own, wanted = (f"{width} x {height}" for width, height in (self.size_wh, source.size_wh))
            return f"it has {own} pixels, the photo {wanted}"
        if not self.upright:
            return "it would be shown turned"
        if self.lossless and self.outside_differ:
            return f"{self.outside_differ} pixels outside the hole differ, by {self.largest_difference} levels at most"
        return None


def read_back(file: BinaryIO, source: Photo, hole: MaskArray | None, *, lossless: bool) -> ReadBack:
    """What a written file holds.

    Args:
        file: The file, which can be sought.
        source: The photo that it was made of.
        hole: (H, W) bool; None if nothing was filled.
        lossless: Whether the encoder loses nothing.

    Raises:
        PhotoReadError: It cannot be read.
    """
    file.seek(0)
    written = load(file)
    mode = ("grey" if written.grey else "RGB") + ("A" if written.alpha is not None else "")
    bits = 8 if written.deep is None else written.deep_bits
    differ = largest = 0
    if written.size_wh == source.size_wh:
        use_deep = written.deep is not None and source.deep is not None and written.deep.shape == source.deep.shape
        new, old = (written.deep, source.deep) if use_deep else (written.image, source.image)
        if new is not None and old is not None:
            outside = np.ones(new.shape[:2], np.bool_) if hole is None else ~hole
            flattened = source.alpha is not None and written.alpha is None
            if flattened and source.alpha is not None:
                outside &= source.alpha == 255  # the rest was laid on white
            apart = cv2.absdiff(new, old).reshape(new.shape)
            distance = np.maximum.reduce([apart[..., channel] for channel in range(apart.shape[2])])
            distance[~outside] = 0
            differ, largest = int(np.count_nonzero(distance)), int(distance.max(initial=0))
    wanted = source.icc_profile or (profile_of(source.png_colour) if written.icc_profile else None)
    return ReadBack(
        format=written.format,
        size_wh=written.size_wh,
        mode=f"{mode} {bits}",
        same_profile=written.icc_profile == wanted,
        upright=written.was_upright,
        lossless=lossless,
        outside_differ=differ,
        largest_difference=largest,
    )


def check(found: ReadBack, source: Photo) -> None:
    """Raise PhotoWriteError if a written file is not what it should be."""
    if (problem := found.problem(source)) is not None:
        raise PhotoWriteError(f"the written file is wrong: {problem}; nothing was kept of it")
