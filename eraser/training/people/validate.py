"""How well people are found on photos with true outlines, by the masker that users get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eraser.geometry import ImageArray, MaskArray, Person
from eraser.hole.grow import make_hole
from eraser.maskers.base import Masker
from eraser.training.files import PHOTO_SUFFIXES, decode_upright
from eraser.training.people.cutouts import fill_outline
from eraser.training.people.photos import labelled_photos, read_labels

_LARGE = 0.01
"""People above that part of the photo count for recall."""


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo, and where people are in it."""

    image: ImageArray
    people: tuple[MaskArray, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """How a masker did."""

    recall: float
    """Part of the large people that a mask meets at an intersection over union of 0.5."""
    mean_iou: float
    """Of the masks that met somebody."""
    on_nobody: int
    """Masks of which less than a tenth lies on people, on photos that show somebody."""
    covered: float
    """Part of all pixels of people that lies under the masks, grown as holes are."""
    false_alarms: float
    """Part of the photos without people on which somebody was found."""

    @property
    def score(self) -> float:
        """One number to choose by: what is found and covered, less what nobody asked for."""
        return self.recall + self.covered - self.false_alarms / 2 - min(self.on_nobody / 100, 1.0)


@dataclass(slots=True)
class _Tally:
    large: int = 0
    overlaps: list[float] = field(default_factory=list)
    on_nobody: int = 0
    pixels: int = 0
    covered: int = 0
    empty: int = 0
    alarms: int = 0


def load_labelled(folders: Sequence[Path], nobody: Sequence[Path] = ()) -> list[LabelledPhoto]:
    """Photos to validate on, at full size, upright as in training.

    Args:
        folders: Data sets, ``images`` beside ``labels``.
        nobody: Folders of photos without people.

    Raises:
        PhotoReadError: A folder has another form, or a photo or label cannot be read.
    """
    photos = []
    for file in (file for folder in folders for file in labelled_photos(folder)):
        image = decode_upright(file.read_bytes(), file)
        polygons = read_labels(file.parent.parent / "labels" / f"{file.stem}.txt")
        photos.append(LabelledPhoto(image, tuple(fill_outline(polygon, image.shape) > 0 for polygon in polygons)))
    for file in (file for folder in nobody for file in sorted(folder.iterdir())):
        if file.suffix.lower() in PHOTO_SUFFIXES:
            photos.append(LabelledPhoto(decode_upright(file.read_bytes(), file), ()))
    return photos


def measure(masker: Masker, photos: Sequence[LabelledPhoto]) -> Figures:
    """The figures of a masker; where there is nothing to count, 0."""
    tally = _Tally()
    for photo in photos:
        _add(tally, photo, masker(photo.image))
    return Figures(
        recall=len(tally.overlaps) / max(tally.large, 1),
        mean_iou=float(np.mean(tally.overlaps)) if tally.overlaps else 0.0,
        on_nobody=tally.on_nobody,
        covered=tally.covered / max(tally.pixels, 1),
        false_alarms=tally.alarms / max(tally.empty, 1),
    )


def _add(tally: _Tally, photo: LabelledPhoto, found: Sequence[Person]) -> None:
    if not photo.people:
        tally.empty += 1
        tally.alarms += bool(found)
        return
    shape = photo.image.shape[:2]
    masks = [np.zeros(shape, bool) for _ in found]
    for mask, somebody in zip(masks, found, strict=True):
        mask[somebody.box.slices] = somebody.mask
    anybody = np.logical_or.reduce(photo.people)
    tally.on_nobody += sum(int((mask & anybody).sum()) < 0.1 * int(mask.sum()) for mask in masks)
    for person in photo.people:
        if person.mean() > _LARGE:
            tally.large += 1
            best = max((float((mask & person).sum() / (mask | person).sum()) for mask in masks), default=0.0)
            tally.overlaps += [best] if best >= 0.5 else []
    hole = make_hole(found, shape).mask
    tally.pixels += int(anybody.sum())
    tally.covered += int((anybody & hole).sum())
