"""Photos that failed: a copy in ``failed/`` of the outbox, and beside it a text that says why."""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path

from eraser.errors import EraserError, PhotoWriteError
from eraser.photo import save_copy
from eraser.system.files import whole_file
from eraser.watch.after import put_into

FOLDER = "failed"


def keep_failure(photo: Path, below: Path, outbox: Path, error: EraserError) -> Path:
    """Copy a photo to ``failed/`` and say why beside it.

    If the same photo lies there already, byte for byte, it is not copied again. Another photo of the same name gets a
    number. If a photo cannot be read, there is only the text.

    Args:
        photo: The original, which stays where it is.
        below: Its folder in the inbox's tree.
        outbox: The folder of results.
        error: What went wrong.

    Returns:
        The text.

    Raises:
        PhotoWriteError: Nothing can be written into the outbox.
    """
    folder = outbox / FOLDER / below
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refusal:
        raise PhotoWriteError(f"{folder}: the folder cannot be made ({refusal.strerror})") from refusal
    text = f"{datetime.now():%Y-%m-%d %H:%M:%S}\n{photo}\n\n{error}\n\n"
    if can_be_read(photo):
        copy = put_into(folder, photo, functools.partial(save_copy, overwrite=False))
        text += "This is a copy; the photo is where it was. It is tried again when it changes.\n"
    else:
        copy = folder / photo.name
        text += "The photo cannot be read, so that there is no copy here. It is tried again when it changes.\n"
    reason = copy.with_name(f"{copy.name}.txt")
    _write(reason, text)
    return reason


def can_be_read(photo: Path) -> bool:
    """Whether a file can be read."""
    try:
        with photo.open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def _write(target: Path, text: str) -> None:
    """Write a text whole or not at all. Bytes of a file name that are no UTF-8 stay as they are."""
    try:
        with whole_file(target) as temporary:
            temporary.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    except OSError as error:
        raise PhotoWriteError(f"{target}: could not be written ({error.strerror or error})") from error
