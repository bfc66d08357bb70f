"""Objects that are photos, one after another. The list of all addresses is never held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from eraser.batch.inputs import InputPhoto, is_ours
from eraser.batch.shard import Shard
from eraser.errors import PhotoReadError, StorageError
from eraser.photo import PHOTO_SUFFIXES
from eraser.storage import StoredFile, open_store


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo in a store, or the reason why there is none."""

    address: str
    below: str = ""
    """Its folder, relative to the input folder that it was found in."""
    version: str = ""
    """As of ``StoredFile``; empty if it is not known."""
    problem: PhotoReadError | None = None

    @property
    def name(self) -> str:
        """Without its folder."""
        return self.address.rpartition("/")[2]


def stored_photos(
    folders: Iterable[str], *, recursive: bool = True, leave_out: str | None = None, shard: Shard | None = None
) -> Iterator[StoredPhoto]:
    """The photos below some folders. Left out: hidden objects, results, and what has no photo's suffix.

    Args:
        folders: Addresses of folders, or of single photos, which are always taken.
        recursive: Take those of folders below a folder, too.
        leave_out: The folder of results. If it lies in one of the folders, nothing is taken from it.
        shard: Take only a share.

    Raises:
        StorageError: A folder cannot be listed, or holds no photo.
    """
    for folder in folders:
        count = 0
        root = folder.rstrip("/") + "/"
        results = None if leave_out is None else leave_out.rstrip("/") + "/"
        inside = results is not None and results.startswith(root) and results != root
        for file in _files(folder):
            if file.address == folder:
                below = ""
            elif not is_photo(file.address, root, recursive=recursive) or (
                inside and file.address.startswith(str(results))
            ):
                continue
            else:
                below = file.address[len(root) :].rpartition("/")[0]
            count += 1
            photo = StoredPhoto(file.address, below, file.version)
            if shard is None or shard.takes(PurePosixPath(below), photo.name):
                yield photo
        if not count:
            pattern = "; patterns are for files" if any(sign in folder for sign in "*?[") else ""
            raise StorageError(f"{folder}: there are no photos in this folder, or there is no such folder{pattern}")


def _files(folder: str) -> Iterator[StoredFile]:
    try:
        yield from open_store(folder).files(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{folder}: the folder cannot be listed ({error})") from error


def is_photo(address: str, root: str, *, recursive: bool) -> bool:
    """Whether an object in a folder counts as a photo, by its name."""
    if not address.startswith(root):
        return False
    parts = address[len(root) :].split("/")
    path = PurePosixPath(parts[-1])
    if any(part.startswith(".") for part in parts) or (len(parts) > 1 and not recursive):
        return False
    return path.suffix.lower() in PHOTO_SUFFIXES and not is_ours(Path(path.name))


def from_inputs(photos: Iterable[InputPhoto]) -> Iterator[StoredPhoto]:
    """The photos of a folder that all machines mount, by their full paths."""
    for photo in photos:
        address = str(photo.path.absolute())
        below = "" if photo.below == Path() else photo.below.as_posix()
        found = open_store(address).find(address) if photo.problem is None else None
        yield StoredPhoto(address, below, "" if found is None else found.version, photo.problem)


def below_folder(folder: str, photo: StoredPhoto) -> str:
    """Where the results of a photo go, below the folder of results."""
    root = folder.rstrip("/")
    return f"{root}/{photo.below}" if photo.below else root
