"""From what a person names, files and folders, to the photos that are meant."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eraser.errors import PhotoReadError
from eraser.photo import PHOTO_SUFFIXES

_OUR_STEM = re.compile(r".+\.(?P<kind>erased|mask|people|compare)(-\d+)?")


@dataclass(frozen=True, slots=True)
class InputPhoto:
    """A photo to work on, or the reason why there is none."""

    path: Path
    below: Path = Path()
    """Its folder, relative to the input folder that it was found in; empty for a photo named itself."""
    problem: PhotoReadError | None = None
    """Set for a folder without photos, or one that cannot be read."""


def find_photos(given: Iterable[Path], leave_out: Iterable[Path] = ()) -> list[InputPhoto]:
    """Photos named, and photos in the folders named and below them, each once, sorted within a folder.

    In a folder, hidden files and folders, what is no photo by its suffix, and results of earlier runs are left out,
    and links to other folders are not followed. A file that is named itself is always taken.

    Args:
        given: Files and folders. A path that does not exist is kept: reading it will say so.
        leave_out: Files that are not taken from a folder, such as the mask of this run.
    """
    left_out = {os.path.realpath(path) for path in leave_out}
    photos: dict[str, InputPhoto] = {}
    for path in given:
        for photo in _in_folder(path, left_out) if is_folder(path) else [InputPhoto(path)]:
            photos.setdefault(os.path.realpath(photo.path), photo)
    return list(photos.values())


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; a name that the system refuses is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_ours(path: Path) -> bool:
    """Whether the name is that of a result: ``a.erased.jpg``, ``a.erased-2.jpg``, ``a.mask.png``, ``a.people.png``...

    A sheet of ``eraser compare`` is one, too.
    """
    match = _OUR_STEM.fullmatch(path.stem)
    return match is not None and (match["kind"] == "erased" or path.suffix == ".png")


def _in_folder(folder: Path, left_out: set[str]) -> Iterator[InputPhoto]:
    """The photos below a folder, or why there are none; a subfolder that cannot be read is a problem of its own."""
    unreadable: list[OSError] = []
    photos, ours = 0, 0
    for name, subfolders, files in os.walk(folder, onerror=unreadable.append):
        subfolders[:] = sorted(subfolder for subfolder in subfolders if not subfolder.startswith("."))
        here = Path(name)
        for path in sorted(here / file for file in files):
            if path.name.startswith(".") or path.suffix.lower() not in PHOTO_SUFFIXES:
                continue
            if is_ours(path):
                ours += 1
            elif os.path.realpath(path) not in left_out:
                photos += 1
                yield InputPhoto(path, here.relative_to(folder))
    for error in unreadable:
        where = Path(error.filename)
        yield InputPhoto(where, problem=PhotoReadError(f"{where}: the folder cannot be read ({error.strerror})"))
    if not photos and not unreadable:
        results = f"; results of erase-me ({ours}) are left out" if ours else ""
        yield InputPhoto(folder, problem=PhotoReadError(f"{folder}: there are no photos in this folder{results}"))
