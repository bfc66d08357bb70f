"""The ledgers of a run: which photos it claims, which files it may replace, what it records of each photo."""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path

from eraser.batch.inputs import InputPhoto
from eraser.batch.ledger import Ledger
from eraser.batch.outcome import Outcome
from eraser.batch.outputs import NOTHING_OURS, OverwritePolicy
from eraser.batch.settings import Settings
from eraser.errors import LedgerError
from eraser.system.files import clear_stale

log = logging.getLogger(__name__)

_OPEN_AT_ONCE = 16
"""How many ledgers are open at once. This is enough, because photos come one folder after another."""
DONE_BEFORE = "done in an earlier run"
BUSY = "another process is at it"


@dataclass(slots=True)
class RunLedger:
    """The ledgers of a run: one in the folder of results, or one in each input folder if results lie there."""

    settings: Settings
    folder: Path | None = None
    """Where all results go; None if they lie beside their photos."""
    resume: bool = False
    """Skip photos that are done, and replace stale results of earlier runs."""
    needs_output: bool = True
    """With ``resume``, do a photo again if its result is gone."""
    _ledgers: OrderedDict[Path, Ledger] = field(default_factory=OrderedDict, init=False)
    _tidied: set[Path] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def open(self, given: InputPhoto) -> Ledger:
        """The ledger of a photo.

        Raises:
            LedgerError: It cannot be used.
        """
        folder = self.folder or given.root
        with self._lock:
            if folder not in self._ledgers:
                if len(self._ledgers) >= _OPEN_AT_ONCE:
                    self._ledgers.popitem(last=False)[1].close()
                self._ledgers[folder] = Ledger.open(folder)
            self._ledgers.move_to_end(folder)
            return self._ledgers[folder]

    def close(self) -> None:
        """Close all ledgers."""
        while self._ledgers:
            self._ledgers.popitem()[1].close()

    def done(self, given: InputPhoto) -> Outcome | None:
        """The outcome of a photo that ``resume`` leaves alone; None if there is something to do."""
        if not self.resume or given.problem is not None or not Ledger.is_in(self.folder or given.root):
            return None
        entry = self.open(given).done(given.path, self.settings, needs_output=self.needs_output)
        if entry is None:
            return None
        return Outcome(
            path=given.path,
            status="skipped",
            why=DONE_BEFORE,
            output=_beside(entry.output, self.folder),
            leftover_people=entry.leftover,
        )

    def take(self, given: InputPhoto) -> Outcome | None:
        """Claim a photo; the outcome if there is nothing to do with it here.

        Raises:
            LedgerError: The ledger cannot be used.
        """
        claim = self.open(given).claim(given.path, self.settings, again=not self.resume, needs_output=self.needs_output)
        if claim == "ours":
            return None
        if claim == "done":
            return self.done(given) or Outcome(path=given.path, status="skipped", why=DONE_BEFORE)
        return Outcome(path=given.path, status="skipped", why=BUSY)

    def tidy(self, folder: Path) -> None:
        """Remove, once for each folder of results, the unfinished files of killed processes."""
        if folder not in self._tidied:
            self._tidied.add(folder)
            if removed := clear_stale(folder):
                log.info("%s: removed %d unfinished files of a run that was killed", folder, removed)

    def policy(self, given: InputPhoto, *, same_content: bool = False) -> OverwritePolicy:
        """What may be done with files that lie under the names of a photo's results.

        With ``resume``, an unchanged result of this photo may be replaced, whatever ``on_conflict``
        says.

        Args:
            given: The photo.
            same_content: Replace only results of the same picture. In a watched folder another photo may come under
                the same name, and then the result of the first photo may be all that is left of it.
        """
        if not Ledger.is_in(self.folder or given.root):
            return NOTHING_OURS
        ledger = self.open(given)
        own = ledger.own_files(given.path, same_content=same_content) if self.resume else frozenset()
        photo = _real(given.path)
        return OverwritePolicy(
            may_replace=lambda path: _real(path) in own,
            is_anothers=lambda path: ledger.photo_of(path) not in (None, photo),
            announce=lambda path, stat: self.open(given).announce(given.path, path, stat),
        )

    def record(self, given: InputPhoto, outcome: Outcome) -> Outcome:
        """Keep what became of a photo. If that fails, as on a full disk, a note in the outcome says so."""
        try:
            self.open(given).record(outcome, self.settings)
        except LedgerError as error:
            log.debug("not recorded", exc_info=error)
            return replace(outcome, notes=(*outcome.notes, f"what was done is not in the ledger: {error}"))
        return outcome


def _real(path: Path) -> Path:
    """The path as ledgers give it: links of its folder are resolved, the file itself is not."""
    return Path(os.path.realpath(path.parent), path.name)


def _beside(output: Path | None, folder: Path | None) -> Path | None:
    """The path of a result below the folder as it was given, which may contain links."""
    if output is None or folder is None:
        return output
    real = Path(os.path.realpath(folder))
    return folder / output.relative_to(real) if output.is_relative_to(real) else output
