"""What a ledger knows of a photo, and whether it is still true."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from eraser.batch.settings import Settings

_DONE = frozenset({"erased", "unchanged", "copied"})


@dataclass(frozen=True, slots=True)
class Content:
    """Content, size and time of a photo's file at one moment."""

    sha256: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of a photo. The file has more columns, for people who look into it."""

    photo: Path
    status: str
    """Of its outcome, never ``skipped`` or ``listed``."""
    content: Content | None
    """None if the photo could not be read."""
    settings_sha256: str
    output: Path | None
    mask: Path | None
    leftover: int
    """How many may still be seen in the result."""


def look(photo: Path, known: Entry | None) -> Content | None:
    """The content of a photo now; None if it cannot be read. It is hashed only if its size or time has changed."""
    found = size_and_time(photo)
    if found is None or not photo.is_file():  # opening a pipe would wait for ever
        return None
    if known and known.content and (known.content.size_bytes, known.content.mtime_ns) == found:
        return known.content
    try:
        with photo.open("rb") as file:
            return Content(hashlib.file_digest(file, "sha256").hexdigest(), *found)
    except OSError:
        return None


def still_holds(entry: Entry, content: Content | None, settings: Settings, needs_output: bool) -> bool:
    """Whether the photo is done: same content, same settings, and the result is there if ``needs_output``."""
    if entry.status not in _DONE or entry.settings_sha256 != settings.sha256 or content is None:
        return False
    written = [path for path in (entry.output, entry.mask) if path is not None]
    is_same = entry.content is not None and entry.content.sha256 == content.sha256
    return is_same and not (needs_output and not all(map(os.path.lexists, written)))


def size_and_time(path: Path) -> tuple[int, int] | None:
    """Size in bytes and time of the last change in nanoseconds; None for a file that is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
