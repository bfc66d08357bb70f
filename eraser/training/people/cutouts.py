"""People cut out of photos, to be pasted elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from eraser.geometry import Box
from eraser.training.files import UInt8Array, decode_upright
from eraser.training.fingerprint import signature
from eraser.training.people.photos import PeoplePhotos, Polygon
from eraser.training.people.pixels import PixelBank, load_bank, shrink

log = logging.getLogger(__name__)

_SMALLEST_PX = 72
"""A cut-out of an outlined person is at least that tall: smaller ones have no details to learn."""
_DISJOINT = 0.02
"""Part of a person that others may cover: nobody is pasted with a hole where somebody else was."""


@dataclass(frozen=True, slots=True)
class Cutouts:
    """People on nothing."""

    bank: PixelBank
    """RGBA. The note says at which sides the photo had cut the person, of the letters l, t, r, b."""

    def __len__(self) -> int:
        return len(self.bank)

    def sides_cut(self, index: int) -> str:
        """Where the person goes on beyond the cut-out: letters of l, t, r, b."""
        return self.bank.notes[index]


def load_cutouts(folders: list[Path], photos: PeoplePhotos, cache_dir: Path, longest_px: int) -> Cutouts:
    """Cut-outs of the data sets' ``cutouts`` (RGBA) and ``masks`` folders and of the outlined people.

    Args:
        folders: Data sets; ``cutouts`` and ``masks`` (white on the person, named as the photo) may be missing.
        photos: The same data sets, decoded.
        cache_dir: Where the cut-outs are kept.
        longest_px: Longest side that they are kept at.

    Raises:
        PhotoReadError: A file cannot be read, or there is no cut-out.
    """
    files = sorted(file for folder in folders for name in ("cutouts", "masks") for file in (folder / name).glob("*.*"))
    masked = {file: photo for folder in folders for file, photo in _masked_photos(folder)}
    made_of = (
        [signature(file) for file in [*files, *masked.values()]],
        photos.bank.made_of,
        [[polygon.tobytes() for polygon in polygons] for polygons in photos.outlines],
        longest_px,
    )

    def decode() -> Iterator[tuple[UInt8Array, str]]:
        for file in files:
            if file.parent.name == "masks" and file not in masked:
                log.warning("skipping %s: there is no photo of this name", file)
                continue
            made = _cut_by_mask(masked[file], file) if file in masked else _read_rgba(file)
            if made is not None:
                yield shrink(made[0], longest_px), made[1]
        for index, polygons in enumerate(photos.outlines):
            for rgba, sides in _cut_by_outlines(photos.bank[index], polygons):
                yield shrink(rgba, longest_px), sides

    return Cutouts(load_bank(cache_dir / "cutouts", made_of, 4, decode))


def cut(photo: UInt8Array, mask: UInt8Array) -> tuple[UInt8Array, str] | None:
    """What a (H, W) mask of 0 and 1 covers, as RGBA with a soft edge inside the mask, and the sides it is cut at."""
    box = Box.of_mask(mask > 0)
    if box is None:
        return None
    height, width = mask.shape
    at_edge = {"l": box.x0 <= 1, "t": box.y0 <= 1, "r": box.x1 >= width - 1, "b": box.y1 >= height - 1}
    crop = np.pad(mask[box.slices].astype(np.float32), 2)
    # Beyond the photo's edge the person goes on, so there the cut-out stays solid.
    for side, rows in (("t", np.s_[:2]), ("b", np.s_[-2:])):
        if at_edge[side]:
            crop[rows] = crop[2] if side == "t" else crop[-3]
    for side, columns in (("l", np.s_[:, :2]), ("r", np.s_[:, -2:])):
        if at_edge[side]:
            crop[columns] = crop[:, 2:3] if side == "l" else crop[:, -3:-2]
    soft = np.clip(cv2.GaussianBlur(crop, (0, 0), 0.8)[2:-2, 2:-2] * 1.6 - 0.5, 0, 1)
    rgba = np.dstack([photo[box.slices], np.round(soft * 255).astype(np.uint8)])
    return rgba, "".join(side for side, touched in at_edge.items() if touched)


def _read_rgba(file: Path) -> tuple[UInt8Array, str] | None:
    rgba = decode_upright(file.read_bytes(), file, "RGBA")
    return (rgba, "") if (rgba[..., 3] > 127).any() else None


def _masked_photos(folder: Path) -> Iterator[tuple[Path, Path]]:
    """(mask, photo) for each file of ``masks`` that has a photo of its name."""
    photos = {file.stem: file for file in sorted((folder / "images").glob("*.*"), reverse=True)}
    for file in sorted((folder / "masks").glob("*.*")):
        if file.stem in photos:
            yield file, photos[file.stem]


def _cut_by_mask(photo_file: Path, mask_file: Path) -> tuple[UInt8Array, str] | None:
    photo = decode_upright(photo_file.read_bytes(), photo_file)
    mask = decode_upright(mask_file.read_bytes(), mask_file, "L")
    if mask.shape != photo.shape[:2]:
        fitted = Image.fromarray(mask).resize((photo.shape[1], photo.shape[0]), Image.Resampling.BILINEAR)
        mask = np.asarray(fitted)
    return cut(photo, (mask > 127).astype(np.uint8))


def _cut_by_outlines(photo: UInt8Array, polygons: tuple[Polygon, ...]) -> Iterator[tuple[UInt8Array, str]]:
    masks = [fill_outline(polygon, photo.shape[:2]) for polygon in polygons]
    total = np.sum(masks, axis=0) if masks else None
    for mask in masks:
        tall = np.flatnonzero(mask.any(axis=1))
        if len(tall) < _SMALLEST_PX or total is None or (total[mask > 0] > 1).mean() > _DISJOINT:
            continue
        made = cut(photo, mask)
        if made is not None and not {"l", "r"} <= set(made[1]):
            yield made


def fill_outline(polygon: Polygon, shape: tuple[int, ...]) -> UInt8Array:
    """The polygon as a mask of 0 and 1 of that (H, W)."""
    points = np.round(polygon * (shape[1], shape[0]) * 8).astype(np.int32)
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [points], 1, shift=3)
    return mask
