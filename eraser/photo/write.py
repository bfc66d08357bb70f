"""Writing: a result becomes a file like its photo's, whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from eraser.errors import PhotoWriteError
from eraser.geometry import ImageArray, MaskArray, check_image, check_mask
from eraser.photo import exif, numbers, png
from eraser.photo.attach import AS_USUAL, Extra, chosen, metadata_of, tiff_values
from eraser.photo.base import Photo
from eraser.photo.deep import encode_deep, encode_heif, merge
from eraser.photo.encoders import PNG_COMPRESS_LEVEL, encoder_options
from eraser.photo.formats import AVIF_HINT, HEIF_HINT, can_write, encode_format, format_of_suffix
from eraser.photo.splice import differ, splice
from eraser.photo.target import OnWhole, replacing
from eraser.photo.verify import LOSSLESS, ReadBack, check, read_back

_MAX_SIDE_PX = {"JPEG": 65_500, "WEBP": 16_383}


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
    extra: Extra = AS_USUAL,
) -> ReadBack | None:
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
        extra: The hole, how much metadata, a label, and whether to read the file back.

    Returns:
        What was found in the file, if ``extra`` asks to read it back.

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
    with replacing(target, overwrite, on_whole) as file:
        return _encode_and_check(image, file, name, source, quality, extra)


def encode(
    image: ImageArray,
    source: Photo,
    *,
    format: str | None = None,  # noqa: A002  Pillow's name
    quality: int | None = None,
    extra: Extra = AS_USUAL,
) -> bytes:
    """The bytes of the file that ``save`` would write.

    Args:
        image: (H, W, 3) RGB uint8, of the photo's size.
        source: The photo that the result was made of.
        format: A suffix such as ``jpg`` or ``.png``; None keeps the photo's format where it can be written here.
        quality: As in ``save``.
        extra: As in ``save``.

    Raises:
        PhotoWriteError: There is no such format here, or it cannot hold the photo.
        ValueError: As in ``save``.
    """
    return encode_and_check(image, source, format=format, quality=quality, extra=extra)[0]


def encode_and_check(
    image: ImageArray,
    source: Photo,
    *,
    format: str | None = None,  # noqa: A002  Pillow's name
    quality: int | None = None,
    extra: Extra = AS_USUAL,
) -> tuple[bytes, ReadBack | None]:
    """As ``encode``, with what was found in the bytes if ``extra`` asks to read them back."""
    _check_result(image, source, quality)
    suffix = encode_format(source, "same")[1] if format is None else f".{format.removeprefix('.')}"
    name = _format_for(Path(f"result{suffix}"), source.size_wh)
    file = io.BytesIO()
    try:
        found = _encode_and_check(image, file, name, source, quality, extra)
    except PhotoWriteError:
        raise
    except Exception as error:  # an encoder may raise anything
        raise PhotoWriteError(f"the photo could not be encoded as {name} ({error})") from error
    return file.getvalue(), found


def _encode_and_check(
    image: ImageArray, file: BinaryIO, name: str, source: Photo, quality: int | None, extra: Extra
) -> ReadBack | None:
    """Write into a file, and read it back if that is asked for."""
    spliced = _encode(image, file, name, source, quality, extra)
    if not (extra.read_back or extra.verify):
        return None
    found = read_back(file, source, extra.hole, lossless=_is_lossless(name, source, quality))
    found = replace(found, own_blocks=spliced)
    if extra.verify:
        check(found, source)
    return found


def _check_result(image: ImageArray, source: Photo, quality: int | None) -> None:
    check_image(image)
    if image.shape != source.image.shape:
        raise ValueError(f"the result has shape {image.shape}, its photo {source.image.shape}")
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality must lie in 1 to 100, got {quality}")


def _is_lossless(name: str, source: Photo, quality: int | None) -> bool:
    return name in LOSSLESS or (name == "WEBP" and quality is None and source.webp_lossless)


def _encode(image: ImageArray, file: BinaryIO, name: str, source: Photo, quality: int | None, extra: Extra) -> bool:
    """Write the picture and what belongs to it into a file that can be read and sought.

    Returns:
        Whether it is a JPEG that kept the photo's own blocks outside the hole.
    """
    carried, mode = chosen(source, extra), _mode(image, source, name)
    if source.deep is not None and name in ("PNG", "TIFF"):
        data = encode_deep(merge(image, source.image, source.deep, extra.hole), name, source.tiff_compression)
        if name == "PNG":
            tiny = io.BytesIO()
            Image.new(mode, (1, 1)).save(tiny, format="PNG", **metadata_of(name, source, carried, mode))
            data = png.insert(tiny.getvalue(), data)
        file.write(data)
    else:
        options = {**encoder_options(name, source, quality), **metadata_of(name, source, carried, mode)}
        if name == "HEIF" and source.deep is not None and source.deep.shape[2] > 2:
            file.write(encode_heif(merge(image, source.image, source.deep, extra.hole), options))
        elif name == "JPEG" and quality is None and _splice(image, mode, file, source, options, extra):
            return True
        else:
            _picture(image, mode, source).save(file, format=name, **options)
    if name in ("HEIF", "AVIF") and source.icc_profile is None and source.png_colour:
        file.seek(0)
        stated = numbers.into_nclx(file.read(), source.png_colour)
        file.seek(0)
        file.write(stated)
    if name == "TIFF":
        is_deep = source.deep is not None
        values = tiff_values(source, carried, mode, is_deep=is_deep)
        if carried.exif or values:
            exif.add_to_tiff(file, carried.exif, values)
    return False


def _splice(image: ImageArray, mode: str, file: BinaryIO, source: Photo, options: dict[str, Any], extra: Extra) -> bool:
    """Write a JPEG with the photo's own blocks outside the hole; whether that could be done."""
    hole = differ(image, source.image) if extra.hole is None else extra.hole
    spliced = splice(image, mode, source, hole, options)
    if spliced is not None:
        file.write(spliced)
    return spliced is not None


def save_mask(hole: MaskArray, target: Path, *, overwrite: bool = True, on_whole: OnWhole = _tell_nobody) -> None:
    """Write an (H, W) bool mask as a grey PNG, 255 where it is set and 0 elsewhere.

    Raises:
        FileExistsError: As in ``save``.
        PhotoWriteError: The file system refuses. Nothing is left behind.
    """
    check_mask(hole, hole.shape, "hole")
    with replacing(target, overwrite, on_whole) as file:
        _write_mask(hole, file)


def encode_mask(hole: MaskArray) -> bytes:
    """The bytes of the file that ``save_mask`` would write."""
    check_mask(hole, hole.shape, "hole")
    file = io.BytesIO()
    _write_mask(hole, file)
    return file.getvalue()


def _write_mask(hole: MaskArray, file: BinaryIO) -> None:
    picture = Image.fromarray(hole.astype(np.uint8) * np.uint8(255))
    picture.save(file, format="PNG", compress_level=PNG_COMPRESS_LEVEL)


def save_copy(source: Path, target: Path, *, overwrite: bool = True, on_whole: OnWhole = _tell_nobody) -> None:
    """Copy a file, byte for byte.

    Raises:
        FileExistsError: As in ``save``.
        PhotoWriteError: ``target`` is the file itself, or the file system refuses. Nothing is left behind.
    """
    if _is_same_file(target, source):
        raise PhotoWriteError(f"{target}: this is the photo itself, which is never overwritten: choose another name")
    with replacing(target, overwrite, on_whole) as file, source.open("rb") as original:
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


def _mode(image: ImageArray, source: Photo, name: str) -> str:
    """What is encoded, in Pillow's words: L or RGB, with an A where both the photo and the format have alpha."""
    red, green, blue = (image[..., channel] for channel in range(3))
    is_grey = source.grey and np.array_equal(red, green) and np.array_equal(green, blue)
    has_alpha = source.alpha is not None and name not in ("JPEG", "BMP")
    return ("L" if is_grey else "RGB") + ("A" if has_alpha else "")


def _picture(image: ImageArray, mode: str, source: Photo) -> Image.Image:
    """The picture in ``mode``; where it has no alpha and the photo has, on white."""
    picture = Image.fromarray(np.ascontiguousarray(image[..., 0] if mode in ("L", "LA") else image))
    if source.alpha is None:
        return picture
    alpha = Image.fromarray(source.alpha)
    if mode in ("L", "RGB"):
        white = Image.new(mode, picture.size, "white")
        white.paste(picture, mask=alpha)
        return white
    picture.putalpha(alpha)
    return picture


def _is_same_file(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:  # one of them does not exist
        return target.absolute() == source.absolute()
