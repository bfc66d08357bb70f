"""Which files of the inbox are taken, by name and kind. Their content is checked later.

Not taken: hidden files and folders, files that programs are still writing (by their names), links, folders that systems
make for themselves, results of erase-me, and files without the suffix of a photo.
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
"""Thumbnails and waste baskets of network storage and Windows, in lower case."""
_UNFINISHED = frozenset({".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".filepart", ".opdownload"})
"""Suffixes before that of a photo, as in ``a.part.jpg``. At the end of a name they are no suffix of a photo."""


@dataclass(frozen=True, slots=True)
class Look:
    """Size, time and identity of a file. If two looks are equal, no program has written to the file."""

    size: int
    """Bytes."""
    mtime_ns: int
    inode: int


def look_at(path: Path) -> Look | None:
    """The look of a regular file; None if it is gone, a link, a folder or a pipe."""
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

    A folder that cannot be read is left out: it may be readable in the next scan.
    """
    for name, folders, files in os.walk(below or inbox):
        folders[:] = sorted(filter(_is_wanted_folder, folders))
        here = Path(name)
        for path in sorted(here / file for file in files):
            if is_wanted(path, inbox) and look_at(path) is not None:
                yield path


def is_below_link(path: Path, inbox: Path) -> bool:
    """Whether a folder of the file is a link. Links are not followed, so such a file is not taken."""
    folder = path.parent
    while folder != inbox and folder != folder.parent:
        if folder.is_symlink():
            return True
        folder = folder.parent
    return False


def _is_wanted_folder(name: str) -> bool:
    return not name.startswith((".", "~")) and name.lower() not in _SYSTEM_FOLDERS
