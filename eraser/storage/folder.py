"""A folder that machines share, as a store: plain files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from eraser.errors import StorageError
from eraser.storage.base import StoredFile
from eraser.system.files import clear_stale, whole_file


class FolderStore:
    """Files by their path."""

    keeps_metadata = False

    def __init__(self) -> None:
        self._tidied: set[Path] = set()

    def files(self, folder: str) -> Iterator[StoredFile]:
        """As ``Store.files``, sorted within a folder; hidden files and folders are left out."""
        if Path(folder).is_file():
            yield _stored(Path(folder), Path(folder).stat())
            return
        for name, subfolders, files in os.walk(folder):
            subfolders[:] = sorted(each for each in subfolders if not each.startswith("."))
            for path in (Path(name, file) for file in sorted(files) if not file.startswith(".")):
                if path.is_file():
                    yield _stored(path, path.stat())

    def find(self, address: str) -> StoredFile | None:
        """As ``Store.find``."""
        try:
            return _stored(Path(address), Path(address).stat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def read(self, address: str) -> bytes:
        """As ``Store.read``."""
        return Path(address).read_bytes()

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
        """As ``Store.write``. Between the check of ``if_version`` and the new file another process may write."""
        path = Path(address)
        if if_version is not None and ((found := self.find(address)) is None or found.version != if_version):
            raise FileExistsError(f"{address} has changed")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._tidy(path.parent)
            with whole_file(path, overwrite=not if_absent) as temporary:
                temporary.write_bytes(data)
        except PermissionError as error:
            raise StorageError(f"{path.parent}: no permission to write into this folder: choose another -o") from error

    def remove(self, address: str) -> None:
        """As ``Store.remove``."""
        Path(address).unlink(missing_ok=True)

    def _tidy(self, folder: Path) -> None:
        """Remove, once for each folder, the unfinished files of killed processes."""
        if folder not in self._tidied:
            self._tidied.add(folder)
            clear_stale(folder)


def _stored(path: Path, stat: os.stat_result) -> StoredFile:
    return StoredFile(str(path), stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}")
