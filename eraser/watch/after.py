"""What happens to an original when its result is on disk: it is kept, moved or deleted.

No original is lost. It is deleted only after its result was read back from disk and has the size of the photo, and only
if no program has written to the original since it was read. To move it, it gets a second name before the first one is
removed; to another file system it is copied, and the copy is compared with it.
"""

from __future__ import annotations

import contextlib
import filecmp
import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eraser.config import After
from eraser.errors import PhotoError, PhotoWriteError
from eraser.photo import load, save_copy
from eraser.watch.names import Look, look_at


@dataclass(frozen=True, slots=True)
class Originals:
    """What is done with originals."""

    inbox: Path
    after: After = "keep"
    move_to: Path | None = None
    """Where they go with ``move``, into the same subfolders as in the inbox."""

    def dispose(self, photo: Path, look: Look, output: Path | None) -> str | None:
        """Keep, move or delete the original of a photo that is done.

        Args:
            photo: The original.
            look: Of the original when it was read. If it is different now, the original stays.
            output: Its result; None if there is none. Then the original is never deleted.

        Returns:
            What a person should know about it, if anything.
        """
        if self.after == "keep":
            return None
        try:
            if output is None and self.after == "delete":
                return "the original is kept, since there is no result"
            if output is not None:
                check_result(output, photo)
            if look_at(photo) != look:
                return "the original is kept, since somebody wrote to it meanwhile"
            if self.after == "delete":
                photo.unlink()
                return None
            return f"the original was moved to {self._move(photo)}"
        except (PhotoError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            return f"the original is kept: {reason}"

    def _move(self, photo: Path) -> Path:
        """Move it below ``move_to`` without replacing a file. Returns its new path."""
        if self.move_to is None:
            raise ValueError("originals are to be moved, and move_to is None")
        folder = self.move_to / photo.parent.relative_to(self.inbox)
        folder.mkdir(parents=True, exist_ok=True)
        target = put_into(folder, photo, _give_name)
        sync_folder(folder)
        photo.unlink()
        return target


def put_into(folder: Path, photo: Path, put: Callable[[Path, Path], None]) -> Path:
    """Put a photo into a folder, under its name, or with a number if another photo lies there.

    If the same photo lies there, byte for byte, nothing is done: an earlier watch has put it there.

    Args:
        folder: Where to.
        photo: The photo.
        put: Called with the photo and its new path; raises FileExistsError if there is a file.

    Returns:
        The new path.
    """
    for count in itertools.count(1):
        target = folder / (photo.name if count == 1 else f"{photo.stem}-{count}{photo.suffix}")
        try:
            put(photo, target)
        except FileExistsError:
            if not _is_same(photo, target):
                continue
        break
    return target


def check_result(output: Path, photo: Path) -> None:
    """Make sure that a result is on disk and whole.

    Raises:
        PhotoError: It cannot be decoded, its size is not the photo's, or it is the photo itself.
    """
    if output.exists() and output.samefile(photo):
        raise PhotoWriteError(f"{output} is the photo itself, not its result")
    result, original = load(output).size_wh, load(photo).size_wh
    if result != original:
        raise PhotoWriteError(f"{output} has {result[0]} x {result[1]} pixels, the photo {original[0]} x {original[1]}")
    sync_folder(output.parent)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to disk, if the system can, so that they survive a power cut."""
    with contextlib.suppress(OSError):  # Windows opens no folders, and some network shares cannot sync them
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _give_name(photo: Path, target: Path) -> None:
    """Give a file a second name; on another file system make a copy and compare it.

    Raises:
        FileExistsError: Something lies there.
        PhotoWriteError: The copy failed. Nothing is left behind.
    """
    try:
        target.hardlink_to(photo)
    except FileExistsError:
        raise
    except OSError:
        save_copy(photo, target, overwrite=False)
        if not _is_same(photo, target):
            target.unlink()
            raise PhotoWriteError(f"{target}: the copy differs from the photo") from None
        with contextlib.suppress(OSError):
            shutil.copystat(photo, target)


def _is_same(photo: Path, target: Path) -> bool:
    return target.is_file() and filecmp.cmp(photo, target, shallow=False)
