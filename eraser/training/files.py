"""Photos of folders and .tar archives, and one photo upright."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from eraser.errors import PhotoReadError

UInt8Array: TypeAlias = npt.NDArray[np.uint8]

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def list_files(inputs: Sequence[Path], leave_out: Callable[[Path], bool] = lambda _: False) -> list[Path]:
    """Photos and .tar archives.

    Args:
        inputs: Folders (searched with all that is below them), photos and ``.tar`` files.
        leave_out: Says of a photo in a folder that it is not wanted.

    Raises:
        PhotoReadError: An input does not exist.
    """
    files: list[Path] = []
    for path in inputs:
        if path.is_dir():
            below = sorted(path.rglob("*"))
            files += [file for file in below if file.suffix == ".tar" or (_is_photo(file) and not leave_out(file))]
        elif path.is_file():
            files.append(path)
        else:
            raise PhotoReadError(f"{path} does not exist: name a folder of photos or a .tar of them")
    return files


def read_photos(files: Sequence[Path]) -> Iterator[tuple[str, str, bytes]]:
    """(source, name, encoded photo) of every photo; archives are unpacked in memory.

    The source is the folder that the photo lies in, or the archive.

    Raises:
        PhotoReadError: An archive cannot be read.
    """
    for file in files:
        if file.suffix != ".tar":
            yield file.parent.name, str(file), file.read_bytes()
            continue
        try:
            with tarfile.open(file) as archive:
                for member in archive:
                    name = Path(member.name)
                    stream = archive.extractfile(member) if member.isfile() else None
                    if stream is not None and _is_photo(name):
                        yield name.parent.name or file.stem, f"{file}:{name}", stream.read()
        except tarfile.TarError as error:
            raise PhotoReadError(f"{file} is not a readable tar archive: {error}") from error


def decode_upright(data: bytes, name: object, mode: str = "RGB") -> UInt8Array:
    """One encoded picture at full size, turned as its EXIF orientation says, which is how outlines and masks lie on it.

    Args:
        data: The encoded picture.
        name: Of the picture, for messages.
        mode: ``RGB``, ``RGBA`` or ``L``.

    Returns:
        (H, W, 3), (H, W, 4) or (H, W).

    Raises:
        PhotoReadError: The bytes are no photo, or one so large that Pillow takes it for an attack.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            return np.asarray(ImageOps.exif_transpose(opened).convert(mode))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise PhotoReadError(f"{name} is not a readable photo: replace it or take it out") from error


def _is_photo(file: Path) -> bool:
    return file.suffix.lower() in PHOTO_SUFFIXES
