"""Writing: a result becomes a file like its photo's, whole or not at all."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from PIL import Image

from eraser.errors import PhotoWriteError
from eraser.geometry import ImageArray, MaskArray, check_image, check_mask
from eraser.photo import exif
from eraser.photo.base import Photo
from eraser.photo.formats import AVIF_HINT, HEIF_HINT, can_write, encode_format, fast_encoder, format_of_suffix
from eraser.system.files import whole_file

DEFAULT_QUALITY = {"JPEG": 90, "WEBP": 90, "AVIF": 90, "HEIF": 70}
"""Where the photo's own cannot be kept. HEIC's scale is another one: its 70 is above a JPEG's 90."""
OnWhole: TypeAlias = Callable[[os.stat_result], None]
"""Called with the stat of a complete file, before it gets its name; if it raises, nothing is written."""

_PNG_COMPRESS_LEVEL = 4  # 12 megapixels: half the time of Pillow's 6, 5 % larger
_MAX_SIDE_PX = {"JPEG": 65_500, "WEBP": 16_383}
_MAX_JPEG_BLOCK_BYTES = 65_533
_LOSSLESS_TIFF = frozenset(("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"))
_PREDICTED_TIFF = frozenset(("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"))
_PREDICTOR, _HORIZONTAL = 317, 2

log = logging.getLogger(__name__)


def _tell_nobody(stat: os.stat_result) -> None:
    """Do nothing."""


def save(
    image: ImageArray,
    target: Path,
    source: Photo,
    *,
    quality: int | None = None,
    overwrite: bool = True,
    on_whole: OnWhole = _tell_nobody,
) -> None:
    """Write a result in the format of ``target``'s suffix, with its photo's EXIF, profile, resolution and alpha.

    A grey photo stays grey while the three channels are equal. PNG, BMP and TIFF are without loss. JPEG and BMP hold
    no transparency: there the photo is laid on white. Where something lies under ``target``, it is replaced only by a
    complete file; its mode is that of any new file.

    Args:
        image: (H, W, 3) RGB uint8, of the photo's size.
        target: Where to; its folder exists.
        source: The photo that the result was made of.
        quality: 1 to 100 for JPEG, WebP, HEIC and AVIF. None writes a JPEG as its JPEG photo was, with the same tables
            and subsampling, a WebP of a lossless WebP without loss, and takes ``DEFAULT_QUALITY`` elsewhere.
        overwrite: Replace what lies under ``target``.
        on_whole: Called with the stat of the complete file, before it gets its name.

    Raises:
        FileExistsError: Something lies there and is not to be replaced, even if it came there a moment ago.
        PhotoWriteError: The suffix or the size does not suit a format, ``target`` is the photo itself, or the file
            system refuses. Nothing is left behind.
        ValueError: The image is of another size than the photo, or the quality out of range.
    """
    _check_result(image, source, quality)
    if source.path is not None and _is_same_file(target, source.path):
        raise PhotoWriteError(f"{target}: this is the photo itself, which is never overwritten: choose another name")
    name = _format_for(target, source.size_wh)
    with _replacing(target, overwrite, on_whole) as file:
        _encode(image, file, name, source, quality)


def encode(image: ImageArray, source: Photo, *, format: str | None = None, quality: int | None = None) -> bytes:  # noqa: A002
    """The bytes of the file that ``save`` would write.

    Args:
        image: (H, W, 3) RGB uint8, of the photo's size.
        source: The photo that the result was made of.
        format: A suffix such as ``jpg`` or ``.png``; None keeps the photo's format where it can be written here.
        quality: As in ``save``.

    Raises:
        PhotoWriteError: There is no such format here, or it cannot hold the photo.
        ValueError: As in ``save``.
    """
    _check_result(image, source, quality)
    suffix = encode_format(source, "same")[1] if format is None else f".{format.removeprefix('.')}"
    name = _format_for(Path(f"result{suffix}"), source.size_wh)
    file = io.BytesIO()
    try:
        _encode(image, file, name, source, quality)
    except Exception as error:  # an encoder may raise anything
        raise PhotoWriteError(f"the photo could not be encoded as {name} ({error})") from error
    return file.getvalue()


def _check_result(image: ImageArray, source: Photo, quality: int | None) -> None:
    check_image(image)
    if image.shape != source.image.shape:
        raise ValueError(f"the result has shape {image.shape}, its photo {source.image.shape}")
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality must lie in 1 to 100, got {quality}")


def _encode(image: ImageArray, file: BinaryIO, name: str, source: Photo, quality: int | None) -> None:
    """Write the picture and what belongs to it into a file that can be read and sought."""
    picture = _picture(image, source, name)
    picture.save(file, format=name, **_encoder(name, source, quality), **_metadata(name, source, picture.mode))
    if name == "TIFF" and source.exif:
        exif.add_to_tiff(file, source.exif)


def save_mask(hole: MaskArray, target: Path, *, overwrite: bool = True, on_whole: OnWhole = _tell_nobody) -> None:
    """Write an (H, W) bool mask as a grey PNG, 255 where it is set and 0 elsewhere.

    Raises:
        FileExistsError: As in ``save``.
        PhotoWriteError: The file system refuses. Nothing is left behind.
    """
    check_mask(hole, hole.shape, "hole")
    with _replacing(target, overwrite, on_whole) as file:
        _write_mask(hole, file)


def encode_mask(hole: MaskArray) -> bytes:
    """The bytes of the file that ``save_mask`` would write."""
    check_mask(hole, hole.shape, "hole")
    file = io.BytesIO()
    _write_mask(hole, file)
    return file.getvalue()


def _write_mask(hole: MaskArray, file: BinaryIO) -> None:
    picture = Image.fromarray(hole.astype(np.uint8) * np.uint8(255))
    picture.save(file, format="PNG", compress_level=_PNG_COMPRESS_LEVEL)


def save_copy(source: Path, target: Path, *, overwrite: bool = True, on_whole: OnWhole = _tell_nobody) -> None:
    """Copy a file, byte for byte.

    Raises:
        FileExistsError: As in ``save``.
        PhotoWriteError: ``target`` is the file itself, or the file system refuses. Nothing is left behind.
    """
    if _is_same_file(target, source):
        raise PhotoWriteError(f"{target}: this is the photo itself, which is never overwritten: choose another name")
    with _replacing(target, overwrite, on_whole) as file, source.open("rb") as original:
        shutil.copyfileobj(original, file)


def _format_for(target: Path, size_wh: tuple[int, int]) -> str:
    name = format_of_suffix(target.suffix)
    if name is None:
        raise PhotoWriteError(
            f"{target}: no format is called {target.suffix or 'nothing'}: use .jpg, .png, .webp or .tif"
        )
    if not can_write(name):
        raise PhotoWriteError(f"{target}: cannot be written here. {HEIF_HINT if name == 'HEIF' else AVIF_HINT}")
    if max(size_wh) > (limit := _MAX_SIDE_PX.get(name, max(size_wh))):
        raise PhotoWriteError(
            f"{target}: {name} holds at most {limit} pixels a side, the photo has {size_wh[0]} x {size_wh[1]}: use .png"
        )
    return name


def _picture(image: ImageArray, source: Photo, name: str) -> Image.Image:
    """What Pillow encodes: L or RGB, with alpha where both the photo and the format have it."""
    red, green, blue = (image[..., channel] for channel in range(3))
    is_grey = source.grey and np.array_equal(red, green) and np.array_equal(green, blue)
    picture = Image.fromarray(np.ascontiguousarray(red if is_grey else image))
    if source.alpha is None:
        return picture
    alpha = Image.fromarray(source.alpha)
    if name in ("JPEG", "BMP"):
        white = Image.new(picture.mode, picture.size, "white")
        white.paste(picture, mask=alpha)
        return white
    picture.putalpha(alpha)
    return picture


def _encoder(name: str, source: Photo, quality: int | None) -> dict[str, Any]:
    """Options of the format's encoder."""
    if name == "JPEG":
        return _jpeg_encoder(source, quality)
    if name == "PNG":
        return {"compress_level": _PNG_COMPRESS_LEVEL}
    if name == "WEBP" and quality is None and source.webp_lossless:
        return {"lossless": True, "exact": True}  # exact: colours under full transparency stay, too
    if name == "TIFF":
        compression = source.tiff_compression if source.tiff_compression in _LOSSLESS_TIFF else "tiff_lzw"
        predictor = {_PREDICTOR: _HORIZONTAL} if compression in _PREDICTED_TIFF else {}
        return {"compression": compression, "tiffinfo": predictor}
    if name == "BMP":
        return {}
    return {"quality": quality or DEFAULT_QUALITY[name], **fast_encoder(name)}


def _jpeg_encoder(source: Photo, quality: int | None) -> dict[str, Any]:
    if source.jpeg is None:
        quality = quality or DEFAULT_QUALITY["JPEG"]
        return {"quality": quality, "subsampling": 0 if quality >= 90 else 2}
    settings: dict[str, Any] = {"subsampling": source.jpeg.subsampling, "progressive": source.jpeg.progressive}
    if quality is not None:
        return {**settings, "quality": quality}
    return {**settings, "qtables": [list(table) for table in source.jpeg.tables]}


def _metadata(name: str, source: Photo, mode: str) -> dict[str, Any]:
    """What is carried over. XMP never is: it names faces and their places, and may hold previews."""
    metadata: dict[str, Any] = {}
    if name == "BMP":
        return {"dpi": source.dpi} if source.dpi else {}
    profile = source.icc_profile
    if profile and not (profile[16:20] == b"GRAY" and mode not in ("L", "LA")):  # a grey profile suits no colours
        metadata["icc_profile"] = profile
    if source.dpi and name in ("JPEG", "PNG", "TIFF"):
        metadata["dpi"] = source.dpi
    if source.exif and name != "TIFF":
        if name == "JPEG" and len(source.exif) > _MAX_JPEG_BLOCK_BYTES:
            log.warning("the EXIF data of %s is too large for a JPEG and left out", source.path)
        else:
            metadata["exif"] = exif.without_orientation(source.exif) if name == "AVIF" else source.exif
    return metadata


def _is_same_file(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:  # one of them does not exist
        return target.absolute() == source.absolute()


class _CheckedFile(io.BufferedRandom):
    """A file that no encoder gets at behind Python's back.

    Pillow's encoders write to a file's descriptor themselves and miss it when the system takes only a part, as it
    does with the last piece on a full disk: a JPEG without its end, and no error.
    """

    def fileno(self) -> int:
        raise io.UnsupportedOperation("only through write()")


@contextlib.contextmanager
def _replacing(target: Path, overwrite: bool, on_whole: OnWhole) -> Iterator[BinaryIO]:
    """A file that takes the name ``target`` at the end, whole; what goes wrong becomes a PhotoWriteError."""
    try:
        with (
            whole_file(target, overwrite=overwrite, on_whole=on_whole) as temporary,
            _CheckedFile(io.FileIO(temporary, "x+")) as file,
        ):
            yield file
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        raise PhotoWriteError(f"{target}: there is no folder {target.parent}") from error
    except MemoryError as error:
        raise PhotoWriteError(f"{target}: not enough memory to encode it") from error
    except Exception as error:  # an encoder may raise anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise PhotoWriteError(f"{target}: could not be written ({reason})") from error
