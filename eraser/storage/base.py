"""What a run needs of a store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object, without its bytes."""

    address: str
    size_bytes: int
    version: str
    """Changes whenever the content changes: an ETag, or size and time. Empty if the store has neither."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Empty in listings, and if the store keeps none."""


class Store(Protocol):
    """Objects by their address. Threads may share a store.

    Every method raises StorageError if no object of the store can be used: no credentials, no bucket, no permission to
    write. Errors that may pass are tried again for about a minute; after that they are raised as OSError.
    """

    keeps_metadata: bool
    """Whether objects carry ``metadata``."""

    def files(self, folder: str) -> Iterator[StoredFile]:
        """All objects below a folder, page by page; or the one object of that address."""

    def find(self, address: str) -> StoredFile | None:
        """One object; None if there is none."""

    def read(self, address: str) -> bytes:
        """All bytes of an object.

        Raises:
            FileNotFoundError: There is none.
            PermissionError: It may not be read.
        """

    def write(
        self,
        address: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        if_version: str | None = None,
    ) -> None:
        """Write an object, whole or not at all.

        Args:
            address: Where to.
            data: All of it.
            content_type: Kept with the object, for programs that fetch it.
            metadata: ASCII only.
            if_absent: Write only if there is no such object. A store without conditional writes ignores this.
            if_version: Write only over this version. A store without conditional writes ignores this.

        Raises:
            FileExistsError: A condition does not hold.
        """

    def remove(self, address: str) -> None:
        """Take an object away; nothing happens if there is none."""


def is_address(text: str) -> bool:
    """Whether a text names an object or a folder of a store, as ``s3://bucket/in/`` does, and no path."""
    return _ADDRESS.match(text) is not None


def join(folder: str, name: str) -> str:
    """An address below a folder's."""
    return f"{folder.rstrip('/')}/{name}" if folder else name
