"""What becomes of an original once its result is on disk: it is kept, moved or deleted.

An original is never the only thing that is left of a photo, and then gone: it is deleted only after its result was
read back from disk at the photo's size, and only if nobody wrote to it since it was read. It is moved by giving it a
second name before the first is taken away, or by a copy that was compared with it.
"""

from __future__ import annotations

import contextlib
import filecmp
import itertools
import os
import shutil
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
    """Where they go with ``move``; the inbox's tree is mirrored there."""

    def dispose(self, photo: Path, look: Look, output: Path | None) -> str | None:
        """Do with a photo what is done after its turn.

        Args:
            photo: The original.
            look: Of the original when it was read. If it looks otherwise now, it stays.
            output: Its result; None if nobody was taken out and no copy was asked for. Such a photo is never deleted.

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
        """Move it below ``move_to`` without replacing anything, and tell where it is."""
        if self.move_to is None:
            raise ValueError("originals move, and nobody said where to")
        folder = self.move_to / photo.parent.relative_to(self.inbox)
        folder.mkdir(parents=True, exist_ok=True)
        for count in itertools.count(1):
            target = folder / (photo.name if count == 1 else f"{photo.stem}-{count}{photo.suffix}")
            try:
                _give_name(photo, target)
            except FileExistsError:
                if not _is_same(photo, target):
                    continue  # else an earlier run ended between the two names
            break
        sync_folder(folder)
        photo.unlink()
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
    """Let the names in a folder survive a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows opens no folders, and some network shares cannot sync them
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _give_name(photo: Path, target: Path) -> None:
    """Let a file appear under ``target`` as well: a second name, or on another file system a copy, compared.

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
