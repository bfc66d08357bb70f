"""The queue of files that arrived. Each waits until no program writes to it, and then for its turn.

A file is in the queue once, however many events it causes. It leaves the queue when it is done or gone. Nothing here
sleeps or reads a clock: the caller gives the time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from eraser.watch.names import Look, look_at

PATIENCE = 15
"""A file that does not decode may still be half-written for so many times the settling time."""
PAUSE = 5
"""If the disk is full or the outbox gone, nothing leaves the queue for so many times the settling time."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that has settled."""

    path: Path
    look: Look
    """Its look while it settled. If it is different later, a program has written to the file."""
    is_last_try: bool
    """The file has stayed the same long enough to be complete."""


@dataclass(slots=True)
class _Waiting:
    look: Look | None = None
    """None before the first look."""
    since: float = 0.0
    """Time of the first of the looks that are equal."""
    not_before: float = 0.0
    tries: int = 0


class Queue:
    """Files that are to be done, and the looks of those that are done."""

    def __init__(self, settle: float) -> None:
        """Begin empty.

        Args:
            settle: Seconds for which a file must look the same.
        """
        self._settle = settle
        self._waiting: dict[Path, _Waiting] = {}
        self._finished: dict[Path, Look] = {}
        self._paused_until = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, paths: Iterable[Path]) -> None:
        """Add files that came or changed, unless they wait already or have not changed since they were done."""
        for path in paths:
            if path in self._waiting or (path in self._finished and look_at(path) == self._finished[path]):
                continue
            self._waiting[path] = _Waiting()

    def settled(self, now: float) -> list[Path]:
        """Look at all files that wait, drop those that are gone, and return those that have settled, oldest first.

        Args:
            now: Seconds of a clock that never goes back.
        """
        ready: list[Path] = []
        for path, waiting in list(self._waiting.items()):
            look = look_at(path)
            if look is None:
                del self._waiting[path]
            elif look != waiting.look:
                self._waiting[path] = _Waiting(look, since=now)
            elif now - waiting.since >= self._settle and now >= max(waiting.not_before, self._paused_until):
                ready.append(path)
        return ready

    def take(self, path: Path, now: float) -> Arrival | None:
        """A settled file, if it still looks the same; it stays in the queue until ``finish``."""
        waiting = self._waiting[path]
        look = look_at(path)
        if look is None or look != waiting.look or now < self._paused_until:
            return None  # the next look drops it, or starts again
        return Arrival(path, look, is_last_try=now - waiting.since >= PATIENCE * self._settle)

    def finish(self, arrival: Arrival) -> None:
        """Take a file from the queue, until it changes."""
        del self._waiting[arrival.path]
        if look_at(arrival.path) == arrival.look:
            self._finished[arrival.path] = arrival.look

    def try_later(self, path: Path, now: float) -> None:
        """Try a file again: soon at first, then less and less often, and for the last time when the time is up."""
        waiting = self._waiting[path]
        waiting.tries += 1
        end_of_patience = waiting.since + PATIENCE * self._settle
        waiting.not_before = now + self._settle * min(2**waiting.tries, PATIENCE)
        if now < end_of_patience:
            waiting.not_before = min(waiting.not_before, end_of_patience)

    def pause(self, now: float) -> None:
        """Return no file for a while: what stopped one file would stop all."""
        self._paused_until = now + PAUSE * self._settle

    def forget_all_but(self, paths: Collection[Path]) -> None:
        """Forget finished files that are gone."""
        self._finished = {path: self._finished[path] for path in paths if path in self._finished}
