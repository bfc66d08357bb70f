"""Photos of a store in one process: while one photo is filled, the next is fetched and the one before is sent."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eraser.archive.claims import Claims, Done, Ours
from eraser.archive.names import Names
from eraser.archive.photos import StoredPhoto
from eraser.archive.record import Record, outcome_fields
from eraser.archive.results import Results, TakenError
from eraser.batch.failures import as_error
from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome, Stored
from eraser.batch.prefetch import prefetched
from eraser.batch.process import Job, PhotoProcessor
from eraser.batch.run_ledger import BUSY, DONE_BEFORE
from eraser.errors import EraserError, PhotoReadError, PhotoWriteError
from eraser.photo import load, load_mask
from eraser.storage import open_store


@dataclass(slots=True)
class _Task:
    """A photo on its way."""

    photo: StoredPhoto
    names: Names
    job: Job
    claim: Ours | None = None
    sha256: str | None = None
    data: bytes = b""
    """The bytes of the photo; empty if no copy can be wanted."""


@dataclass(slots=True)
class ArchiveRun:
    """Does photos in this process."""

    processor: PhotoProcessor
    """Fills photos. Its outputs are not used: they are for files."""
    results: Results
    claims: Claims
    output: str
    """The folder of results."""

    def erase(self, photos: Iterable[StoredPhoto]) -> Generator[Outcome, None, None]:
        """An outcome for each photo, in order. The run ends early after an outcome that ends it."""
        outcomes = prefetched(photos, self._begin, self._fill, self._finish, lambda task: task.job.pixels)
        with closing(outcomes):
            for outcome in outcomes:
                yield outcome
                if outcome.ends_run:
                    return

    def close(self) -> None:
        """Give back the photos that this process has claimed."""
        with contextlib.suppress(Exception):  # the store may be what failed; a claim ends by itself
            self.claims.release_all()

    def _begin(self, photo: StoredPhoto) -> _Task:
        task = _Task(photo, Names.of(photo, self.output), Job(InputPhoto(Path(photo.name))))
        with task.job.failures_are_outcome():
            if photo.problem is not None:
                raise photo.problem
            try:
                claim = self.claims.take(photo, task.names)
            except OSError as error:
                raise PhotoWriteError(f"{task.names.record}: could not be claimed ({error})") from error
            if isinstance(claim, Done):
                task.job.outcome = _done_outcome(photo, claim.record, is_news=claim.is_same_run)
            elif isinstance(claim, Ours):
                task.claim = claim
                self._read(task, claim)
            else:
                task.job.outcome = Outcome(
                    path=Path(photo.name), status="skipped", why=BUSY, stored=Stored(photo=photo.address)
                )
        return task

    def _read(self, task: _Task, claim: Ours) -> None:
        job, mask = task.job, self.processor.mask
        if self.results.config.on_conflict == "skip" and not claim.is_same_run:
            job.outcome = self.results.likely_conflict(task.photo, task.names, claim)
            if job.outcome is not None:
                return
        self.processor.on_step(job.given.path, "fetching")
        with job.clock("fetch"):
            task.data = self._fetch(task.photo.address)
            task.sha256 = hashlib.sha256(task.data).hexdigest()
        before = claim.before
        if before is not None and self._is_done(before, task.sha256, is_same_run=claim.is_same_run):
            self.claims.end(task.names, replace(before, input_version=task.photo.version))
            task.claim = None
            job.outcome = _done_outcome(task.photo, before, is_news=claim.is_same_run)
            return
        with job.clock("load"):
            job.photo = replace(load(task.data), path=Path(task.photo.name))
            job.outcome = self.results.conflict(task.photo, task.names, job.photo, claim)
            if job.outcome is None and mask is not None:
                job.mask = load_mask(mask.path, job.photo.size_wh, invert=mask.invert)
        if not self.results.config.copy_unchanged:
            task.data = b""

    def _is_done(self, before: Record, sha256: str, *, is_same_run: bool) -> bool:
        """Whether a record still holds for a photo whose ETag or time has changed, because its content is the same."""
        is_asked = self.claims.resume or is_same_run
        is_same = before.is_done and before.input_sha256 == sha256 and self.claims.fits(before)
        return is_asked and is_same and self.claims.has_results(before)

    def _fetch(self, address: str) -> bytes:
        try:
            return open_store(address).read(address)
        except FileNotFoundError as error:
            raise PhotoReadError(f"{address}: there is no such photo") from error
        except PermissionError as error:
            raise PhotoReadError(f"{address}: no permission to read it") from error
        except OSError as error:
            raise PhotoReadError(f"{address}: could not be fetched ({error})") from error

    def _fill(self, task: _Task) -> None:
        self.processor.fill(task.job)

    def _finish(self, task: _Task) -> Outcome:
        job, stored = task.job, Stored(photo=task.photo.address, photo_sha256=task.sha256)
        if job.outcome is None and job.photo is not None and job.result is not None:
            with job.failures_are_outcome():
                outcome = self.processor.describe(job, job.photo, job.result)
                if outcome.status != "unchanged":
                    self.processor.on_step(job.given.path, "sending")
                    with job.clock("save"):
                        outcome = self.results.write(stored, task.names, outcome, job, task.data)
                job.outcome = outcome
        outcome = job.outcome or Outcome(path=job.given.path, status="failed", error=EraserError("nothing was done"))
        outcome = replace(outcome, seconds=job.seconds)
        if outcome.node is None:
            outcome = replace(outcome, node=self.claims.node, actor=self.claims.actor)
        if outcome.stored is None:
            outcome = replace(outcome, stored=stored)
        return self._record(task, outcome)

    def _record(self, task: _Task, outcome: Outcome) -> Outcome:
        """Write the record of a photo that this process has claimed."""
        if task.claim is None:
            return outcome
        try:
            if outcome.status == "skipped" or outcome.ends_run or isinstance(outcome.error, TakenError):
                self.claims.release(task.names)
                return outcome
            settings = self.claims.settings
            stored = outcome.stored
            before = task.claim.before if outcome.error is not None else None
            files: dict[str, Any] = {
                "output": stored.output if stored and stored.output else before and before.output,
                "output_sha256": stored.output_sha256 if stored and stored.output else before and before.output_sha256,
                "mask": stored.mask if stored else None,
            }
            record = Record(
                input=task.photo.address,
                run=self.claims.run,
                time=time.time(),
                input_version=task.photo.version,
                input_sha256=task.sha256,
                settings_sha256=settings.sha256,
                settings=json.loads(settings.text),
                node=self.claims.node,
                actor=self.claims.actor,
                **files,
                **outcome_fields(outcome),
            )
            self.claims.end(task.names, record)
        except Exception as error:
            return replace(outcome, notes=(*outcome.notes, f"what was done is not in its record: {as_error(error)}"))
        return outcome


def _done_outcome(photo: StoredPhoto, record: Record, *, is_news: bool) -> Outcome:
    """The outcome of a photo whose record holds. With ``is_news`` this run did it, but could not say so."""
    stored = Stored(
        photo=photo.address,
        output=record.output,
        mask=record.mask,
        photo_sha256=record.input_sha256,
        output_sha256=record.output_sha256,
        settings_sha256=record.settings_sha256,
        earlier=record.status,
    )
    status: Any = record.status if is_news else "skipped"
    return Outcome(
        path=Path(photo.name),
        status=status,
        why="" if is_news else DONE_BEFORE,
        leftover_people=record.leftover_people,
        stored=stored,
        node=record.node,
        actor=record.actor,
    )
