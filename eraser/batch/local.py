"""A run's photos in this process: each is claimed in the ledger, processed and recorded."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome
from eraser.batch.prefetch import prefetched
from eraser.batch.process import Job, PhotoProcessor
from eraser.batch.run_ledger import RunLedger


@dataclass(slots=True)
class LocalRun:
    """A processor, and the ledger of its work."""

    processor: PhotoProcessor
    ledger: RunLedger | None = None
    """None keeps no ledger."""

    def erase(self, photos: Iterable[InputPhoto], *, prefetch: bool = True) -> Iterator[Outcome]:
        """Take people out of photos, in order. The run ends early after an outcome that ends it.

        Args:
            photos: The next one is taken only when there is room for it.
            prefetch: Fill a photo while the next one is read and the one before is written.
        """
        if prefetch:
            return _until_end(
                prefetched(photos, self._begin, self.processor.fill, self._finish, lambda job: job.pixels)
            )
        return _until_end(self._erase_one(photo) for photo in photos)

    def list_people(self, photos: Iterable[InputPhoto]) -> Iterator[Outcome]:
        """Find people in photos and write overviews."""
        return _until_end(self.processor.list_people(photo) for photo in photos)

    def close(self) -> None:
        """Close the ledgers."""
        if self.ledger is not None:
            self.ledger.close()

    def _erase_one(self, photo: InputPhoto) -> Outcome:
        job = self._begin(photo)
        self.processor.fill(job)
        return self._finish(job)

    def _begin(self, photo: InputPhoto) -> Job:
        job = Job(photo)
        if self.ledger is not None and photo.problem is None:
            with job.failures_are_outcome():
                self.ledger.tidy(self.processor.outputs.naming(photo).folder)
                job.outcome = self.ledger.take(photo)
                if job.outcome is None:
                    job.is_claimed = True
                    job.policy = self.ledger.policy(photo)
        return self.processor.begin(job)

    def _finish(self, job: Job) -> Outcome:
        outcome = self.processor.finish(job)
        if self.ledger is not None and job.is_claimed:
            return self.ledger.record(job.given, outcome)
        return outcome


def _until_end(outcomes: Generator[Outcome, None, None]) -> Iterator[Outcome]:
    with closing(outcomes):  # now: the garbage collector would print a signal that arrives meanwhile
        for outcome in outcomes:
            yield outcome
            if outcome.ends_run:
                return
