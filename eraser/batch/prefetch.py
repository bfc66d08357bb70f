"""Three stages at once: while one photo is in the middle, the next one begins and the one before ends.

Decoding and encoding take one core each; the middle takes what there is. What is in flight is bounded by number and by
pixels, so that the memory needed does not depend on how many photos there are, and large ones go one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Work = TypeVar("Work")
Result = TypeVar("Result")

_MOST = 3
"""Photos in flight."""
_MOST_PIXELS = 64_000_000
"""In flight before another photo begins."""
_STOP_S = 5.0


@dataclass(frozen=True)
class _Begun(Generic[Work]):
    work: Work


@dataclass(frozen=True)
class _Ended(Generic[Result]):
    result: Result


@dataclass(frozen=True)
class _Raised:
    error: BaseException


@dataclass(frozen=True)
class _Last:
    """No item is left to begin with."""


def prefetched(
    items: Iterable[Item],
    begin: Callable[[Item], Work],
    middle: Callable[[Work], None],
    end: Callable[[Work], Result],
    pixels: Callable[[Work], int],
) -> Generator[Result, None, None]:
    """``end`` of ``middle`` of ``begin`` of each item, in order.

    ``middle`` runs in the caller's thread, each of the others in one of its own. What a stage raises is raised here.
    When the caller stops early, what is being written is finished first: half a file must not be left.

    Args:
        items: Asked for the next one only when there is room for it.
        begin: Begins with an item.
        middle: Goes on with it.
        end: Ends with it.
        pixels: What it holds after ``begin``.
    """
    events: SimpleQueue[_Begun[Work] | _Ended[Result] | _Raised | _Last] = SimpleQueue()
    to_end: SimpleQueue[Work | None] = SimpleQueue()
    room = _Room()

    def run_begin() -> None:
        try:
            for item in items:
                if not room.wait():
                    return
                work = begin(item)
                room.enter(pixels(work))
                events.put(_Begun(work))
            events.put(_Last())
        except BaseException as error:  # raised again where somebody sees it
            events.put(_Raised(error))

    def run_end() -> None:
        try:
            while (work := to_end.get()) is not None and not room.is_closed:
                held = pixels(work)
                result = end(work)
                del work
                room.leave(held)
                events.put(_Ended(result))
        except BaseException as error:
            events.put(_Raised(error))

    threads = [threading.Thread(target=run, daemon=True, name=run.__name__) for run in (run_begin, run_end)]
    for thread in threads:
        thread.start()
    begun = ended = 0
    total: int | None = None
    try:
        while total is None or ended < total:
            event = events.get()
            if isinstance(event, _Begun):
                begun += 1
                middle(event.work)
                to_end.put(event.work)
            elif isinstance(event, _Ended):
                ended += 1
                yield event.result
            elif isinstance(event, _Last):
                total = begun
            else:
                raise event.error
            del event  # the photo it holds must not wait for the next event
    finally:
        room.close()
        to_end.put(None)
        threads[1].join()
        threads[0].join(0 if total is not None else _STOP_S)


class _Room:
    """What is in flight."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = self._pixels = 0
        self.is_closed = False

    def wait(self) -> bool:
        """Come in when there is room; False when there will be none."""
        with self._condition:
            self._condition.wait_for(
                lambda: self.is_closed or self._count == 0 or (self._count < _MOST and self._pixels < _MOST_PIXELS)
            )
            self._count += 1
            return not self.is_closed

    def enter(self, pixels: int) -> None:
        """Say how much it is that came in."""
        with self._condition:
            self._pixels += pixels

    def leave(self, pixels: int) -> None:
        """Make room."""
        with self._condition:
            self._count -= 1
            self._pixels -= pixels
            self._condition.notify_all()

    def close(self) -> None:
        """Accept no more photos."""
        with self._condition:
            self.is_closed = True
            self._condition.notify_all()
