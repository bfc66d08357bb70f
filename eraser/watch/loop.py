"""The loop: what came goes into the queue, what has settled is handled, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto

from eraser.watch.events import News
from eraser.watch.settle import Arrival, Queue


class Verdict(Enum):
    """What handling a photo came to."""

    DONE = auto()
    """It is done with, until it changes."""
    LATER = auto()
    """It is still being written, or another process is at it: look again."""
    PAUSE = auto()
    """What stopped it would stop every photo: let all of them wait."""


def run(
    news: Iterable[News],
    handle: Callable[[Arrival], Verdict],
    queue: Queue,
    *,
    now: Callable[[], float],
    stopped: Callable[[], bool] = lambda: False,
    once: bool = False,
) -> None:
    """Handle photos until there is no more news.

    Args:
        news: What came or changed; an empty one lets time pass.
        handle: Does one photo. What it raises ends the loop.
        queue: Where photos wait.
        now: Seconds of a clock that never goes back.
        stopped: Asked before every photo: whether to end without it.
        once: End as soon as what lay there at first is done.
    """
    has_begun = False
    for seen in news:
        if not (once and has_begun):
            queue.add(seen.paths)
        if seen.is_all:
            has_begun = True
            queue.forget_all_but(set(seen.paths))
        for path in queue.settled(now()):
            if stopped():
                return
            arrival = queue.take(path, now())
            if arrival is None:
                continue
            verdict = handle(arrival)
            if verdict is Verdict.DONE:
                queue.finish(arrival)
            elif verdict is Verdict.LATER:
                queue.try_later(path, now())
            else:
                queue.pause(now())
        if stopped() or (once and has_begun and not queue):
            return
