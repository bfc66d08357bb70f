"""Photos decoded once: squares of one size in a memory-mapped uint8 file, so that a step only gathers.

Each photo is squeezed to a square and its aspect ratio is kept beside it; crops are cut from the square with that
ratio in mind (see ``scenes``). Equal shapes let a whole batch be cropped at once, on any device.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.system.files import whole_file
from eraser.training.files import decode_upright, list_files, read_photos
from eraser.training.fingerprint import fingerprint

log = logging.getLogger(__name__)


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
    files = list_files(inputs, leave_out=_may_show_people)
    stem = cache_dir / f"photos-{side_px}-{fingerprint(files)}"
    squares_path, table_path = stem.with_suffix(".npy"), stem.with_suffix(".json")
    if not table_path.is_file():
        _decode_all(files, squares_path, table_path, side_px)
    table = json.loads(table_path.read_text(encoding="utf-8"))
    squares = np.load(squares_path, mmap_mode="r")[: len(table["sources"])]
    return DecodedPhotos(squares, np.asarray(table["aspects"], np.float32), tuple(table["sources"]))


def _may_show_people(photo: Path) -> bool:
    """Whether a YOLO data set says so: its photo has no label file, or one that is not empty."""
    labels = photo.parent.parent / "labels"
    if photo.parent.name != "images" or not labels.is_dir():
        return False
    label = labels / f"{photo.stem}.txt"
    return not label.is_file() or label.stat().st_size > 0


def _decode_all(files: Sequence[Path], squares_path: Path, table_path: Path, side_px: int) -> None:
    squares, aspects, sources = [], [], []
    for source, name, data in read_photos(files):
        try:
            photo = decode_upright(data, name)
        except PhotoReadError as error:
            log.warning("skipped: %s", error)
            continue
        squeezed = Image.fromarray(photo).resize((side_px, side_px), Image.Resampling.BOX)
        squares.append(np.asarray(squeezed).transpose(2, 0, 1))
        aspects.append(round(photo.shape[1] / photo.shape[0], 4))
        sources.append(source)
    if not squares:
        raise PhotoReadError("there is no readable photo to train on")
    squares_path.parent.mkdir(parents=True, exist_ok=True)
    np.save(squares_path, np.stack(squares))
    # Written last: a cache is complete when its table is there.
    with whole_file(table_path) as temporary:
        temporary.write_text(json.dumps({"aspects": aspects, "sources": sources}), encoding="utf-8")
    log.info("decoded %d photos of %d sources", len(squares), len(set(sources)))
