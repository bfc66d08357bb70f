"""Hidden files that results are while they are being written, and what a killed process left of them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from pathlib import Path

from eraser.system.process_id import Owner, this_process

TEMPORARY_SUFFIX = ".erase-me.tmp"

_NAME = re.compile(rf"\.(?:(?P<owner>[0-9a-f]+-\d+-\d+)-)?[0-9a-f]{{12}}{re.escape(TEMPORARY_SUFFIX)}")
_UNTOUCHED_S = 24 * 3600.0
"""Nobody writes on a file for so long; of a process on another machine it cannot be asked whether it lives."""


def temporary_for(target: Path) -> Path:
    """A name beside ``target`` that nobody else uses, and that says which process does."""
    return target.with_name(f".{this_process()}-{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")


def clear_stale(folder: Path) -> int:
    """Remove the temporary files in a folder that no living process will finish. Only names of ours are looked at.

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
    owner = Owner.parse(tag) if tag else None
    if owner is not None and owner.is_here:
        return owner.is_dead
    return time.time() - file.stat(follow_symlinks=False).st_mtime > _UNTOUCHED_S
