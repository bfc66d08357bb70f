"""A run: photos in, results and messages out, an exit code at the end."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from eraser.batch import (
    LIST,
    InputPhoto,
    LocalExecutor,
    MaskFile,
    Outcome,
    Outputs,
    Plan,
    Review,
    Shard,
    dry_run,
    find_photos,
    names_several,
    read_list,
    run_plan,
    suitable_workers,
)
from eraser.batch.table import as_table
from eraser.cli import report
from eraser.cli.output import Output
from eraser.cli.request import Request
from eraser.cli.tally import Tally
from eraser.console import is_verbose, say_error, set_verbosity, write_line
from eraser.errors import EraserError
from eraser.system.paths import plugins_dirs
from eraser.system.words import one_line

log = logging.getLogger(__name__)


def run(request: Request, output: Output, *, as_json: bool) -> int:
    """Do what was asked for.

    Returns:
        0; else the exit code of what went wrong, and 1 if different photos failed in different ways.

    Raises:
        EraserError: The run cannot begin or go on, or the review cannot be written.
    """
    found = find_inputs(request)
    plan = _plan(request, found)  # no photo of another machine's share is overwritten either
    photos = _share(request, found)
    tally = Tally(len(photos), request.batch.limit)
    with contextlib.ExitStack() as stack:
        review = None if request.batch.review is None else stack.enter_context(Review(request.batch.review))
        stack.enter_context(output.progress(tally.total))
        for outcome in _outcomes(request, plan, photos, output):
            tally.add(outcome)
            show(outcome, output)
            give(outcome, output, as_json=as_json)
            if review is not None:
                review.add(outcome)
            output.photo_done(was_work=outcome.status != "skipped", total=tally.total - tally.counts["skipped"])
    if len(photos) > 1:
        output.chat(tally.table())
        if failures := tally.failures():
            write_line(sys.stderr, failures)
    return tally.exit_code


def find_inputs(request: Request) -> list[InputPhoto]:
    """The photos that the command line names."""
    masks = [] if request.mask is None else [request.mask]
    named = [path for path in request.photos if path != LIST]
    listed = read_list(_stdin()) if len(named) < len(request.photos) else []
    return find_photos(named, leave_out=masks, recursive=request.batch.recursive, listed=listed)


def _share(request: Request, photos: Sequence[InputPhoto]) -> Sequence[InputPhoto]:
    """The photos of this machine; a folder that cannot be read concerns all machines."""
    if request.batch.shard is None:
        return photos
    shard = Shard.parse(request.batch.shard)
    return [photo for photo in photos if photo.problem is not None or shard.takes(photo.below, photo.path.name)]


def _stdin() -> bytes:
    """All of stdin.

    Raises:
        EraserError: It was closed before the start.
    """
    if sys.stdin is None:
        raise EraserError("- reads a list of photos from stdin, which is closed")
    return sys.stdin.buffer.read()


def _plan(request: Request, photos: Sequence[InputPhoto]) -> Plan:
    inputs = [photo.path for photo in photos]
    if request.mask is not None:
        inputs.append(request.mask)
    plan = Plan(
        config=request.model,
        request=request.erase,
        plugins=plugins_dirs() if request.plugins_dir is None else (request.plugins_dir,),
        outputs=Outputs(request.results, inputs, is_file=request.is_file),
        mask=None if request.mask is None else MaskFile(request.mask, request.invert_mask),
        list_people=request.list_people,
        resume=request.batch.resume,
        with_thumbnails=request.batch.review is not None,
    )
    several = len(photos) > 1 or any(map(names_several, request.photos)) or request.batch.resume
    keeps = request.batch.ledger and several and not (request.list_people or request.is_file)
    return replace(plan, settings=plan.find_settings()) if keeps else plan


def _outcomes(request: Request, plan: Plan, photos: Sequence[InputPhoto], output: Output) -> Iterator[Outcome]:
    batch = request.batch
    if batch.dry_run:
        return dry_run(plan, photos, limit=batch.limit)
    workers = suitable_workers(request.model, len(photos)) if batch.workers is None else batch.workers
    log.debug("%d photos, %d processes at most", len(photos), workers)
    prepare = functools.partial(set_verbosity, verbose=is_verbose(), quiet=output.is_quiet)
    return run_plan(plan, photos, LocalExecutor(workers, output.step, prepare), limit=batch.limit)


def show(outcome: Outcome, output: Output) -> None:
    """On stderr: what a person should know about a photo."""
    if outcome.error is not None:
        say_error(outcome.error, about=outcome.photo_name)
    elif outcome.status == "erased" or outcome.why:  # what an earlier run has done is no news
        output.chat(report.as_message(outcome))
    elif outcome.status not in ("listed", "planned"):
        output.tell(report.as_message(outcome))
    if outcome.leftover_people and outcome.status != "skipped":
        output.tell(report.leftover_warning(outcome))
    if outcome.status not in ("skipped", "listed") and (doubt := report.doubt(outcome)):
        output.tell(doubt)
    for note in outcome.notes:
        output.chat(f"{one_line(outcome.photo_name)}: {note}")


def give(outcome: Outcome, output: Output, *, as_json: bool) -> None:
    """On stdout: what was asked for."""
    if as_json:
        output.result(report.as_json(outcome))
    elif outcome.status == "listed":
        output.result(as_table(outcome))
    elif outcome.status == "planned":
        output.result(report.as_message(outcome))
    elif outcome.output_name is not None and outcome.status != "skipped":
        output.result(one_line(outcome.output_name))
