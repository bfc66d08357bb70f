"""What is said, and where: results on stdout, everything else on stderr, and most of it only to a person who watches.

errors                          always
why there is no result          unless -q
progress, notes, what was done  on a terminal unless -q, or with -v
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from eraser.console import write_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

log = logging.getLogger(__name__)

_RATE_OVER_S = 300.0
"""The rate shown is measured over this many seconds."""


class Output:
    """Says things in the right place."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        is_watched = sys.stderr is not None and sys.stderr.isatty()
        self.is_quiet = quiet
        """Nothing but errors is said."""
        self._chatty = verbose or (is_watched and not quiet)
        self._has_bar = is_watched and not quiet and not verbose
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if isinstance(sys.stdout, io.TextIOWrapper):  # file names are bytes, and stay the ones they are
            sys.stdout.reconfigure(encoding=sys.getfilesystemencoding(), errors="surrogateescape")
        self._stdout = sys.stdout  # the one of now: what plugins print is sent elsewhere while they run

    def result(self, text: str) -> None:
        """A line for the program or the person that asked: the path of a result, or JSON."""
        if self._bar is not None and self._stdout is not None and self._stdout.isatty():
            self._bar.stop()
            write_line(self._stdout, text)
            self._bar.start()
        else:
            write_line(self._stdout, text)

    def tell(self, text: str) -> None:
        """Say why there is no result."""
        if not self.is_quiet:
            write_line(sys.stderr, text)

    def chat(self, text: str) -> None:
        """Say what was done, or what is worth knowing."""
        if self._chatty:
            write_line(sys.stderr, text)

    @contextmanager
    def progress(self, total: int) -> Iterator[None]:
        """Show how far a run over ``total`` photos is, if anybody watches."""
        if not self._has_bar:
            yield
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        rate, left = TextColumn("{task.fields[rate]}"), TextColumn("left")
        several = (BarColumn(), MofNCompleteColumn(), rate) if total > 1 else ()
        times = (TimeElapsedColumn(), *((left, TimeRemainingColumn()) if total > 1 else ()))
        columns = (SpinnerColumn(), *several, TextColumn("{task.description}", markup=False), *times)
        # stdout is not for the bar to redirect: it would go to stderr with the bar
        with Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            speed_estimate_period=_RATE_OVER_S,
        ) as self._bar:
            self._task = self._bar.add_task("", total=total, rate="")
            try:
                yield
            finally:
                self._bar, self._task = None, None

    def step(self, photo: Path, step: str) -> None:
        """Show that a step on a photo begins."""
        log.debug("%s: %s", photo, step)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"{photo.name}: {step}")

    @property
    def has_bar(self) -> bool:
        """Whether progress is shown as a bar."""
        return self._bar is not None

    def describe(self, text: str) -> None:
        """Set the text beside the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=text)

    def photo_done(self, *, was_work: bool, total: int) -> None:
        """Count a finished photo. The rate leaves out those that were skipped at once.

        Args:
            was_work: The photo was processed, not skipped.
            total: Number of photos to process, as far as is known now.
        """
        if self._bar is None or self._task is None:
            return
        self._bar.update(self._task, total=total, advance=1 if was_work else 0)
        speed = self._bar.tasks[0].speed
        if was_work and speed:
            self._bar.update(self._task, rate=f"{speed * 60:.0f}/min")
