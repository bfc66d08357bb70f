"""How a watch ends: a first Ctrl-C or SIGTERM lets it finish the photo in hand, a second one ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from eraser.errors import Terminated

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(on_stop: Callable[[], None]) -> Iterator[Event]:
    """An event that is set by the first signal; the second one raises what it would without us.

    Args:
        on_stop: Called at the first signal, at any moment.

    Raises:
        KeyboardInterrupt: Ctrl-C again.
        Terminated: SIGTERM again.
    """
    stop = Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            raise Terminated(128 + number)
        stop.set()
        on_stop()

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
