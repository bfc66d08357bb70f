"""What a watch does with each photo that arrives. After that the photo is done, has failed, or is tried again later.

First the photo is claimed in the ledger, so that no other watch does it. Then it is erased, then recorded, and then its
original is moved or deleted. If the watch is killed between two of these steps, the next watch goes on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from errno import ENOENT
from pathlib import Path
from typing import Protocol

from eraser.batch import InputPhoto, Outcome
from eraser.batch.entries import Entry
from eraser.batch.ledger import Ledger
from eraser.batch.outputs import OverwritePolicy
from eraser.batch.run_ledger import RunLedger
from eraser.errors import EraserError, MaskerTimeoutError, PhotoReadError, PhotoWriteError
from eraser.system.files import file_identity
from eraser.watch.after import Originals
from eraser.watch.blocked import why_blocked
from eraser.watch.failed import can_be_read, keep_failure
from eraser.watch.folders import Place
from eraser.watch.loop import Verdict
from eraser.watch.names import look_at
from eraser.watch.settle import Arrival

log = logging.getLogger(__name__)

MOST_DEATHS = 3
"""If so many processes in a row die while they do a photo, it is not tried again: it may have killed them."""


class Reports(Protocol):
    """Shows what happens to the user."""

    def photo(self, outcome: Outcome, note: str | None) -> None:
        """Called when a photo is done or has failed; the note is about its original."""

    def notice(self, text: str) -> None:
        """Called with what concerns all photos, such as a full disk."""


@dataclass(slots=True)
class WatchHandler:
    """Does photos of one inbox."""

    inbox: Path
    outbox: Place
    ledger: RunLedger
    process: Callable[[InputPhoto, OverwritePolicy], Outcome]
    """Takes the people out of one photo and writes the result; never raises."""
    originals: Originals
    reports: Reports
    waits: bool = True
    """Whether to wait while nothing can be written. If False, that is an error."""
    _ledger_file: tuple[int, int] | None = field(default=None, init=False)
    _blocked: str | None = field(default=None, init=False)

    def __call__(self, arrival: Arrival) -> Verdict:
        """Do one photo.

        Raises:
            EraserError: No photo can be done any more, as without weights.
        """
        try:
            if self.outbox.identity() is None:
                raise PhotoWriteError(f"{self.outbox.path}: the folder is gone") from FileNotFoundError(ENOENT, "gone")
            verdict = self._do(arrival, self._open_ledger(arrival))
        except EraserError as error:
            reason = why_blocked(error)
            if reason is None or not self.waits:
                raise
            self.ledger.close()  # if the disk comes back, it may have another ledger
            self._say_blocked(f"{self.outbox.path}: {reason}: waiting until it works again", error)
            return Verdict.PAUSE
        except OSError as error:  # of the inbox, such as a network folder that breaks off while a photo is compared
            if arrival.is_last_try and not self.waits:
                raise PhotoReadError(f"{arrival.path}: {error.strerror or error}") from error
            log.info("%s: trying again later", arrival.path, exc_info=error)
            return Verdict.LATER
        if self._blocked:
            self._blocked = None
            self.reports.notice(f"{self.outbox.path}: it works again: going on")
        return verdict

    def _open_ledger(self, arrival: Arrival) -> Ledger:
        """The ledger that lies in the outbox now. It may not be the one that lay there a minute ago."""
        given = self._given(arrival)
        ledger = self.ledger.open(given)
        if file_identity(ledger.path) != self._ledger_file:
            self.ledger.close()
            ledger = self.ledger.open(given)
            self._ledger_file = file_identity(ledger.path)
        return ledger

    def _given(self, arrival: Arrival) -> InputPhoto:
        return InputPhoto(arrival.path, arrival.path.parent.relative_to(self.inbox))

    def _do(self, arrival: Arrival, ledger: Ledger) -> Verdict:
        photo = arrival.path
        claim = ledger.claim(photo, self.ledger.settings, needs_output=False)
        if claim == "busy":
            return Verdict.LATER
        if claim == "done":
            self._finish_done(arrival, ledger.entry(photo))
            return Verdict.DONE
        is_kept = False
        try:
            if self._has_failed_before(arrival, ledger.entry(photo)):
                return Verdict.DONE
            outcome = self._erase(arrival, ledger)
            verdict = self._judge(outcome, arrival)
            if verdict is Verdict.DONE and outcome.status != "skipped":
                ledger.record(replace(outcome, ends_run=False), self.ledger.settings)
                is_kept = True
        finally:
            if not is_kept:
                ledger.release(photo)
        if outcome.ends_run and outcome.error:  # recorded, so that the next start leaves that photo alone
            raise outcome.error
        if verdict is Verdict.DONE and outcome.error is None:
            is_done = outcome.status != "skipped"
            note = self.originals.dispose(photo, arrival.look, outcome.output) if is_done else None
            self.reports.photo(outcome, note)
        return verdict

    def _erase(self, arrival: Arrival, ledger: Ledger) -> Outcome:
        if (deaths := ledger.deaths(arrival.path)) >= MOST_DEATHS:
            error = EraserError(f"erase-me ended {deaths} times while it was at this photo, which is now left alone")
            return Outcome(path=arrival.path, status="failed", error=error)
        given = self._given(arrival)
        self.ledger.tidy(self.outbox.path / given.below)
        return self.process(given, self.ledger.policy(given, same_content=True))

    def _judge(self, outcome: Outcome, arrival: Arrival) -> Verdict:
        """What an outcome means. If the photo has failed, it is copied to ``failed/`` and reported."""
        error = outcome.error
        if error is None:
            return Verdict.DONE
        if outcome.ends_run and not isinstance(error, MaskerTimeoutError):
            raise error
        if look_at(arrival.path) != arrival.look:  # gone, or written to meanwhile
            return Verdict.LATER
        if why_blocked(error):
            raise error
        if isinstance(error, PhotoReadError) and not arrival.is_last_try:
            log.info("%s: not whole yet? %s", arrival.path, error)
            return Verdict.LATER
        try:
            note = f"see {keep_failure(arrival.path, self._given(arrival).below, self.outbox.path, error)}"
        except PhotoWriteError as refusal:
            if why_blocked(refusal):
                raise
            note = f"no copy is kept: {refusal}"  # as of a name that has no room for ".txt": no reason to end
        self.reports.photo(replace(outcome, status="failed"), note)
        return Verdict.DONE

    def _has_failed_before(self, arrival: Arrival, entry: Entry | None) -> bool:
        """Whether this photo has failed with these settings. Then it is not tried until one of the two changes."""
        if entry is None or entry.status != "failed" or entry.settings_sha256 != self.ledger.settings.sha256:
            return False
        if entry.content is None:  # it could not be read
            return not can_be_read(arrival.path)
        return (entry.content.size_bytes, entry.content.mtime_ns) == (arrival.look.size, arrival.look.mtime_ns)

    def _finish_done(self, arrival: Arrival, entry: Entry | None) -> None:
        """Move or delete the original of a photo that another watch, or one that was killed, has done."""
        if entry is not None and (note := self.originals.dispose(arrival.path, arrival.look, entry.output)):
            log.info("%s: %s", arrival.path, note)

    def _say_blocked(self, text: str, error: EraserError) -> None:
        log.debug("blocked", exc_info=error)
        if text != self._blocked:
            self._blocked = text
            self.reports.notice(text)
