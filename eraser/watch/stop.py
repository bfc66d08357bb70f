"""How a watch ends: after the first Ctrl-C or SIGTERM it finishes its photo, after the second it ends at once."""

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
    """An event that the first signal sets. The second signal raises an exception.

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
