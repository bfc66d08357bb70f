"""A run over a store, from its first photo to its last. Photos that other runs have claimed come again at the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from eraser.archive.names import Names
from eraser.archive.photos import StoredPhoto
from eraser.archive.plan import ArchivePlan
from eraser.batch.outcome import Outcome
from eraser.batch.process import OnStep, say_nothing
from eraser.batch.run_ledger import BUSY
from eraser.batch.workers import Prepare, Workers, prepare_nothing

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 2.0


class ArchiveExecutor(Protocol):
    """Where a run's photos are processed: this process, worker processes, other machines."""

    def run(self, plan: ArchivePlan, photos: Iterable[StoredPhoto]) -> Iterator[Outcome]:
        """An outcome for each photo, as soon as it is known. Photos are asked for only when there is room for them."""


@dataclass(frozen=True, slots=True)
class LocalArchive:
    """Processes photos on this machine: in this process, or in worker processes."""

    workers: int = 1
    on_step: OnStep = say_nothing
    prepare: Prepare = prepare_nothing

    def run(self, plan: ArchivePlan, photos: Iterable[StoredPhoto]) -> Iterator[Outcome]:
        """As ``ArchiveExecutor.run``."""
        if self.workers > 1:
            yield from Workers(plan, self.workers, self.prepare).erase([photo] for photo in photos)
            return
        with closing(plan.worker_run(self.on_step)) as run:
            yield from run.erase(photos)


def run_archive(plan: ArchivePlan, photos: Iterable[StoredPhoto], executor: ArchiveExecutor) -> Iterator[Outcome]:
    """Do photos. Then wait for those that another run has claimed, until that run has done them or its claims end.

    Raises:
        StorageError: The store cannot be used.
        EraserError: The executor fails.
    """
    waits: dict[str, StoredPhoto] = {}

    def watched(given: Iterable[StoredPhoto]) -> Iterator[StoredPhoto]:
        for photo in given:
            waits[photo.address] = photo
            yield photo

    busy: dict[str, tuple[StoredPhoto, Outcome]] = {}

    def once(given: Iterable[StoredPhoto]) -> Iterator[Outcome]:
        for outcome in executor.run(plan, watched(given)):
            photo = waits.pop(outcome.photo_name, None)
            if outcome.why == BUSY and photo is not None:
                busy[photo.address] = photo, outcome
            else:
                yield outcome

    yield from once(photos)
    until = time.monotonic() + plan.claim_s + 2 * _LOOK_EVERY_S
    if busy:
        log.info("%d photos are in the hands of another run: waiting for them", len(busy))
    claims = plan.claims()
    while busy and time.monotonic() < until:
        free = [photo for photo, _ in busy.values() if claims.is_free(Names.of(photo, plan.output))]
        for photo in free:
            del busy[photo.address]
        if free:
            yield from once(free)
        elif busy:
            time.sleep(_LOOK_EVERY_S)
    yield from (outcome for _, outcome in busy.values())
