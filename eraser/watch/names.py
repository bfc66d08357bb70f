"""What is taken from the inbox, by its name and its kind; what is inside decides later.

Left alone: hidden files and folders, names of programs that are still writing, links, folders that systems make
for themselves, results of erase-me, and whatever has no suffix of a photo.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eraser.batch.inputs import is_ours
from eraser.photo import PHOTO_SUFFIXES

_SYSTEM_FOLDERS = frozenset(
    {"@eadir", "#recycle", "@recycle", "$recycle.bin", "lost+found", "system volume information"}
)
"""Thumbnails and waste baskets of network storage and Windows, in small letters."""
_UNFINISHED = frozenset({".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".filepart", ".opdownload"})
"""Suffixes that stand before a photo's own in names such as ``a.part.jpg``; alone at the end no photo has them."""


@dataclass(frozen=True, slots=True)
class Look:
    """Size, time and identity of a file: two that are equal mean that the file was not written to."""

    size: int
    """Bytes."""
    mtime_ns: int
    inode: int


def look_at(path: Path) -> Look | None:
    """A glance at a regular file; None for one that is gone, a link, a folder, a pipe."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Look(found.st_size, found.st_mtime_ns, found.st_ino)


def is_wanted(path: Path, inbox: Path) -> bool:
    """Whether a path below the inbox, given without links in it, is taken by its name."""
    try:
        *folders, name = path.relative_to(inbox).parts
    except ValueError:
        return False
    if not all(_is_wanted_folder(folder) for folder in folders):
        return False
    if name.startswith((".", "~")) or path.suffix.lower() not in PHOTO_SUFFIXES:
        return False
    return Path(path.stem).suffix.lower() not in _UNFINISHED and not is_ours(path)


def scan(inbox: Path, below: Path | None = None) -> Iterator[Path]:
    """Files in the inbox, or in a folder below it, that are taken by their names; sorted within a folder.

    A folder that cannot be read is passed over: it may be readable when it is scanned again.
    """
    for name, folders, files in os.walk(below or inbox):
        folders[:] = sorted(filter(_is_wanted_folder, folders))
        here = Path(name)
        for path in sorted(here / file for file in files):
            if is_wanted(path, inbox) and look_at(path) is not None:
                yield path


def is_below_link(path: Path, inbox: Path) -> bool:
    """Whether a link leads to the folder of a file: links are not followed, nor is what lies behind them taken."""
    folder = path.parent
    while folder != inbox and folder != folder.parent:
        if folder.is_symlink():
            return True
        folder = folder.parent
    return False


def _is_wanted_folder(name: str) -> bool:
    return not name.startswith((".", "~")) and name.lower() not in _SYSTEM_FOLDERS
