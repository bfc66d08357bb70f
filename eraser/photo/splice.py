"""A JPEG result in which only the blocks that the hole touches are new: the others are the photo's own, bit for bit.

The photo's coefficients are read with jpeglib; they are never decoded, so that nothing is lost. Only the part of the
result around the hole is encoded. That the outcome is right is not believed but checked: it is decoded and compared
with the photo. A progressive photo becomes a baseline one, which jpeglib alone can write: its pixels matter more than
the order in which they arrive.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from PIL import Image

from eraser.geometry import Box, ImageArray, MaskArray
from eraser.photo import segments
from eraser.photo.base import Photo
from eraser.system.paths import memory_dir

log = logging.getLogger(__name__)

_BLOCK = 8
_REACH_PX = 2
"""How far smooth upsampling of the chroma carries a change beyond its blocks."""
_STRIP_PX = 256
_LIBRARY = "turbo210"
"""Of the libraries that jpeglib brings, the quickest; the files are the same, bit for bit."""
_ONE_AT_A_TIME = threading.Lock()
"""jpeglib keeps markers in variables of the process: two threads inside it end the process."""


def splice(image: ImageArray, mode: str, source: Photo, hole: MaskArray, options: dict[str, Any]) -> bytes | None:
    """The result as a JPEG with the photo's own blocks wherever the hole does not reach.

    Args:
        image: (H, W, 3) uint8, the result, of the photo's size.
        mode: How it is written, in Pillow's words: ``L`` or ``RGB``.
        source: The photo.
        hole: (H, W) bool, what was filled.
        options: Arguments of Pillow's ``save``: the photo's tables and subsampling, and all metadata.

    Returns:
        None if it cannot be done: jpeglib is not there, the photo was no JPEG file, is turned, or of colours that the
        result does not have.
    """
    if source.jpeg is None or not source.was_upright or not hole.any():
        return None
    if importlib.util.find_spec("jpeglib") is None:
        return None
    try:
        content = source.data
        if content is None:
            if source.path is None:
                return None
            content = source.path.read_bytes()
        with tempfile.TemporaryDirectory(prefix="erase-me-", dir=memory_dir()) as folder:
            spliced = _merge(Path(folder), content, image, mode, hole, options)
        if spliced is None or not _is_right(spliced, mode, source):
            return None
        return spliced.data
    except Exception as error:  # a library of the 1990s may meet any bytes here; the plain encoding is at hand
        log.debug("%s: the blocks outside the hole are encoded again (%s)", source.path, error)
        return None


@dataclass(frozen=True, slots=True)
class _Spliced:
    data: bytes
    """The whole file."""
    part: bytes
    """The part of the result around the hole, as a file of its own."""
    box: Box
    """Where that part lies."""
    touched: MaskArray
    """(H, W) bool, the pixels of new blocks."""


def _merge(
    folder: Path, content: bytes, image: ImageArray, mode: str, hole: MaskArray, options: dict[str, Any]
) -> _Spliced | None:
    """Put the result's blocks where the hole is into the photo's; None if they do not suit each other."""
    old, new = folder / "old.jpg", folder / "new.jpg"
    # jpeglib takes no bytes, no name that is no UTF-8, and few markers.
    old.write_bytes(segments.without_metadata(content))
    with _jpeglib(folder) as jpeglib:
        return _merge_files(jpeglib, old, new, image, mode, hole, options)


def _merge_files(
    jpeglib: Any,  # noqa: ANN401  jpeglib has no types
    old: Path,
    new: Path,
    image: ImageArray,
    mode: str,
    hole: MaskArray,
    options: dict[str, Any],
) -> _Spliced | None:
    photo = jpeglib.read_dct(str(old))
    if photo.num_components not in (1, 3) or (photo.height, photo.width) != hole.shape:
        return None
    # A grey file states factors, too, but its blocks follow one another as if they were 1.
    factors = np.atleast_2d(photo.samp_factor) if photo.num_components == 3 else np.ones((1, 2), np.int64)
    tall, wide = (int(side) for side in factors.max(axis=0))
    width, height = _BLOCK * wide, _BLOCK * tall
    touched = _cells(hole, height, width)
    cells = _around(touched)
    box = Box(cells.x0 * width, cells.y0 * height, cells.x1 * width, cells.y1 * height).grow(0, 0, hole.shape)
    pixels = image[box.slices]
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., 0] if mode == "L" else pixels)).save(buffer, "JPEG", **options)
    part = buffer.getvalue()
    new.write_bytes(part)
    filled = jpeglib.read_dct(str(new))
    if not _is_alike(photo, filled):
        return None
    for name, (down, across) in zip(("Y", "Cb", "Cr"), factors, strict=False):
        _take_over(
            getattr(photo, name)[cells.y0 * down :, cells.x0 * across :],
            getattr(filled, name),
            np.repeat(np.repeat(touched[cells.slices], down, 0), across, 1),
        )
    photo.write_dct(str(new))
    pixels_touched = np.repeat(np.repeat(touched, height, 0), width, 1)[: hole.shape[0], : hole.shape[1]]
    return _Spliced(segments.with_metadata_of(part, new.read_bytes()), part, box, pixels_touched)


def _cells(hole: MaskArray, height: int, width: int) -> MaskArray:
    """Which cells of that size, counted from the upper left corner, the hole touches."""
    rows, columns = -(-hole.shape[0] // height), -(-hole.shape[1] // width)
    padded = np.zeros((rows * height, columns * width), np.bool_)
    padded[: hole.shape[0], : hole.shape[1]] = hole
    return np.asarray(padded.reshape(rows, height, columns, width).any(axis=(1, 3)))


def _around(touched: MaskArray) -> Box:
    """The touched cells and one more on each side: the check looks across the blocks' edges."""
    box = Box.of_mask(touched)
    assert box is not None  # an empty hole was refused before
    return box.grow(1, 1, touched.shape)


def _take_over(own: Any, filled: Any, blocks: MaskArray) -> None:  # noqa: ANN401  jpeglib has no types
    """Replace those blocks; at the lower and right edge a component may have fewer than its cells."""
    height, width = (min(sides) for sides in zip(own.shape, filled.shape, blocks.shape, strict=False))
    blocks = blocks[:height, :width]
    own[:height, :width][blocks] = filled[:height, :width][blocks]


@contextlib.contextmanager
def _jpeglib(folder: Path) -> Iterator[Any]:
    """The module for one thread, with its quickest library, and its temporary files in a folder of ours.

    jpeglib copies each photo to a file in the system's temporary folder, and leaves it there after an error.
    """
    import jpeglib
    from jpeglib import dct_jpeg

    def temporary(**options: Any) -> Any:  # noqa: ANN401  as tempfile
        return tempfile.NamedTemporaryFile(**options, dir=folder)

    with _ONE_AT_A_TIME:
        version, its_own = jpeglib.version.get(), dct_jpeg.tempfile
        dct_jpeg.tempfile = SimpleNamespace(NamedTemporaryFile=temporary)
        try:
            if _LIBRARY in jpeglib.version.versions():
                jpeglib.version.set(_LIBRARY)
            yield jpeglib
        finally:
            dct_jpeg.tempfile = its_own
            if version is not None:
                jpeglib.version.set(version)


def _is_alike(photo: Any, result: Any) -> bool:  # noqa: ANN401  jpeglib has no types
    """Whether blocks of one can stand in the other."""
    if photo.num_components != result.num_components:
        return False
    same_factors = photo.num_components == 1 or np.array_equal(photo.samp_factor, result.samp_factor)
    tables = [[each.qt[number] for number in each.quant_tbl_no] for each in (photo, result)]
    return same_factors and np.array_equal(tables[0], tables[1])


def _is_right(spliced: _Spliced, mode: str, source: Photo) -> bool:
    """Whether it shows the photo far from the hole, and the result near to it."""
    with Image.open(io.BytesIO(spliced.data)) as image, Image.open(io.BytesIO(spliced.part)) as part:
        if image.size != source.size_wh or image.mode != part.mode or image.mode != mode:
            return False
        shown, wanted = _rgb(image), _rgb(part)
    touched, reach = spliced.touched.view(np.uint8), np.ones((2 * _REACH_PX + 1,) * 2, np.uint8)
    near = cv2.dilate(touched, reach).view(np.bool_)
    for top in range(0, shown.shape[0], _STRIP_PX):  # in strips, so that no further picture is held
        rows = slice(top, top + _STRIP_PX)
        if (differ(shown[rows], source.image[rows]) & ~near[rows]).any():
            return False
    area = spliced.box.slices
    inside = cv2.erode(touched[area], reach).view(np.bool_)
    return not (differ(shown[area], wanted) & inside).any()


def _rgb(image: Image.Image) -> ImageArray:
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def differ(one: ImageArray, other: ImageArray) -> MaskArray:
    """(H, W), where two (H, W, 3) uint8 pictures differ; numpy alone takes ten times as long."""
    return np.asarray(cv2.inRange(cv2.absdiff(one, other), (0, 0, 0), (0, 0, 0)) == 0)
