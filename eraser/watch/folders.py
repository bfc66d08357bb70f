"""The two folders of a watch: they must not overlap, and they may vanish."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eraser.errors import WatchError
from eraser.system.files import file_identity


def check_folders(inbox: Path, outbox: Path, move_to: Path | None = None) -> None:
    """Refuse folders in which results would be taken for new photos without end.

    Neither folder may lie in the other. If the inbox lies in the outbox, the outbox gets the same subfolders as the
    inbox; one that has the inbox's own name would put results into the inbox. Folders are compared by device and inode,
    so links, mounts and upper and lower case make no difference.

    Args:
        inbox: The folder that is watched.
        outbox: Where results go; it need not exist.
        move_to: Where originals go, if they move; it need not exist.

    Raises:
        WatchError: They overlap, or there is no folder to watch.
    """
    if not inbox.is_dir():
        raise WatchError(f"{inbox}: there is no such folder to watch: make it, or name another one")
    for folder, what in ((outbox, "results"), (move_to, "originals")):
        if folder is None:
            continue
        if folder.exists() and folder.samefile(inbox):
            raise WatchError(f"{folder}: {what} cannot go into the watched folder itself: choose another one")
        if _lies_in(folder, inbox):
            raise WatchError(
                f"{folder}: it lies in the watched folder {inbox}, where {what} would be taken for new photos: "
                "choose a folder outside"
            )
        if _lies_in(inbox, folder):
            raise WatchError(
                f"{folder}: the watched folder {inbox} lies in it, so that {what} could get into that: "
                "choose a folder beside it"
            )


def make_outbox(outbox: Path) -> None:
    """Make the folder of results, unless it is there.

    Raises:
        WatchError: It cannot be made, or nothing can be written into it.
    """
    try:
        outbox.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WatchError(
            f"{outbox}: the folder cannot be made ({error.strerror or error}): choose another -o"
        ) from None
    if not os.access(outbox, os.W_OK | os.X_OK):
        raise WatchError(f"{outbox}: no permission to write into this folder: choose another one with -o")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that may vanish, as network shares and sticks do, and come back."""

    path: Path
    is_mount: bool
    """Whether it is a mount point. If nothing is mounted there any more, the folder is another, empty one."""

    @classmethod
    def of(cls, path: Path) -> Place:
        """The folder as it is now."""
        return cls(path, path.is_mount())

    def identity(self) -> tuple[int, int] | None:
        """Device and inode; None while it is gone."""
        with contextlib.suppress(OSError):
            if self.path.is_dir() and (not self.is_mount or self.path.is_mount()):
                return file_identity(self.path)
        return None


def _lies_in(inner: Path, outer: Path) -> bool:
    """Whether a folder, or the nearest one above it that exists, is ``outer`` or below it."""
    wanted = outer.stat() if outer.exists() else None
    if wanted is None:
        return False
    return any(os.path.samestat(found, wanted) for found in _stats_above(inner))


def _stats_above(folder: Path) -> Iterator[os.stat_result]:
    real = Path(os.path.realpath(folder))
    for place in (real, *real.parents):
        with contextlib.suppress(OSError):
            yield place.stat()
