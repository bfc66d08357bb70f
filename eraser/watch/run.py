"""A watch: check the folders, put everything together, and run the loop until somebody stops it."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import inf
from pathlib import Path
from threading import Event
from time import monotonic

from eraser.batch import InputPhoto, Outcome, Outputs, PhotoProcessor, RunLedger
from eraser.batch.outputs import OverwritePolicy
from eraser.batch.settings import Settings
from eraser.config import OutputConfig, WatchConfig
from eraser.system.files import clear_stale
from eraser.watch.after import Originals
from eraser.watch.events import Inbox
from eraser.watch.failed import FOLDER
from eraser.watch.folders import Place, check_folders, make_outbox
from eraser.watch.handler import Reports, WatchHandler
from eraser.watch.loop import run
from eraser.watch.settle import Queue

_LONGEST_TICK_S = 1.0

MakeProcessor = Callable[[Outputs], PhotoProcessor]


def watch(
    config: WatchConfig,
    results: OutputConfig,
    settings: Settings,
    make_processor: MakeProcessor,
    reports: Reports,
    stop: Event,
) -> None:
    """Do the photos in the inbox, then those that come into it.

    Args:
        config: What is watched, and how.
        results: Where results go; a folder.
        settings: What results depend on.
        make_processor: Makes what processes a photo, with these outputs. Each photo gets outputs of its own: in a watch
            that runs for months, the next photo is another run.
        reports: Called with what happens.
        stop: When it is set, the photo in hand is finished, and no other is begun.

    Raises:
        WatchError: The folders do not suit.
        EraserError: No photo can be done any more; with ``config.once`` also when nothing can be written.
    """
    if config.watch is None or results.output is None:
        raise ValueError("a watch needs a folder to watch and one for results")
    check_folders(config.watch, results.output, config.move_to)
    make_outbox(results.output)
    does = "doing what lies in" if config.once else "watching"
    reports.notice(f"{does} {config.watch}, results go to {results.output}")
    for folder in (results.output / FOLDER, config.move_to):
        _tidy(folder)
    inbox = Path(os.path.realpath(config.watch))
    ledger = RunLedger(settings, results.output, resume=True, needs_output=False)

    def process(given: InputPhoto, policy: OverwritePolicy) -> Outcome:
        return make_processor(Outputs(results, [given.path])).process(given, policy)

    def say_gone(is_gone: bool) -> None:
        if is_gone:
            reports.notice(f"{config.watch}: the watched folder is gone: waiting until it is back")
            return
        check_folders(inbox, results.output or inbox, config.move_to)
        reports.notice(f"{config.watch}: the watched folder is back")

    handler = WatchHandler(
        inbox=inbox,
        outbox=Place.of(results.output),
        ledger=ledger,
        process=process,
        originals=Originals(inbox, config.after, config.move_to),
        reports=reports,
        waits=not config.once,
    )
    tick = min(config.settle / 2, _LONGEST_TICK_S)
    poll = inf if config.once else config.poll
    news = Inbox(Place.of(inbox), poll, tick, stop, say_gone).news()
    try:
        run(news, handler, Queue(config.settle), now=monotonic, stopped=stop.is_set, once=config.once)
    finally:
        ledger.close()


def _tidy(folder: Path | None) -> None:
    """Remove the unfinished files of killed watches below a folder."""
    if folder is not None:
        for name, _, _ in os.walk(folder):
            clear_stale(Path(name))
