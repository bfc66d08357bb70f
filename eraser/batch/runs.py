"""A run over photos, in one process or in several: what is done already first, then the rest."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from eraser.batch.failures import as_error
from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome
from eraser.batch.outputs import Name
from eraser.batch.plan import Plan
from eraser.batch.results import likely_suffix
from eraser.batch.work import OnStep, say_nothing
from eraser.batch.workers import Prepare, Workers, prepare_nothing


def run_plan(
    plan: Plan,
    photos: Iterable[InputPhoto],
    *,
    workers: int = 1,
    limit: int | None = None,
    on_step: OnStep = say_nothing,
    prepare: Prepare = prepare_nothing,
) -> Iterator[Outcome]:
    """Do photos: one by one as they are done; in the order of the photos where there is one process.

    Args:
        plan: What is done with them.
        photos: Each once.
        workers: Processes; 1 is this one.
        limit: So many photos at most, besides those that are done already.
        on_step: Told of every step before it begins, where this process does it.
        prepare: Sets up a worker process.

    Raises:
        LedgerError: A ledger cannot be used.
        EraserError: Worker processes end for no reason known.
    """
    todo: list[InputPhoto] = []
    yield from _done(plan, photos, todo)
    todo = todo[:limit]
    workers = min(workers, len(todo))
    if workers > 1 and not plan.list_people:
        yield from Workers(plan, workers, prepare).erase(_groups(plan, todo))
        return
    batch = plan.batch(on_step)
    try:
        if plan.list_people:
            yield from batch.list_people(todo)
        elif len(todo) == 1:
            yield from batch.erase(todo)
        else:
            yield from batch.erase_overlapped(todo)
    finally:
        batch.close()


def foresee(plan: Plan, photos: Iterable[InputPhoto], *, limit: int | None = None) -> Iterator[Outcome]:
    """What ``run_plan`` would do, as far as can be told without opening a photo; nothing is written.

    Returns:
        Outcomes with the status ``planned`` and the name that a result would get, ``skipped`` or ``failed``.
    """
    todo: list[InputPhoto] = []
    yield from _done(plan, photos, todo)
    book = plan.book()
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
                output = plan.outputs.plan(name, *([] if book is None else [book.rights(given)]))
                yield Outcome(path=given.path, status="skipped" if output is None else "planned", output=output)
            except Exception as error:
                yield Outcome(path=given.path, status="failed", error=as_error(error))
    finally:
        if book is not None:
            book.close()


def _done(plan: Plan, photos: Iterable[InputPhoto], todo: list[InputPhoto]) -> Iterator[Outcome]:
    """Outcomes of photos that are done; the others are added to ``todo``."""
    book = plan.book() if plan.resume else None
    try:
        for photo in photos:
            outcome = None if book is None else book.done(photo)
            if outcome is None:
                todo.append(photo)
            else:
                yield outcome
    finally:
        if book is not None:
            book.close()


def _groups(plan: Plan, photos: Iterable[InputPhoto]) -> list[Sequence[InputPhoto]]:
    """Photos whose results could get each other's names, together: ``a.jpg``, ``a.png`` and ``A.jpg``."""
    groups: dict[tuple[str, str], list[InputPhoto]] = {}
    for photo in photos:
        folder = photo.path.parent if plan.outputs.config.output is None else photo.below
        stem = unicodedata.normalize("NFC", photo.path.stem).casefold()
        groups.setdefault((os.path.normcase(folder), stem), []).append(photo)
    return list(groups.values())
