"""Files that appear whole or not at all, and what a killed process left of them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eraser.system.process_id import ProcessId, this_process

TEMPORARY_SUFFIX = ".erase-me.tmp"

_NAME = re.compile(rf"\.(?:(?P<owner>[0-9a-f]+-\d+-\d+)-)?[0-9a-f]{{12}}{re.escape(TEMPORARY_SUFFIX)}")
_UNTOUCHED_S = 24 * 3600.0
"""A file that has not changed for this long is abandoned. Processes on other machines cannot be asked."""


def file_identity(path: Path) -> tuple[int, int] | None:
    """Device and inode, the same for every name of a file; None for one that cannot be found."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def temporary_for(target: Path) -> Path:
    """A unique name beside ``target`` that holds the id of this process."""
    return target.with_name(f".{this_process()}-{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")


@contextmanager
def whole_file(
    target: Path, *, overwrite: bool = True, on_whole: Callable[[os.stat_result], None] | None = None
) -> Iterator[Path]:
    """A path beside ``target`` to write to. At the end the file takes the target's name; on an error it is removed.

    Args:
        target: The final name.
        overwrite: Replace a file of that name.
        on_whole: Called with the file's stat once all of it is on disk, before it gets its name.

    Raises:
        FileExistsError: A file of that name exists, and ``overwrite`` is False.
        OSError: The file cannot be written.
    """
    temporary = temporary_for(target)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
            if on_whole is not None:
                on_whole(os.fstat(file.fileno()))
        if overwrite:
            temporary.replace(target)
        else:
            _give_free_name(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _give_free_name(temporary: Path, target: Path) -> None:
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as FAT: take the name first
        target.open("x").close()
        temporary.replace(target)


def clear_stale(folder: Path) -> int:
    """Remove the temporary files in a folder that no living process will finish.

    Only names made by ``temporary_for`` are looked at.

    Returns:
        How many went. A folder that cannot be read, or a file that cannot be removed, is left alone.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for file in found:
            if (match := _NAME.fullmatch(file.name)) and _is_stale(match["owner"], file):
                with contextlib.suppress(OSError):
                    Path(file.path).unlink()
                    removed += 1
    return removed


def _is_stale(tag: str | None, file: os.DirEntry[str]) -> bool:
    owner = ProcessId.parse(tag) if tag else None
    if owner is not None and owner.is_here:
        return owner.is_dead
    return time.time() - file.stat(follow_symlinks=False).st_mtime > _UNTOUCHED_S
