"""What both commands show of a fetch: one line, and a bar where stderr is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from eraser.weights import WeightsEntry, report_fetches


def show_fetches(*, quiet: bool = False) -> None:
    """Show the fetches of this process on stderr; with ``quiet`` nothing is shown."""
    report_fetches(_silent if quiet else fetch_bar)


@contextlib.contextmanager
def fetch_bar(entry: WeightsEntry) -> Iterator[Callable[[int, int | None], None] | None]:
    """A line that says what is fetched, and a bar on a terminal.

    Yields:
        The function that is told the bytes there are and the bytes there will be; None without a terminal.
    """
    size = "" if entry.size_bytes is None else f"{entry.size_bytes / 1e6:.0f} MB, "
    label = f"fetching {entry.name} ({size}once)"
    if sys.stderr is None or not sys.stderr.isatty():
        from eraser.console import write_line

        write_line(sys.stderr, label)
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=entry.size_bytes)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextlib.contextmanager
def _silent(entry: WeightsEntry) -> Iterator[None]:
    yield None
