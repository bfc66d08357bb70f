"""A run over a store or on a cluster: photos in, results and messages out, an exit code at the end."""

from __future__ import annotations

import functools
import itertools
import logging
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from eraser.archive import (
    ArchiveExecutor,
    ArchivePlan,
    LocalArchive,
    Manifest,
    StoredPhoto,
    from_inputs,
    run_archive,
    stored_photos,
)
from eraser.archive.names import Names
from eraser.batch import DONE_BEFORE, MaskFile, Outcome, Shard, settings_of, suitable_workers
from eraser.batch.outcome import Status, Stored
from eraser.batch.results import likely_suffix
from eraser.cli.output import Output
from eraser.cli.request import Request
from eraser.cli.run import find_inputs, give, show
from eraser.cli.tally import Tally
from eraser.console import is_verbose, set_verbosity, write_line
from eraser.system.paths import plugins_dirs

log = logging.getLogger(__name__)

_SAY_EVERY_S = 60.0
_MANY = 1_000_000_000
"""Photos, while nobody knows how many there are."""


def run_over_store(request: Request, archive: str, output: Output, *, as_json: bool) -> int:
    """Do what was asked for.

    Args:
        request: The command line.
        archive: The folder of results.
        output: Where things are said.
        as_json: Results as JSON lines.

    Returns:
        0; else the exit code of what went wrong, and 1 if different photos failed in different ways.

    Raises:
        EraserError: The run cannot begin or go on.
    """
    shard = None if request.batch.shard is None else Shard.parse(request.batch.shard)
    plan = _plan(request, archive)
    photos = _Counted(_photos(request, archive, shard))
    tally, progress = Tally(_MANY, None), _Progress(output, photos)

    def say(outcome: Outcome) -> None:
        tally.add(outcome)
        show(outcome, output)
        give(outcome, output, as_json=as_json)

    if request.batch.dry_run:
        for outcome in _planned(plan, photos, request.batch.limit):
            say(outcome)
    else:
        with Manifest(archive, plan.settings.sha256, shard) as manifest, output.progress(2):
            for outcome in run_archive(plan, _limited(request, plan, photos), _executor(request, output)):
                say(outcome)
                manifest.add(outcome)
                progress.add(outcome)
            if not tally.is_stopped:
                address = manifest.finish()
                output.chat("no manifest: pip install pyarrow" if address is None else f"manifest: {address}")
    tally.found = photos.count
    output.chat(tally.table())
    if failures := tally.failures():
        write_line(sys.stderr, failures)
    return tally.exit_code


def _planned(plan: ArchivePlan, photos: Iterable[StoredPhoto], limit: int | None) -> Iterator[Outcome]:
    """What would be done, as far as can be told without reading a photo."""
    claims, count = plan.claims(), 0
    for photo in photos:
        names, name = Names.of(photo, plan.output), Path(photo.name)
        stored = Stored(photo=photo.address, output=names.result(likely_suffix(name, plan.results)))
        if claims.is_done(photo, names):
            yield Outcome(path=name, status="skipped", why=DONE_BEFORE, stored=stored)
            continue
        if count == limit:
            return
        count += 1
        is_there = plan.results.on_conflict == "skip" and claims.store.find(str(stored.output)) is not None
        status: Status = "failed" if photo.problem else "skipped" if is_there else "planned"
        yield Outcome(path=name, status=status, error=photo.problem, stored=stored)


class _Counted:
    """Photos, counted as they are listed."""

    def __init__(self, photos: Iterator[StoredPhoto]) -> None:
        self.count = 0
        self.is_whole = False
        self._photos = photos

    def __iter__(self) -> Iterator[StoredPhoto]:
        for photo in self._photos:
            self.count += 1
            yield photo
        self.is_whole = True


class _Progress:
    """How far the run is: in the bar, and without a terminal as a line a minute."""

    def __init__(self, output: Output, photos: _Counted) -> None:
        self._output, self._photos = output, photos
        self._begin = self._said = time.monotonic()
        self._done = self._failed = self._skipped = 0
        self._nodes: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        """A photo is done."""
        is_work = outcome.status != "skipped"
        self._done += is_work
        self._skipped += not is_work
        self._failed += outcome.status == "failed"
        if outcome.node is not None and is_work:
            self._nodes[outcome.node] += 1
        total = self._photos.count - self._skipped
        self._output.photo_done(was_work=is_work, total=total)
        self._output.describe(self._text())
        if not self._output.has_bar and time.monotonic() - self._said >= _SAY_EVERY_S:
            self._said = time.monotonic()
            rate = 60 * self._done / (time.monotonic() - self._begin)
            self._output.tell(f"{self._done} photos done, {rate:.0f} a minute{self._left(rate)}, {self._text()}")

    def _left(self, rate: float) -> str:
        if not self._photos.is_whole or not rate:
            return ""
        return f", {(self._photos.count - self._skipped - self._done) / rate:.0f} min left"

    def _text(self) -> str:
        nodes = ", ".join(f"{node} {count}" for node, count in sorted(self._nodes.items())[:8])
        return f"{self._failed} failed{f' ({nodes})' if nodes else ''}"


def _photos(request: Request, archive: str, shard: Shard | None) -> Iterator[StoredPhoto]:
    if request.addresses:
        return stored_photos(request.addresses, recursive=request.batch.recursive, leave_out=archive, shard=shard)
    found = from_inputs(find_inputs(request))
    return (photo for photo in found if shard is None or photo.problem or shard.takes(Path(photo.below), photo.name))


def _limited(request: Request, plan: ArchivePlan, photos: _Counted) -> Iterable[StoredPhoto]:
    """At most so many photos as ``--limit`` says; with ``--resume`` those that are done do not count."""
    limit = request.batch.limit
    if limit is None:
        return photos
    claims = plan.claims()
    return itertools.islice(
        (photo for photo in photos if not claims.is_done(photo, Names.of(photo, plan.output))), limit
    )


def _plan(request: Request, archive: str) -> ArchivePlan:
    mask = None if request.mask is None else MaskFile(request.mask.absolute(), request.invert_mask)
    plugins = None if request.plugins_dir is None else (request.plugins_dir.absolute(),)
    return ArchivePlan(
        output=archive,
        run=secrets.token_hex(8),
        settings=settings_of(
            request.model, request.erase, request.results, plugins=plugins or plugins_dirs(), mask=mask
        ),
        config=request.model,
        request=request.erase,
        results=request.results,
        plugins=plugins,
        mask=mask,
        resume=request.batch.resume,
    )


def _executor(request: Request, output: Output) -> ArchiveExecutor:
    batch = request.batch
    if batch.ray is None:
        workers = suitable_workers(request.model, _MANY) if batch.workers is None else batch.workers
        prepare = functools.partial(set_verbosity, verbose=is_verbose(), quiet=output.is_quiet)
        return LocalArchive(workers, output.step, prepare)
    from eraser.cluster import RayExecutor

    return RayExecutor(batch.ray, batch.workers, batch.actor_cpus, batch.actor_gpus or 0.0, output.tell)
