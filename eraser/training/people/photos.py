"""Photos with outlined people (a YOLO-seg data set), and photos without anybody."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eraser.errors import PhotoReadError
from eraser.training.files import PHOTO_SUFFIXES, decode_upright, list_files, read_photos
from eraser.training.fingerprint import signature
from eraser.training.people.pixels import PixelBank, load_bank, shrink

log = logging.getLogger(__name__)

Polygon: TypeAlias = npt.NDArray[np.float32]
"""(P, 2) x and y in parts of the photo's width and height."""


@dataclass(frozen=True, slots=True)
class PeoplePhotos:
    """Photos and the outlines of everybody in them."""

    bank: PixelBank
    """RGB; the note is the photo's source, which is its name up to the first underscore."""
    outlines: tuple[tuple[Polygon, ...], ...]
    """The people of each photo, the largest first; none where nobody is in it."""
    ignored: tuple[tuple[Polygon, ...], ...] = ()
    """Outlines of regions where somebody may be, of each photo; empty where no data set names any."""


def load_people(folders: Sequence[Path], extra_labels: Path | None, cache_dir: Path, longest_px: int) -> PeoplePhotos:
    """Read data sets of ``images`` beside ``labels`` (one polygon a line, ``0 x y x y ...``, as ``read_labels`` says).

    Files of the same names in a folder ``ignore`` list boxes that are left out of the loss, as ``read_ignored`` says.

    Args:
        folders: Data sets.
        extra_labels: Folder of label files with people that the labels proper lack.
        cache_dir: Where the decoded photos are kept.
        longest_px: Longest side that they are kept at.

    Raises:
        PhotoReadError: A folder has another form, or a label cannot be read.
    """
    files = [file for folder in folders for file in labelled_photos(folder)]
    bank = load_bank(
        cache_dir / "people",
        [signature(file) for file in files] + [longest_px],
        3,
        lambda: (
            (shrink(decode_upright(data, name), longest_px), Path(name).stem.partition("_")[0])
            for _, name, data in read_photos(files)
        ),
    )
    outlines, ignored = [], []
    for file in files:
        unsure = file.parent.parent / "ignore" / f"{file.stem}.txt"
        ignored.append(tuple(read_ignored(unsure)) if unsure.is_file() else ())
        polygons = read_labels(file.parent.parent / "labels" / f"{file.stem}.txt")
        if extra_labels is not None and (extra := extra_labels / f"{file.stem}.txt").is_file():
            polygons += read_labels(extra)
        outlines.append(tuple(sorted(polygons, key=area, reverse=True)))
    if not any(outlines):
        log.warning("nobody is outlined in %s: people must be class 0", ", ".join(map(str, folders)))
    return PeoplePhotos(bank, tuple(outlines), tuple(ignored) if any(ignored) else ())


def load_backgrounds(inputs: Sequence[Path], cache_dir: Path, longest_px: int) -> PixelBank:
    """Photos without anybody, of folders and .tar files; the note is the folder that a photo lies in.

    Raises:
        PhotoReadError: An input does not exist, or there is no photo.
    """
    files = list_files(inputs)
    return load_bank(
        cache_dir / "backgrounds",
        [signature(file) for file in files] + [longest_px],
        3,
        lambda: ((shrink(decode_upright(data, name), longest_px), source) for source, name, data in read_photos(files)),
    )


def area(polygon: Polygon) -> float:
    """Of a polygon, in parts of the photo's area, by the shoelace formula."""
    x, y = polygon[:, 0].astype(np.float64), polygon[:, 1].astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def labelled_photos(folder: Path) -> list[Path]:
    """The photos of a data set that have a label file.

    Raises:
        PhotoReadError: It is no folder with ``images`` and ``labels``.
    """
    if not (folder / "images").is_dir() or not (folder / "labels").is_dir():
        raise PhotoReadError(f"{folder} must hold the folders images and labels, as YOLO data sets do")
    photos = (file for file in sorted((folder / "images").iterdir()) if file.suffix.lower() in PHOTO_SUFFIXES)
    return [file for file in photos if (folder / "labels" / f"{file.stem}.txt").is_file()]


def read_labels(path: Path) -> list[Polygon]:
    """The outlines of people in a label file: its polygons of class 0.

    Lines of other classes are left out, so a file that has no others, like an empty one, is of a photo without people:
    where a data set also outlines dogs, such photos teach that dogs are nobody.

    Raises:
        PhotoReadError: A line is no polygon.
    """
    polygons = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            numbers = [float(part) for part in line.split()]
        except ValueError:
            numbers = []
        if len(numbers) < 7 or len(numbers) % 2 == 0:
            raise PhotoReadError(f"line {number} of {path} is no polygon: it must read 0 x y x y x y ...")
        if numbers[0] == 0:
            polygons.append(np.array(numbers[1:], np.float32).reshape(-1, 2))
    return polygons


def read_ignored(path: Path) -> list[Polygon]:
    """Boxes in which somebody may or may not be, as outlines: lines of ``score x0 y0 x1 y1`` in parts of the photo.

    Raises:
        PhotoReadError: A line has another form.
    """
    corners = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            _, x0, y0, x1, y1 = (float(part) for part in line.split())
        except ValueError:
            raise PhotoReadError(f"line {number} of {path} is no box: it must read score x0 y0 x1 y1") from None
        corners.append(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32))
    return corners
