"""Photos decoded once: squares of one size in a memory-mapped uint8 file, so that a step only gathers.

Each photo is squeezed to a square and its aspect ratio is kept beside it; crops are cut from the square with that
ratio in mind (see ``scenes``). Equal shapes let a whole batch be cropped at once, on any device.
"""

from __future__ import annotations

import io
import json
import logging
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from eraser.errors import PhotoReadError
from eraser.system.files import whole_file
from eraser.training.fingerprint import fingerprint

log = logging.getLogger(__name__)

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


@dataclass(frozen=True, slots=True)
class DecodedPhotos:
    """Photos as equal squares."""

    squares: npt.NDArray[np.uint8]
    """(N, 3, S, S) RGB, each photo squeezed to a square; may be a memory map."""
    aspects: npt.NDArray[np.float32]
    """(N,) width / height of the photos."""
    sources: tuple[str, ...]
    """(N,) the folder that a photo came from."""


def decode_photos(inputs: Sequence[Path], cache_dir: Path, side_px: int) -> DecodedPhotos:
    """All photos of some folders and tar archives; decoded on the first call, mapped from the cache afterwards.

    Args:
        inputs: Folders (searched wholly, archives in them too) and ``.tar`` files. The folder a photo lies in is
            its source. Nobody must be in the photos, or the generator learns to put people into holes; of a YOLO
            data set (``images`` beside ``labels``) only photos with an empty label file are taken.
        cache_dir: Where the decoded photos are kept; anything in it may be deleted.
        side_px: Side of the squares.

    Raises:
        PhotoReadError: An input does not exist, or there is no readable photo.
    """
    files = list(_list_files(inputs))
    stem = cache_dir / f"photos-{side_px}-{fingerprint(files)}"
    squares_path, table_path = stem.with_suffix(".npy"), stem.with_suffix(".json")
    if not table_path.is_file():
        _decode_all(files, squares_path, table_path, side_px)
    table = json.loads(table_path.read_text(encoding="utf-8"))
    squares = np.load(squares_path, mmap_mode="r")[: len(table["sources"])]
    return DecodedPhotos(squares, np.asarray(table["aspects"], np.float32), tuple(table["sources"]))


def load_square(data: bytes, side_px: int) -> tuple[npt.NDArray[np.uint8], float]:
    """One encoded photo as a (3, side, side) square, upright, with its width / height.

    Raises:
        PhotoReadError: The bytes are no photo, or one so large that Pillow takes it for an attack.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            photo = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise PhotoReadError(f"not a photo: {error}") from error
    squeezed = photo.resize((side_px, side_px), Image.Resampling.BOX)
    return np.ascontiguousarray(np.asarray(squeezed).transpose(2, 0, 1)), photo.width / photo.height


def _list_files(inputs: Sequence[Path]) -> Iterator[Path]:
    for path in inputs:
        if path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.suffix == ".tar" or (file.suffix.lower() in PHOTO_SUFFIXES and not _may_show_people(file))
            )
        elif path.is_file():
            yield path
        else:
            raise PhotoReadError(f"{path} does not exist: name a folder of photos or a .tar of them")


def _may_show_people(photo: Path) -> bool:
    """Whether a YOLO data set says so: its photo has no label file, or one that is not empty."""
    labels = photo.parent.parent / "labels"
    if photo.parent.name != "images" or not labels.is_dir():
        return False
    label = labels / f"{photo.stem}.txt"
    return not label.is_file() or label.stat().st_size > 0


def _read_all(files: Sequence[Path]) -> Iterator[tuple[str, str, bytes]]:
    """(source, name, encoded photo) for every photo, archives unpacked in memory."""
    for file in files:
        if file.suffix != ".tar":
            yield file.parent.name, str(file), file.read_bytes()
            continue
        try:
            with tarfile.open(file) as archive:
                for member in archive:
                    name = Path(member.name)
                    stream = archive.extractfile(member) if member.isfile() else None
                    if stream is not None and name.suffix.lower() in PHOTO_SUFFIXES:
                        yield name.parent.name or file.stem, f"{file}:{name}", stream.read()
        except tarfile.TarError as error:
            raise PhotoReadError(f"{file} is not a readable tar archive: {error}") from error


def _decode_all(files: Sequence[Path], squares_path: Path, table_path: Path, side_px: int) -> None:
    squares, aspects, sources = [], [], []
    for source, name, data in _read_all(files):
        try:
            square, aspect = load_square(data, side_px)
        except PhotoReadError as error:
            log.warning("skipping %s: %s", name, error)
            continue
        squares.append(square)
        aspects.append(round(aspect, 4))
        sources.append(source)
    if not squares:
        raise PhotoReadError("there is no readable photo to train on")
    squares_path.parent.mkdir(parents=True, exist_ok=True)
    np.save(squares_path, np.stack(squares))
    # Written last: a cache is complete when its table is there.
    with whole_file(table_path) as temporary:
        temporary.write_text(json.dumps({"aspects": aspects, "sources": sources}), encoding="utf-8")
    log.info("decoded %d photos of %d sources", len(squares), len(set(sources)))
