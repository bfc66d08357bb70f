"""A run over photos, in one process or in several: first the photos that are done already, then the rest."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from eraser.batch.failures import as_error
from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome
from eraser.batch.outputs import Name
from eraser.batch.plan import Plan
from eraser.batch.process import OnStep, say_nothing
from eraser.batch.results import likely_suffix
from eraser.batch.workers import Prepare, Workers, prepare_nothing


class Executor(Protocol):
    """Where a run's photos are processed: this process, worker processes, other machines."""

    def run(self, plan: Plan, photos: Sequence[InputPhoto]) -> Iterator[Outcome]:
        """Process photos, each once. Yields each outcome as soon as it is known; a photo's error is its outcome.

        Raises:
            EraserError: The executor itself fails, as when worker processes die one after another.
        """


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Processes photos on this machine: in this process, in the photos' order, or in worker processes."""

    workers: int = 1
    """Processes; 1 is this one."""
    on_step: OnStep = say_nothing
    """Called before each step of a photo that this process does."""
    prepare: Prepare = prepare_nothing
    """Sets up a worker process."""

    def run(self, plan: Plan, photos: Sequence[InputPhoto]) -> Iterator[Outcome]:
        """As ``Executor.run``."""
        workers = min(self.workers, len(photos))
        if workers > 1 and not plan.list_people:
            yield from Workers(plan, workers, self.prepare).erase(_groups(plan, photos))
            return
        with closing(plan.worker_run(self.on_step)) as local:
            if plan.list_people:
                yield from local.list_people(photos)
            else:
                yield from local.erase(photos, prefetch=len(photos) > 1)


def run_plan(
    plan: Plan, photos: Iterable[InputPhoto], executor: Executor | None = None, *, limit: int | None = None
) -> Iterator[Outcome]:
    """Do photos. First come the outcomes of those that are done according to the ledger, then the rest.

    Args:
        plan: What is done with them.
        photos: Each once.
        executor: Where; None is this process.
        limit: At most this many photos, besides those that are done already.

    Raises:
        LedgerError: A ledger cannot be used.
        EraserError: The executor fails.
    """
    todo: list[InputPhoto] = []
    yield from _done(plan, photos, todo)
    yield from (executor or LocalExecutor()).run(plan, todo[:limit])


def dry_run(plan: Plan, photos: Iterable[InputPhoto], *, limit: int | None = None) -> Iterator[Outcome]:
    """What ``run_plan`` would do, as far as that is known without opening a photo. Nothing is written.

    Returns:
        Outcomes with the status ``planned`` and the name that a result would get, ``skipped`` or ``failed``.
    """
    todo: list[InputPhoto] = []
    yield from _done(plan, photos, todo)
    ledger = plan.ledger()
    try:
        for given in todo[:limit]:
            try:
                if given.problem is not None:
                    raise given.problem
                naming = plan.outputs.naming(given)
                name: Name = naming.overview
                if not plan.list_people:
                    suffix = likely_suffix(given.path, plan.outputs.config)
                    name = naming.result(plan.outputs.suffix(suffix))
                output = plan.outputs.plan(name, *([] if ledger is None else [ledger.policy(given)]))
                yield Outcome(path=given.path, status="skipped" if output is None else "planned", output=output)
            except Exception as error:
                yield Outcome(path=given.path, status="failed", error=as_error(error))
    finally:
        if ledger is not None:
            ledger.close()


def _done(plan: Plan, photos: Iterable[InputPhoto], todo: list[InputPhoto]) -> Iterator[Outcome]:
    """Outcomes of photos that are done; the others are added to ``todo``."""
    ledger = plan.ledger() if plan.resume else None
    try:
        for photo in photos:
            outcome = None if ledger is None else ledger.done(photo)
            if outcome is None:
                todo.append(photo)
            else:
                yield outcome
    finally:
        if ledger is not None:
            ledger.close()


def _groups(plan: Plan, photos: Iterable[InputPhoto]) -> list[Sequence[InputPhoto]]:
    """Photos in groups: those whose results may want the same name (``a.jpg``, ``a.png``, ``A.jpg``) are together."""
    groups: dict[tuple[str, str], list[InputPhoto]] = {}
    for photo in photos:
        folder = photo.path.parent if plan.outputs.config.output is None else photo.below
        stem = unicodedata.normalize("NFC", photo.path.stem).casefold()
        groups.setdefault((os.path.normcase(folder), stem), []).append(photo)
    return list(groups.values())
