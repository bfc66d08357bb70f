"""From the files and folders on the command line to photos."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from eraser.errors import PhotoReadError
from eraser.photo import PHOTO_SUFFIXES

LIST = Path("-")
"""In place of a file: a list of files, from stdin."""

_MAGIC = re.compile(r"[*?[]")
_OUR_STEM = re.compile(r".+\.(?P<kind>erased|mask|people|compare)(-\d+)?")


@dataclass(frozen=True, slots=True)
class InputPhoto:
    """A photo, or the reason why there is none."""

    path: Path
    below: Path = Path()
    """Its folder, relative to the input folder that it was found in; empty for a photo named itself."""
    problem: PhotoReadError | None = None
    """Set for a folder without photos, or one that cannot be read."""
    is_listed: bool = False
    """It comes from a list of paths, not from a folder."""

    @property
    def root(self) -> Path:
        """The input folder that it was found in; the folder of a photo named itself."""
        return self.path.parent if self.is_listed else self.path.parents[len(self.below.parts)]


def find_photos(
    given: Iterable[Path], leave_out: Iterable[Path] = (), *, recursive: bool = True, listed: Iterable[Path] = ()
) -> list[InputPhoto]:
    """The named photos, and the photos in named folders and below them. Each comes once, sorted within a folder.

    Of a folder or a pattern, hidden files and folders, files without a photo's suffix, and results of earlier runs are
    left out, and links to other folders are not followed. A file that is named itself is always taken.

    Args:
        given: Files, folders, and patterns. A path that does not exist is kept; reading it fails later.
        leave_out: Files that are not taken from a folder, such as the mask of this run.
        recursive: Take the photos of folders below a folder, too.
        listed: Further files. Their folders are kept below the folder of results, as ``cp --parents`` does.
    """
    left_out = {os.path.realpath(path) for path in leave_out}
    photos: dict[str, InputPhoto] = {}

    def found() -> Iterator[InputPhoto]:
        for path in given:
            if is_folder(path):
                yield from _in_folder(path, left_out, recursive=recursive)
            elif is_pattern(path):
                yield from _by_pattern(path, left_out, recursive=recursive)
            else:
                yield InputPhoto(path)
        for path in listed:
            yield InputPhoto(path, _below(path), is_listed=True)

    for photo in found():
        photos.setdefault(os.path.realpath(photo.path), photo)
    return list(photos.values())


_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
"""First bytes of pictures; no list of paths begins with them."""


def _is_picture(data: bytes) -> bool:
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    is_bmp = data.startswith(b"BM") and data[6:10] == b"\0\0\0\0"
    is_heif = data[4:8] == b"ftyp" and data.startswith(b"\0\0\0")
    return data.startswith(_PICTURES) or is_webp or is_bmp or is_heif


def read_list(data: bytes) -> list[Path]:
    """The paths in a list: one a line, or a NUL after each, as ``find -print0`` writes them.

    Raises:
        PhotoReadError: It is a picture, or UTF-16.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise PhotoReadError("the list on stdin is UTF-16: write it as UTF-8 (in PowerShell: Out-File -Encoding utf8)")
    if _is_picture(data):
        raise PhotoReadError("stdin holds a picture, not a list of photos: give the photo's path")
    data = data.removeprefix(codecs.BOM_UTF8)
    parts = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [Path(os.fsdecode(part)) for part in parts if part]


def names_several(path: Path) -> bool:
    """Whether a name on the command line may mean several photos."""
    return path == LIST or is_folder(path) or is_pattern(path)


def is_pattern(path: Path) -> bool:
    """Whether a name has ``*``, ``?`` or ``[`` and there is no file of that name."""
    return _MAGIC.search(os.fspath(path)) is not None and not os.path.lexists(path)


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; False if the system refuses the name."""
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


def _below(path: Path) -> Path:
    """The folders of a listed file; empty if they contain ``..``."""
    folder = path.parent
    return Path() if ".." in folder.parts else folder.relative_to(folder.anchor)


def _in_folder(folder: Path, left_out: set[str], *, recursive: bool) -> Iterator[InputPhoto]:
    """The photos below a folder, or why there are none."""
    walk = _Walk(left_out)
    yield from walk.photos(folder, depth=None if recursive else 1)
    if not walk.count:
        results = f"; results of erase-me ({walk.ours}) are left out" if walk.ours else ""
        yield InputPhoto(folder, problem=PhotoReadError(f"{folder}: there are no photos in this folder{results}"))


def _by_pattern(pattern: Path, left_out: set[str], *, recursive: bool) -> Iterator[InputPhoto]:
    """The photos and the photos of folders that match a pattern. They lie below the fixed part of the pattern."""
    fixed = next(index for index, part in enumerate(pattern.parts) if _MAGIC.search(part))
    base, names = Path(*pattern.parts[:fixed]), pattern.parts[fixed:]
    count, depth = 0, None if recursive or "**" in names else len(names) + 1
    for photo in _Walk(left_out).photos(base, depth=depth) if is_folder(base) else ():
        if photo.problem is not None or _matches(photo.path.relative_to(base).parts, names, recursive=recursive):
            count += 1
            yield photo
    if not count:
        yield InputPhoto(pattern, problem=PhotoReadError(f"{pattern}: no photo goes by such a name"))


def _matches(parts: Sequence[str], names: Sequence[str], *, recursive: bool) -> bool:
    """Whether a pattern matches a file, or a folder of the file if ``recursive``; ``**`` is any number of folders."""
    if not names:
        return recursive or len(parts) < 2
    if names[0] == "**" and _matches(parts, names[1:], recursive=recursive):
        return True
    if not parts:
        return False
    rest = names if names[0] == "**" else names[1:]
    return (names[0] == "**" or fnmatch(parts[0], names[0])) and _matches(parts[1:], rest, recursive=recursive)


class _Walk:
    """Finds photos in folders, and counts them."""

    def __init__(self, left_out: set[str]) -> None:
        self.count = self.ours = 0
        """Photos and problems; results of earlier runs."""
        self._left_out = left_out

    def photos(self, folder: Path, *, depth: int | None) -> Iterator[InputPhoto]:
        """The photos in a folder and below it, down to a depth. A folder that cannot be read gives a problem."""
        unreadable: list[OSError] = []
        for name, subfolders, files in os.walk(folder, onerror=unreadable.append):
            here = Path(name)
            below = here.relative_to(folder)
            is_deepest = depth is not None and len(below.parts) >= depth - 1
            subfolders[:] = [] if is_deepest else sorted(each for each in subfolders if not each.startswith("."))
            for path in sorted(here / file for file in files):
                if path.name.startswith(".") or path.suffix.lower() not in PHOTO_SUFFIXES:
                    continue
                if is_ours(path):
                    self.ours += 1
                elif os.path.realpath(path) not in self._left_out:
                    self.count += 1
                    yield InputPhoto(path, below)
        for error in unreadable:
            self.count += 1
            where = Path(error.filename)
            yield InputPhoto(where, problem=PhotoReadError(f"{where}: the folder cannot be read ({error.strerror})"))
