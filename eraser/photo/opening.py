"""Opening: what is no still photo of a sane size ends here, in one clear line."""

from __future__ import annotations

import contextlib
import io
import math
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from eraser.errors import PhotoReadError
from eraser.photo import png, tiff
from eraser.photo.colour import UnknownRangeError
from eraser.photo.formats import AVIF_HINT, HEIF_HINT, has_tifffile, readable_formats

NOTES = "erase-me notes"
"""In ``Image.info``: what was left out of the file."""
PLAIN = "erase-me png"
"""In ``Image.info``: what was taken out of a PNG (``png.Plain``)."""
LAID_OUT = "erase-me file"
"""In ``Image.info``: the file that Pillow reads instead of a TIFF."""
MAX_PIXELS = 500_000_000
"""Larger photos are refused: to decode and turn 388 megapixels took 5.4 GB."""

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_SUB_FILE_TYPE, _DNG_VERSION = 254, 50706


@contextlib.contextmanager
def open_image(source: Path | io.BytesIO) -> Iterator[tuple[BinaryIO, Image.Image]]:
    """The file and its image, of which only the head is read yet; every failure inside is a PhotoReadError."""
    name = source if isinstance(source, Path) else "the photo"
    try:
        with _PILLOW_LIMITS, _open(source) as file:
            head = file.read(16)
            if not head:
                raise PhotoReadError(f"{name}: the file is empty")
            file.seek(0)
            plain = png.without_texts(file) if head.startswith(png.SIGNATURE) else png.Plain(file)
            if head.startswith(tiff.MAGIC):
                plain.file = _readable_tiff(name, file, head)
            with _identify(name, plain.file, head) as image:
                _check(name, image, head)
                if plain.file is not file and image.format == "TIFF":
                    image.info[LAID_OUT] = plain.file
                taken = {"icc_profile": plain.icc_profile, "exif": plain.exif, NOTES: plain.notes, PLAIN: plain}
                image.info = {**{key: value for key, value in taken.items() if value}, **image.info}
                yield file, image
    except PhotoReadError:
        raise
    except FileNotFoundError as error:
        raise PhotoReadError(f"{name}: there is no such file") from error
    except PermissionError as error:
        raise PhotoReadError(f"{name}: no permission to read it") from error
    except UnknownRangeError as error:
        raise PhotoReadError(f"{name}: {error}") from error
    except MemoryError as error:
        raise PhotoReadError(f"{name}: not enough memory to decode it") from error
    except Exception as error:  # a decoder meets any bytes at all, and may raise anything
        if isinstance(error, OSError) and error.strerror:
            raise PhotoReadError(f"{name}: cannot be read ({error.strerror})") from error
        raise PhotoReadError(f"{name}: damaged or cut short, fetch it again ({_one_line(error)})") from error


def _open(source: Path | io.BytesIO) -> BinaryIO:
    if not isinstance(source, Path):
        return source
    if source.exists() and not source.is_file():  # opening a pipe would wait for ever
        raise PhotoReadError(f"{source}: this is {'a folder' if source.is_dir() else 'no regular file'}, not a photo")
    return source.open("rb")


class _PillowLimits:
    """Our own size limit and truncation rule in place of Pillow's, which are global and other packages may change.

    They are set while any thread reads a photo. No lock is held meanwhile, so that threads decode side by side.
    Pillow's warnings, such as that of a size above 89 megapixels, are silenced; what matters becomes a note.
    """

    def __init__(self) -> None:
        self._lock, self._readers = threading.Lock(), 0
        self._before: tuple[int | None, bool] = (None, False)
        self._warnings = contextlib.ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._warnings.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                self._before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
                Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = self._before
                self._warnings.close()


_PILLOW_LIMITS = _PillowLimits()


def _identify(path: Path | str, file: BinaryIO, head: bytes) -> Image.Image:
    try:
        return Image.open(file, formats=readable_formats())
    except UnidentifiedImageError as error:
        brand = head[8:12] if head[4:8] == b"ftyp" else b""
        if brand in _HEIF_BRANDS and "HEIF" not in readable_formats():
            raise PhotoReadError(f"{path}: {HEIF_HINT}") from error
        if brand in (b"avif", b"avis") and "AVIF" not in readable_formats():
            raise PhotoReadError(f"{path}: {AVIF_HINT}") from error
        reason = "not a photo, or damaged: JPEG, PNG, WebP, TIFF, BMP, HEIC and AVIF are read"
        raise PhotoReadError(f"{path}: {reason}") from error


def _readable_tiff(path: Path | str, file: BinaryIO, head: bytes) -> BinaryIO:
    """The file itself, or what stands for it where Pillow cannot read it or would misread it."""
    try:
        with Image.open(file, formats=["TIFF"]) as image:
            _check(path, image, head)
            tags = getattr(image, "tag_v2", {})
            is_refused = tiff.is_misread(tags)
            is_better_laid_out = is_refused or tiff.loses_bits(tags)
    except UnidentifiedImageError:
        is_refused, is_better_laid_out = False, True  # Pillow then says what is wrong
    file.seek(0)
    if not is_better_laid_out:
        return file
    laid_out = None
    if has_tifffile():
        with contextlib.suppress(Exception):  # it meets any bytes, too
            laid_out = tiff.lay_out(file, MAX_PIXELS)
    file.seek(0)
    if laid_out is None and is_refused:
        hint = "" if has_tifffile() else "pip install 'erase-me[tiff]', or "
        raise PhotoReadError(
            f"{path}: this TIFF keeps its channels in planes of their own in a way that cannot be read: "
            f"{hint}save it with LZW compression or with interleaved channels"
        )
    return laid_out or file


def _check(path: Path | str, image: Image.Image, head: bytes) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        megapixels = math.ceil(width * height / 1e6)
        raise PhotoReadError(
            f"{path}: {width} x {height} are {megapixels} megapixels, at most 500 are read: scale it down"
        )
    if image.format in ("GIF", "WEBP", "PNG", "AVIF") and getattr(image, "is_animated", False):
        raise PhotoReadError(f"{path}: this is an animation, only still photos are read: export the frame you want")
    if image.format == "TIFF":
        tags = getattr(image, "tag_v2", {})
        if _DNG_VERSION in tags or int(tags.get(_SUB_FILE_TYPE, 0)) & 1 or head[8:10] == b"CR":
            raise PhotoReadError(f"{path}: this is a camera's raw file: develop it to JPEG or TIFF first")
        pages = _tiff_pages(image)
        if pages > 1:
            raise PhotoReadError(f"{path}: this TIFF has {pages} pages: save the one you want as a file of its own")


def _tiff_pages(image: Image.Image) -> int:
    """Pages of a TIFF without the reduced copies that some programs put behind the first as a preview."""
    pages = 0
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        pages += not int(getattr(image, "tag_v2", {}).get(_SUB_FILE_TYPE, 0)) & 1
    image.seek(0)
    return pages


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
