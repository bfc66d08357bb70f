"""What was done to which photo, kept beside the results. With it a run can go on after another one was killed.

It is a file ``.erase-me.sqlite`` in the folder of results (``-o``), or in the folder of photos if results lie beside
them. Any number of processes may use it at once. The steps for one photo:

    with Ledger.open(outbox) as ledger:
        match ledger.claim(photo, settings):        # "ours", "busy" (a living process has it) or "done"
            case "ours": ...
        ledger.announce(photo, result, stat)        # just before a result gets its name
        ledger.record(outcome, settings)            # done or failed: the claim ends
        ledger.release(photo)                       # or: nothing was done, as if it had never been claimed

``claim`` decides between two processes in one transaction, which also checks whether the other one has just finished.
If the process of a claim is dead, another one may take the claim over; if it is of another machine, after
``FOREIGN_CLAIM_S``. A result is announced with its size and time before it gets its name. So, if the process is killed
at any moment, the next one knows the files of the photo (``own_files``). It may replace those, and no others.

``entry(photo)`` is what is known; ``done(photo, settings)`` is the same, but only if it still holds. The ledger knows
photos by their place relative to its own folder, so that both may be moved together. It uses a rollback journal and no
WAL: a WAL needs memory that all readers share, and network drives do not offer that.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from eraser import __version__
from eraser.batch.entries import Content, Entry, look, size_and_time, still_holds
from eraser.batch.ledger_file import ENTRY_COLUMNS, FILE_NAME, connect, explained
from eraser.batch.outcome import Outcome
from eraser.batch.settings import Settings
from eraser.system.process_id import ProcessId, this_process
from eraser.system.words import storable

FOREIGN_CLAIM_S = 3600.0
"""How long a claim of another machine holds. Its processes cannot be seen from here."""
Claim: TypeAlias = Literal["ours", "busy", "done"]

_SELECT = f"SELECT {', '.join(ENTRY_COLUMNS)} FROM photos"


class Ledger:
    """The ledger of one folder of results. Threads may share it; another process opens its own.

    Every method raises LedgerError when the file is damaged, cannot be read or written, or stays locked.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self.folder = folder
        """The folder of the ledger, links resolved."""
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """Open the ledger of a folder. The ledger and the folder are made if they are not there.

        Raises:
            LedgerError: It is damaged, written by a newer version, no ledger at all, or cannot be made.
        """
        connection = connect(folder / FILE_NAME)
        return cls(connection, Path(os.path.realpath(folder)))

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE_NAME

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether a folder has a ledger."""
        return (folder / FILE_NAME).is_file()

    def entry(self, photo: Path) -> Entry | None:
        """What is known of a photo; None if nothing is."""
        with self._transaction() as run:
            row = run.execute(f"{_SELECT} WHERE photo = ?", (self._key(photo),)).fetchone()
        return None if row is None else self._entry(row)

    def entries(self) -> Iterator[Entry]:
        """All entries, in the order of the photos' places; at most 500 are held at once."""
        last = b""
        while True:
            with self._transaction() as run:
                rows = run.execute(f"{_SELECT} WHERE photo > ? ORDER BY photo LIMIT 500", (last,)).fetchall()
            if not rows:
                return
            yield from map(self._entry, rows)
            last = rows[-1][0]

    def done(self, photo: Path, settings: Settings, *, needs_output: bool = True) -> Entry | None:
        """The entry of a photo that was done; None if there is something to do.

        A photo is done if it was done with these settings, has the same content now, and its result is there.

        Args:
            photo: The photo; it is hashed only when its size or its time changed.
            settings: Those of this run.
            needs_output: If False, the result need not be there.
        """
        entry = self.entry(photo)
        if entry is None or not still_holds(entry, look(entry.photo, entry), settings, needs_output):
            return None
        return entry

    def claim(self, photo: Path, settings: Settings, *, again: bool = False, needs_output: bool = True) -> Claim:
        """Claim a photo, so that no other process does it.

        Args:
            photo: The photo; it may be missing.
            settings: Those of this run.
            again: Claim it even if it is done.
            needs_output: As in ``done``.

        Returns:
            ``ours`` until ``record`` or ``release``, ``busy`` while a living process has it, ``done``.
        """
        content = look(photo, self.entry(photo))  # before the transaction: hashing takes its time
        key, owner = self._key(photo), this_process()
        with self._transaction(writes=True) as run:
            claimed = run.execute("SELECT owner, time, sha256, deaths FROM claims WHERE photo = ?", (key,)).fetchone()
            if claimed and not _may_take_over(claimed[0], claimed[1], owner):
                return "busy"
            row = run.execute(f"{_SELECT} WHERE photo = ?", (key,)).fetchone()
            if not again and row and still_holds(self._entry(row), content, settings, needs_output):
                return "done"
            known = (None, None, None) if content is None else (content.sha256, content.size_bytes, content.mtime_ns)
            deaths = claimed[3] + (claimed[0] != str(owner)) if claimed and claimed[2] == known[0] else 0
            values = (key, str(owner), time.time(), *known, deaths)
            run.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return "ours"

    def deaths(self, photo: Path) -> int:
        """How many processes in a row ended while they had the photo, as it is, before the one that has it now."""
        with self._transaction() as run:
            row = run.execute("SELECT deaths FROM claims WHERE photo = ?", (self._key(photo),)).fetchone()
        return row[0] if row else 0

    def announce(self, photo: Path, file: Path, stat: os.stat_result) -> None:
        """Note a complete file of the photo that is about to get its name.

        Args:
            photo: The photo.
            file: The name that it gets.
            stat: Of the file, which still has its temporary name.
        """
        key = self._key(photo)
        with self._transaction(writes=True) as run:
            claim = run.execute("SELECT sha256 FROM claims WHERE photo = ?", (key,)).fetchone()
            row = (self._key(file), key, claim and claim[0], stat.st_size, stat.st_mtime_ns)
            run.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", row)

    def own_files(self, photo: Path, *, same_content: bool = False) -> frozenset[Path]:
        """The files that were written for the photo and have not changed since.

        Args:
            photo: The photo.
            same_content: Only files that were made of the same content as the photo has now. In a watched folder
                another photo may come under the name of one that is gone.
        """
        claimed = "AND photo_sha256 IN (SELECT sha256 FROM claims WHERE claims.photo = files.photo)"
        query = f"SELECT path, size_bytes, mtime_ns FROM files WHERE photo = ? {claimed if same_content else ''}"
        with self._transaction() as run:
            rows = run.execute(query, (self._key(photo),))
            written = [(self._path(key), (size_bytes, mtime_ns)) for key, size_bytes, mtime_ns in rows]
        return frozenset(path for path, known in written if size_and_time(path) == known)

    def photo_of(self, file: Path) -> Path | None:
        """The photo that a file was written for; None if the ledger does not know it."""
        with self._transaction() as run:
            row = run.execute("SELECT photo FROM files WHERE path = ?", (self._key(file),)).fetchone()
        return None if row is None else self._path(row[0])

    def record(self, outcome: Outcome, settings: Settings) -> None:
        """Keep what became of a photo, and end its claim. Of a skipped or listed photo nothing is kept."""
        if outcome.status in ("skipped", "listed") or outcome.ends_run:
            self.release(outcome.path)
            return
        key, error = self._key(outcome.path), outcome.error
        with self._transaction(writes=True) as run:
            row = run.execute("SELECT sha256, size_bytes, mtime_ns FROM claims WHERE photo = ?", (key,)).fetchone()
            content = (None, None, None) if row is None else row
            run.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (settings.sha256, settings.text))
            values = (
                *(key, *content, settings.sha256, outcome.status),
                *(self._key_or_none(outcome.output), self._key_or_none(outcome.mask)),
                None if outcome.people is None else len(outcome.people),
                sum(person.chosen for person in outcome.people or ()),
                outcome.leftover_people,
                sum(outcome.seconds.values()),
                *(None if error is None else storable(str(error)), 0 if error is None else error.exit_code),
                *(0 if error is None else 1, time.time(), __version__),
            )
            run.execute(f"INSERT OR REPLACE INTO photos VALUES ({', '.join('?' * len(values))})", values)
            run.execute("DELETE FROM claims WHERE photo = ?", (key,))

    def release(self, photo: Path) -> None:
        """End a claim of this process. The entry of the photo stays as it is."""
        row = (self._key(photo), str(this_process()))
        with self._transaction(writes=True) as run:
            run.execute("DELETE FROM claims WHERE photo = ? AND owner = ?", row)

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """Do the whole block, or nothing of it. With ``writes`` no other process writes at the same time."""
        with self._lock, explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def _key(self, path: Path) -> bytes:
        """A place relative to the ledger's folder, as bytes: file names may be no valid text.

        Links in the folder are resolved. The file itself is not: a link under the name of a result is that result.
        """
        real = Path(os.path.realpath(path.parent), path.name)
        try:
            place = Path(os.path.relpath(real, self.folder))
        except ValueError:  # another drive
            place = real
        return os.fsencode(place.as_posix())

    def _key_or_none(self, path: Path | None) -> bytes | None:
        return None if path is None else self._key(path)

    def _path(self, key: bytes) -> Path:
        return Path(os.path.normpath(self.folder / os.fsdecode(key)))

    def _entry(self, row: Sequence[Any]) -> Entry:
        values = dict(zip(ENTRY_COLUMNS, row, strict=True))
        sha256, *size_and_time = (values.pop(name) for name in ("sha256", "size_bytes", "mtime_ns"))
        for name in ("photo", "output", "mask"):
            values[name] = None if values[name] is None else self._path(values[name])
        return Entry(content=None if sha256 is None else Content(sha256, *size_and_time), **values)


def _may_take_over(claimant: str, since: float, owner: ProcessId) -> bool:
    """Whether a claim may be taken over: it is of this process, of a dead one, or an old one of another machine."""
    other = ProcessId.parse(claimant)
    if other is None or other == owner or other.is_dead:
        return True
    return not other.is_here and time.time() - since > FOREIGN_CLAIM_S
