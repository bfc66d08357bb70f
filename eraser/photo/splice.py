"""A JPEG result in which only the blocks that the hole touches are new: the others are the photo's own, bit for bit.

The coefficients of both files are read with jpeglib; they are never decoded, so that nothing is lost. That the outcome
is right is not believed but checked: it is decoded and compared with the photo. A progressive photo becomes a baseline
one, which jpeglib alone can write: its pixels matter more than the order in which they arrive.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import tempfile
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from PIL import Image

from eraser.geometry import ImageArray, MaskArray
from eraser.photo.base import Photo
from eraser.system.paths import memory_dir

log = logging.getLogger(__name__)

_BLOCK = 8
_REACH_PX = 2
"""How far smooth upsampling of the chroma carries a change beyond its blocks."""
_TEMPORARY: ContextVar[str] = ContextVar("_TEMPORARY")
"""Where jpeglib may put files of its own; each thread has its own value."""


def splice(encoded: bytes, source: Photo, hole: MaskArray) -> bytes | None:
    """The encoded result with the photo's own blocks wherever the hole does not reach.

    Args:
        encoded: The result as a JPEG, with all metadata, encoded with the photo's tables and subsampling.
        source: The photo.
        hole: (H, W) bool, what was filled.

    Returns:
        None if it cannot be done: jpeglib is not there, the photo was no file, is turned, or of colours that the
        result does not have.
    """
    path, jpeg = source.path, source.jpeg
    if jpeg is None or not source.was_upright or not hole.any():
        return None
    if importlib.util.find_spec("jpeglib") is None:
        return None
    try:
        content = source.data
        if content is None:
            if path is None:
                return None
            content = path.read_bytes()
        with tempfile.TemporaryDirectory(prefix="erase-me-", dir=memory_dir()) as folder:
            _TEMPORARY.set(folder)
            old, new = Path(folder, "old.jpg"), Path(folder, "new.jpg")
            old.write_bytes(content)  # jpeglib takes no bytes, and no name that is no UTF-8
            new.write_bytes(encoded)
            near = _merge(old, new, hole)
            if near is None:
                return None
            spliced = _with_segments(encoded, new.read_bytes())
        return spliced if _is_right(spliced, encoded, source, near) else None
    except Exception as error:  # a library of the 1990s may meet any bytes here; the plain encoding is at hand
        log.debug("%s: the blocks outside the hole are encoded again (%s)", path, error)
        return None


def _merge(old: Path, new: Path, hole: MaskArray) -> MaskArray | None:
    """Write the photo's blocks, and those of ``new`` where the hole is, to ``new``; the pixels that may differ."""
    jpeglib = _jpeglib()
    photo, result = jpeglib.read_dct(str(old)), jpeglib.read_dct(str(new))
    if not _is_alike(photo, result):
        return None
    # A grey file states factors, too, but its blocks follow one another as if they were 1.
    factors = np.atleast_2d(photo.samp_factor) if photo.num_components == 3 else np.ones((1, 2), np.int64)
    tall, wide = (int(side) for side in factors.max(axis=0))
    height, width = hole.shape
    rows, columns = -(-height // (_BLOCK * tall)), -(-width // (_BLOCK * wide))
    padded = np.zeros((rows * _BLOCK * tall, columns * _BLOCK * wide), np.bool_)
    padded[:height, :width] = hole
    touched = padded.reshape(rows, _BLOCK * tall, columns, _BLOCK * wide).any(axis=(1, 3))
    for name, (down, across) in zip(("Y", "Cb", "Cr"), factors, strict=False):
        own, filled = getattr(photo, name), getattr(result, name)
        blocks = np.repeat(np.repeat(touched, int(down), 0), int(across), 1)[: own.shape[0], : own.shape[1]]
        own[blocks] = filled[blocks]
    photo.write_dct(str(new))
    near = np.repeat(np.repeat(touched, _BLOCK * tall, 0), _BLOCK * wide, 1)[:height, :width]
    side = 2 * _REACH_PX + 1
    return np.asarray(cv2.dilate(near.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


@cache
def _jpeglib() -> Any:  # noqa: ANN401  jpeglib has no types
    """jpeglib, made to put its temporary files where we say.

    It copies each photo to a file in the system's temporary folder, and leaves it there after an error.
    """
    import jpeglib
    from jpeglib import dct_jpeg

    def temporary(**options: Any) -> Any:  # noqa: ANN401  as tempfile
        return tempfile.NamedTemporaryFile(**options, dir=_TEMPORARY.get())

    dct_jpeg.tempfile = SimpleNamespace(NamedTemporaryFile=temporary)
    return jpeglib


def _is_alike(photo: Any, result: Any) -> bool:  # noqa: ANN401  jpeglib has no types
    """Whether blocks of one can stand in the other."""
    if photo.num_components != result.num_components or photo.num_components not in (1, 3):
        return False
    shapes = [
        [getattr(each, name).shape for name in ("Y", "Cb", "Cr")[: each.num_components]] for each in (photo, result)
    ]
    same_factors = photo.num_components == 1 or np.array_equal(photo.samp_factor, result.samp_factor)
    tables = [[each.qt[number] for number in each.quant_tbl_no] for each in (photo, result)]
    return shapes[0] == shapes[1] and same_factors and np.array_equal(tables[0], tables[1])


def _with_segments(encoded: bytes, coefficients: bytes) -> bytes:
    """The picture of one file with the metadata of the other."""
    metadata, _ = _segments(encoded)
    _, picture = _segments(coefficients)
    return b"\xff\xd8" + metadata + picture


def _segments(data: bytes) -> tuple[bytes, bytes]:
    """The segments of metadata (APPn, comments) of a JPEG, and all else behind its start."""
    metadata, picture, at = bytearray(), bytearray(), 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        is_metadata = 0xE0 <= data[at + 1] <= 0xEF or data[at + 1] == 0xFE
        (metadata if is_metadata else picture).extend(data[at:end])
        at = end
    return bytes(metadata), bytes(picture) + data[at:]


def _is_right(spliced: bytes, encoded: bytes, source: Photo, near: MaskArray) -> bool:
    """Whether it shows the photo far from the hole, and the result near to it."""
    with Image.open(io.BytesIO(spliced)) as image, Image.open(io.BytesIO(encoded)) as plain:
        if image.size != source.size_wh or image.mode != plain.mode:
            return False
        shown, wanted = np.asarray(image.convert("RGB")), np.asarray(plain.convert("RGB"))
    if (_differ(shown, source.image) & ~near).any():
        return False
    inside = cv2.erode(near.astype(np.uint8), np.ones((4 * _REACH_PX + 1,) * 2, np.uint8)) > 0
    return not (_differ(shown, wanted) & inside).any()


def _differ(one: ImageArray, other: ImageArray) -> MaskArray:
    """Where two pictures differ; numpy alone takes ten times as long."""
    return np.asarray(cv2.inRange(cv2.absdiff(one, other), (0, 0, 0), (0, 0, 0)) == 0)
