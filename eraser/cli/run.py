"""A run: photos in, results and messages out, an exit code at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from eraser.assembly import Eraser
from eraser.batch import Batch, GivenMask, Outcome, Outputs, find_photos
from eraser.cli import report
from eraser.cli.usage import Request
from eraser.cli.voice import Voice
from eraser.console import say_error, write_line
from eraser.paths import plugins_dir

_NAMES_IN_SUMMARY = 10


def run(request: Request, voice: Voice, *, as_json: bool) -> int:
    """Do what was asked for.

    Returns:
        0; else the exit code of what went wrong, and 1 if different photos failed in different ways.
    """
    masks = [] if request.mask is None else [request.mask]
    photos = find_photos(request.photos, leave_out=masks)
    batch = Batch(
        Eraser(request.config, request.plugins_dir or plugins_dir()),
        Outputs(request.results, [*(photo.path for photo in photos), *masks], is_file=request.is_file),
        None if request.mask is None else GivenMask(request.mask, request.invert_mask),
        voice.step,
    )
    failed: list[Outcome] = []
    tried = 0
    with voice.progress(len(photos)):
        for outcome in batch.list_people(photos) if request.list_people else batch.erase(photos):
            tried += 1
            if outcome.error is not None:
                failed.append(outcome)
            _show(outcome, voice)
            if as_json:
                voice.result(report.as_json(outcome, batch))
            elif outcome.status == "listed":
                voice.result(report.as_table(outcome))
            elif outcome.output is not None and outcome.status != "skipped":
                voice.result(str(outcome.output))
            voice.photo_done()
    if len(photos) > 1:
        _sum_up(failed, len(photos), len(photos) - tried)
    return _exit_code(failed)


def _show(outcome: Outcome, voice: Voice) -> None:
    """On stderr: what a person should know about a photo."""
    if outcome.error is not None:
        say_error(outcome.error, about=str(outcome.path))
    elif outcome.status == "erased":
        voice.chat(report.as_message(outcome))
    elif outcome.status != "listed":
        voice.tell(report.as_message(outcome))
    for note in outcome.notes:
        voice.chat(f"{outcome.path}: {note}")


def _sum_up(failed: Sequence[Outcome], total: int, untried: int) -> None:
    """After several photos, which of them failed."""
    if not failed:
        return
    names = [str(outcome.path) for outcome in failed[:_NAMES_IN_SUMMARY]]
    more = f" and {len(failed) - len(names)} more" if len(failed) > len(names) else ""
    stopped = f"; {untried} were not tried, since this would meet them all" if untried else ""
    write_line(sys.stderr, f"error: {len(failed)} of {total} failed: {', '.join(names)}{more}{stopped}")


def _exit_code(failed: Sequence[Outcome]) -> int:
    codes = {outcome.error.exit_code for outcome in failed if outcome.error is not None}
    return codes.pop() if len(codes) == 1 else min(len(codes), 1)
