"""Photos that stay in memory for a while, so that to list, to click and to erase decode and detect once."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eraser.faces.match import Recognition
from eraser.geometry import Person
from eraser.photo import Photo
from eraser.serve.errors import unknown_handle

KEEP_S = 600.0
"""A photo is dropped that long after it was last used."""
MAX_PHOTOS = 200
"""Photos in memory, at most, however small."""


@dataclass(slots=True, eq=False)
class KeptPhoto:
    """A photo with its people."""

    photo: Photo
    people: tuple[Person, ...] | None
    """None if nobody has looked yet."""
    data: bytes = field(repr=False)
    """The file that the pixels came from, or that they would be written to."""
    format: str
    """Of ``data``, in Pillow's words."""
    name: str
    """As the client called the file. Shown and sent back, never used as a path."""
    known: Sequence[Recognition] = ()
    """Who each of ``people`` is; empty where no face is known."""
    label: str | None = None
    """Digital source type of what was filled so far; None while nothing was."""
    handle: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    stage: str = ""
    """What is being done with it now; empty when nothing is."""
    used_at: float = 0.0

    @property
    def size_bytes(self) -> int:
        """Memory that it takes."""
        photo = self.photo
        arrays = [photo.image, photo.alpha, photo.deep, *(person.mask for person in self.people or ())]
        files = {id(data): len(data) for data in (self.data, photo.data) if data is not None}  # often the same one
        return sum(array.nbytes for array in arrays if array is not None) + sum(files.values())


class Handles:
    """A bounded store: what was not used for the longest time goes first. Threads may share it."""

    def __init__(self, max_bytes: int, *, keep_s: float = KEEP_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes, self._keep_s, self._clock = max_bytes, keep_s, clock
        self._lock = threading.Lock()
        self._photos: OrderedDict[str, KeptPhoto] = OrderedDict()

    def add(self, kept: KeptPhoto) -> str:
        """Keep a photo; the newest one is kept even if it alone is larger than the store.

        Returns:
            Its handle.
        """
        with self._lock:
            kept.used_at = self._clock()
            self._photos[kept.handle] = kept
            while len(self._photos) > 1 and (len(self._photos) > MAX_PHOTOS or self._bytes() > self._max_bytes):
                self._photos.popitem(last=False)
        return kept.handle

    def get(self, handle: str) -> KeptPhoto:
        """The photo of a handle, which then counts as used now.

        Raises:
            ServeError: There is none: 404.
        """
        self.expire()
        with self._lock:
            kept = self._photos.get(handle)
            if kept is None:
                raise unknown_handle("photo")
            kept.used_at = self._clock()
            self._photos.move_to_end(handle)
            return kept

    def peek(self, handle: str) -> KeptPhoto | None:
        """The photo of a handle, which does not count as used; None if there is none."""
        self.expire()
        with self._lock:
            return self._photos.get(handle)

    def drop(self, handle: str) -> None:
        """Forget a photo, if it is there."""
        with self._lock:
            self._photos.pop(handle, None)

    def expire(self) -> None:
        """Forget what was not used for too long."""
        with self._lock:
            oldest = self._clock() - self._keep_s
            for handle in [handle for handle, kept in self._photos.items() if kept.used_at <= oldest]:
                del self._photos[handle]

    @property
    def count(self) -> int:
        """Photos in memory."""
        return len(self._photos)

    @property
    def size_bytes(self) -> int:
        """Memory that they take."""
        with self._lock:
            return self._bytes()

    def _bytes(self) -> int:
        return sum(kept.size_bytes for kept in self._photos.values())
