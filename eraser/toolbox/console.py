"""What all subcommands share: the -v option, and a progress bar that only a terminal sees."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from eraser.console import Verbose

__all__ = ["Verbose", "download_bar"]


@contextlib.contextmanager
def download_bar(label: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar on stderr for ``eraser.weights.fetch``, None where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
