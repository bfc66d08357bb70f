"""Failures that are not the fault of a photo: they would stop every photo, and may be over in a minute."""

from __future__ import annotations

import errno
import sqlite3

from eraser.errors import EraserError, LedgerError, PhotoWriteError

_REASONS = {
    "the disk is full": ("ENOSPC", "EDQUOT", "EFBIG"),
    "the folder cannot be written": ("EROFS", "EACCES", "EPERM"),
    "the folder of results cannot be reached": (
        *("EIO", "ESTALE", "ENOTCONN", "ENODEV", "ENXIO", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENOENT"),
    ),
    "too many files are open": ("EMFILE", "ENFILE"),
}
_BY_NUMBER = {
    getattr(errno, name): reason for reason, names in _REASONS.items() for name in names if hasattr(errno, name)
}
_FULL_IN_SQLITE = ("full", "disk I/O error")


def why_blocked(error: EraserError) -> str | None:
    """Why nothing can be written at the moment; None if the photo itself is to blame.

    A limit on the size of files counts as a full disk: no photo is as large as what file systems allow.
    """
    cause = error.__cause__
    if isinstance(cause, EraserError):  # the ledger could not be written when a result was announced
        return why_blocked(cause)
    if isinstance(error, PhotoWriteError) and isinstance(cause, OSError) and cause.errno is not None:
        return _BY_NUMBER.get(cause.errno)
    if isinstance(error, LedgerError) and isinstance(cause, sqlite3.OperationalError):
        is_full = any(said in str(cause) for said in _FULL_IN_SQLITE)
        return "the disk is full" if is_full else f"the ledger cannot be used ({cause})"
    return None
