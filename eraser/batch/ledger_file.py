"""The sqlite file of a ledger: its tables, and clear messages for errors of sqlite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eraser.errors import LedgerError

FILE_NAME = ".erase-me.sqlite"
ENTRY_COLUMNS = ("photo", "sha256", "size_bytes", "mtime_ns", "settings_sha256", "status", "output", "mask", "leftover")
"""Of the table ``photos``: those that an entry is made of. The others are for people who look into the file."""

_APPLICATION_ID = 0x6572_6D65  # "erme"
_VERSION = 1
_BUSY_S = 30.0
_TABLES = """
CREATE TABLE settings (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE photos (
    photo BLOB PRIMARY KEY, sha256 TEXT, size_bytes INTEGER, mtime_ns INTEGER, settings_sha256 TEXT NOT NULL,
    status TEXT NOT NULL, output BLOB, mask BLOB, people INTEGER, gone INTEGER NOT NULL, leftover INTEGER,
    seconds REAL NOT NULL, error TEXT, exit_code INTEGER NOT NULL, attempts INTEGER NOT NULL, time REAL NOT NULL,
    version TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE files (
    path BLOB PRIMARY KEY, photo BLOB NOT NULL, photo_sha256 TEXT, size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_of_photo ON files (photo);
CREATE TABLE claims (
    photo BLOB PRIMARY KEY, owner TEXT NOT NULL, time REAL NOT NULL, sha256 TEXT, size_bytes INTEGER, mtime_ns INTEGER,
    deaths INTEGER NOT NULL
) WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file of a ledger, or make it and its folder. Statements outside a transaction commit at once.

    Raises:
        LedgerError: It is damaged, written by a newer version, no ledger at all, or cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"{path.parent}: the folder cannot be made ({error.strerror or error})") from error
    with explained(path):
        # Threads of one process share the connection; the ledger lets one at a time use it.
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of sqlite into a LedgerError: one line, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "locked" in reason:
            advice = "another process holds it: try again, or --no-ledger"
        elif "full" in reason:
            advice = "make room on the disk"
        else:
            advice = "choose another folder with -o, or --no-ledger"
        raise LedgerError(f"{path}: the ledger cannot be used ({reason}): {advice}") from error
    except sqlite3.DatabaseError as error:
        raise LedgerError(
            f"{path}: the ledger is damaged ({error}): remove it to begin a new one; no photo and no result is lost"
        ) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Check that the file is a usable ledger, or make its tables. Two processes may do this at the same time."""
    if (version := _version(connection, path)) == 0:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if (version := _version(connection, path)) == 0:
                for statement in filter(str.strip, _TABLES.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
                version = _VERSION
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    if version != _VERSION:
        raise LedgerError(f"{path}: this ledger was written by a newer erase-me: update, or choose another folder")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the ledger; 0 for an empty file."""
    version, application = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("user_version", "application_id")
    )
    if application == _APPLICATION_ID:
        return version
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise LedgerError(f"{path}: this is no ledger of erase-me: move it away, or choose another folder")
    return 0
