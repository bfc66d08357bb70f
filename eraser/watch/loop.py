"""The loop: files that came go into the queue, files that have settled are handled, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto

from eraser.watch.events import News
from eraser.watch.settle import Arrival, Queue


class Verdict(Enum):
    """The result of handling a photo."""

    DONE = auto()
    """There is nothing more to do until it changes."""
    LATER = auto()
    """It is still being written, or another process does it: try again later."""
    PAUSE = auto()
    """What stopped it would stop every photo: all must wait."""


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
        news: What came or changed; empty ones come, too, so that the loop goes on.
        handle: Does one photo. What it raises ends the loop.
        queue: Where photos wait.
        now: Seconds of a clock that never goes back.
        stopped: Called before every photo; if True, the loop ends without it.
        once: End when the files that lay there at first are done.
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
