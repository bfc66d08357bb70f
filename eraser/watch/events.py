"""What happens in the inbox, as a series of lists of paths. Empty lists come, too, so that the loop goes on."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from watchfiles import Change, watch
from watchfiles.main import FileChange

from eraser.watch.folders import Place
from eraser.watch.names import is_below_link, is_wanted, scan

RESCAN_S = 300.0
"""Seconds between full scans. They are needed although there are events: systems drop events if there are too many."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What was seen since the last time."""

    paths: tuple[Path, ...] = ()
    """Files that came or changed and have the name of a photo, each once."""
    is_all: bool = False
    """Whether these are all files in the inbox, not only those that changed."""


@dataclass(slots=True)
class Inbox:
    """A watched folder."""

    place: Place
    poll: float | None
    """Seconds between scans; None waits for events."""
    tick: float
    """At most so many seconds pass between two ``News``, also if nothing happens."""
    stop: Event
    """Ends the news."""
    on_gone: Callable[[bool], None]
    """Called with True when the folder is gone, and with False when it is back."""

    def news(self) -> Iterator[News]:
        """First all files in the inbox, then those that come or change, until ``stop`` is set.

        If the folder vanishes, the watch waits for it. When it is back, all files in it come again.
        """
        while not self.stop.is_set():
            identity = self.place.identity()
            if identity is None:
                yield from self._wait()
                continue
            with contextlib.suppress(FileNotFoundError):  # it vanished just now
                yield from self._by_scans(identity) if self.poll else self._by_events(identity)

    def _wait(self) -> Iterator[News]:
        self.on_gone(True)
        while self.place.identity() is None:
            if self.stop.wait(self.tick):
                return
            yield News()
        self.on_gone(False)

    def _by_scans(self, identity: tuple[int, int]) -> Iterator[News]:
        due = monotonic()
        while self.place.identity() == identity and not self.stop.is_set():
            if monotonic() >= due:
                due = monotonic() + (self.poll or RESCAN_S)
                yield self._all()
            else:
                yield News()
            self.stop.wait(min(self.tick, max(due - monotonic(), 0.0)))

    def _by_events(self, identity: tuple[int, int]) -> Iterator[News]:
        root = self.place.path
        events = watch(
            root,
            watch_filter=None,
            rust_timeout=int(self.tick * 1000),
            debounce=500,
            step=100,
            yield_on_timeout=True,
            stop_event=self.stop,
            ignore_permission_denied=True,
        )
        due = 0.0
        with contextlib.closing(events):
            # Scan after the events have started, so that no file is missed in between.
            for changes in self._or_polling(events):
                if self.place.identity() != identity:
                    return
                if monotonic() >= due:
                    due = monotonic() + RESCAN_S
                    yield self._all()
                yield News(tuple(self._wanted(changes)))

    def _or_polling(self, events: Iterator[set[FileChange]]) -> Iterator[set[FileChange]]:
        """The events. If the system has none, they end here, and the folder is scanned from now on."""
        try:
            yield from events
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError) as error:  # no watches left, or a file system without events
            log.warning("%s: no events here (%s): looking every %.0f s", self.place.path, error, self._fallback)
            self.poll = self._fallback

    @property
    def _fallback(self) -> float:
        return max(5.0, 5 * self.tick)

    def _all(self) -> News:
        return News(tuple(scan(self.place.path)), is_all=True)

    def _wanted(self, changes: set[FileChange]) -> Iterator[Path]:
        """Files with the name of a photo. Files in a folder that was moved in cause no events, so it is scanned."""
        root = self.place.path
        seen: set[Path] = set()
        for name in sorted({name for change, name in changes if change != Change.deleted}):
            path = Path(name)
            if is_below_link(path, root) or path.is_symlink():
                continue
            found = scan(root, path) if path.is_dir() else [path] if is_wanted(path, root) else []
            for photo in found:
                if photo not in seen:
                    seen.add(photo)
                    yield photo
