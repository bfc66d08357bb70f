"""``erase-me --watch``: a line with the time for each photo, until somebody ends it."""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import datetime

from eraser import console
from eraser.batch import MaskFile, Outcome, Outputs, PhotoProcessor
from eraser.batch.settings import settings_of
from eraser.cli import report
from eraser.cli.output import Output
from eraser.cli.request import Request
from eraser.cli.run import give
from eraser.cli.tally import exit_code
from eraser.engine import Engine
from eraser.system.paths import plugins_dirs
from eraser.system.words import one_line
from eraser.watch import stopping, watch


def run_watch(request: Request, output: Output, *, as_json: bool) -> int:
    """Watch a folder.

    Returns:
        0 when somebody ended it. With ``--once``, the exit code of a run over these photos.

    Raises:
        EraserError: The folder cannot be watched, or no photo can be done.
    """
    plugins = plugins_dirs() if request.plugins_dir is None else (request.plugins_dir,)
    engine = Engine(request.model, plugins)
    mask = None if request.mask is None else MaskFile(request.mask, request.invert_mask)
    settings = settings_of(
        request.model,
        request.erase,
        request.results,
        plugins=plugins,
        mask=request.mask,
        invert_mask=request.invert_mask,
    )

    def make_processor(outputs: Outputs) -> PhotoProcessor:
        return PhotoProcessor(engine, outputs, request.erase, mask, output.step)

    reports = _Lines(output, as_json=as_json)
    with stopping(_say_stopping) as stop:
        watch(request.watch, request.results, settings, make_processor, reports, stop)
    reports.notice("ended")
    if not request.watch.once:
        return 0
    return exit_code(reports.codes)


class _Lines:
    """Results on stdout, and on stderr a line for everything that happens."""

    def __init__(self, output: Output, *, as_json: bool) -> None:
        self.codes: set[int] = set()
        """Exit codes of failures; few, however many photos fail."""
        self._output = output
        self._as_json = as_json

    def photo(self, outcome: Outcome, note: str | None) -> None:
        """A photo is done, or has failed."""
        if outcome.error is not None:
            self.codes.add(outcome.error.exit_code)
            about = "" if str(outcome.path) in str(outcome.error) else f"{outcome.path}: "
            see = f" ({note})" if note else ""
            console.write_line(sys.stderr, f"{_now()} error: {one_line(f'{about}{outcome.error}{see}')}")
        else:
            self.notice(f"{report.as_message(outcome)}{f'; {note}' if note else ''}")
        if outcome.leftover_people:
            self.notice(report.leftover_warning(outcome))
        if doubt := report.doubt(outcome):
            self.notice(doubt)
        for text in outcome.notes:
            self._output.chat(f"{_now()} {one_line(outcome.path)}: {text}")
        give(outcome, self._output, as_json=self._as_json)

    def notice(self, text: str) -> None:
        """Something that concerns all photos."""
        self._output.tell(f"{_now()} {text}")


def _say_stopping() -> None:
    """Said inside a signal handler, where a stream may be in the middle of a line: so it is written to the file."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or no stream at all
        os.write(sys.stderr.fileno(), f"{_now()} ending after the photo in hand; again to end at once\n".encode())


def _now() -> str:
    return f"{datetime.now():%Y-%m-%d %H:%M:%S}"
