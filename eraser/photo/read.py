"""Reading: a file becomes an upright Photo, or one clear line says why not.

A half picture is never returned: what is cut short is an error, also where a decoder would fill the rest with grey.
"""

from __future__ import annotations

import functools
import io
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, JpegImagePlugin

from eraser.errors import PhotoReadError
from eraser.geometry import ImageArray, check_image
from eraser.photo import exif, numbers, png
from eraser.photo.base import JpegSettings, Photo
from eraser.photo.carried import buffer, read_carried
from eraser.photo.colour import DEEP_NOTE, is_deep, to_rgb
from eraser.photo.deep import avif_bits, read_avif, read_deep, read_heif, turned
from eraser.photo.opening import LAID_OUT, NOTES, PLAIN, open_image

Picture: TypeAlias = "Photo | str | PathLike[str] | bytes | BinaryIO | Image.Image | ImageArray"
"""Whatever ``as_photo`` takes."""

_BACK = {6: 8, 8: 6}
"""The orientation that undoes another one; the others undo themselves."""
_HEAD_BYTES = 100_000
_PHOTOMETRIC = 262
_MOST_APART = 4
"""Mean difference of two decoders' pictures, in levels of 8 bits, at most."""


def load(source: str | PathLike[str] | bytes | BinaryIO) -> Photo:
    """Read a photo from a path, from the bytes of a file, or from a binary file.

    The format is told by the content, not by the suffix. Of a JPEG or HEIC with several pictures (depth, HDR gain map,
    second view) the main one is read; the others show the people too and never get into a result. Animations and
    documents of several pages are refused, since a result would lose the rest.

    Raises:
        PhotoReadError: It is missing, empty, cut short, no photo, animated or above 500 megapixels.
    """
    path: Path | None = None
    whole: Path | io.BytesIO
    if isinstance(source, str | PathLike):
        whole = path = Path(source)
    else:
        whole = _read_whole(source)
    with open_image(whole) as (file, image):
        notes = [*_several_pictures(image), *image.info.get(NOTES, ())]
        deep = is_deep(image)
        block, turn, was_upright = _exif_block(image, file)
        image.load()
        if image.format in ("JPEG", "MPO"):
            _check_jpeg_is_whole(file)
        pixels = to_rgb(image, deep)
        if image.format == "TIFF":
            turn = 1  # the pixels are turned already
        array = turned(np.array(pixels.rgb), turn)
        alpha = None if pixels.alpha is None else turned(np.array(pixels.alpha), turn)
        plain = image.info.get(PLAIN)
        colour = tuple(plain.colour) if plain is not None else ()
        file.seek(0)
        head = file.read(_HEAD_BYTES) if image.format in ("HEIF", "AVIF") else b""
        if head and not pixels.icc_profile:
            colour = numbers.from_nclx(head)
        carried, on_request, said = read_carried(image, block, file, (array.shape[1], array.shape[0]))
        bits, samples = 16, None
        if deep and image.format in ("PNG", "TIFF"):
            samples = _samples(image, file, block, array, alpha, pixels.grey)
        elif head:
            bits = avif_bits(head) if image.format == "AVIF" else int(image.info.get("bit_depth", 8))
            samples = _samples_of_boxes(image, file, array, alpha, turn, bits)
            if samples is not None:  # an 8-bit decoder rounds its chroma otherwise
                upper = (samples >> 8).astype(np.uint8)
                array, alpha = np.ascontiguousarray(upper[..., :3]), None if alpha is None else upper[..., 3].copy()
            elif image.format == "AVIF" and bits > 8:
                said.append(f"{bits}{DEEP_NOTE}")
        said += [note for note in pixels.notes if samples is None or not note.endswith(DEEP_NOTE)]
        return Photo(
            image=array,
            alpha=alpha,
            format="JPEG" if image.format == "MPO" else str(image.format),
            path=path,
            data=whole.getvalue() if isinstance(whole, io.BytesIO) and image.format in ("JPEG", "MPO") else None,
            grey=pixels.grey,
            carried=carried,
            on_request=on_request,
            deep=samples,
            deep_bits=bits if samples is not None else 16,
            png_colour=colour,
            icc_profile=pixels.icc_profile,
            dpi=_dpi(image.info, turned=turn >= 5),
            jpeg=_jpeg_settings(image) if isinstance(image, JpegImagePlugin.JpegImageFile) else None,
            webp_lossless=image.format == "WEBP" and _is_lossless_webp(file),
            tiff_compression=str(image.info.get("compression")) if image.format == "TIFF" else None,
            was_upright=was_upright,
            notes=(*notes, *said),
        )


def _samples(
    image: Image.Image,
    file: BinaryIO,
    block: exif.Buffer | None,
    array: ImageArray,
    alpha: npt.NDArray[np.uint8] | None,
    grey: bool,
) -> npt.NDArray[np.uint16] | None:
    """The 16-bit samples, upright; None where they cannot be had."""
    white_is_zero = image.format == "TIFF" and int(getattr(image, "tag_v2", {}).get(_PHOTOMETRIC, 1)) == 0
    read = functools.partial(read_deep, grey=grey, white_is_zero=white_is_zero)
    data = bytes(buffer(image.info.get(LAID_OUT, file)))
    samples = read(data, array, alpha)  # OpenCV may turn a TIFF, as its version is
    turn = exif.orientation(block) if block else 1
    if samples is not None or turn == 1:
        return samples
    back = _BACK.get(turn, turn)
    samples = read(data, turned(array, back), None if alpha is None else turned(alpha, back))
    return None if samples is None else turned(samples, turn)


def _samples_of_boxes(
    image: Image.Image,
    file: BinaryIO,
    array: ImageArray,
    alpha: npt.NDArray[np.uint8] | None,
    turn: int,
    bits: int,
) -> npt.NDArray[np.uint16] | None:
    """The samples of a HEIC or AVIF of more than 8 bits, scaled to 16 and upright; None where they cannot be had."""
    if bits == 8:
        return None
    data, shape = bytes(buffer(file)), (*array.shape[:2], 3 if alpha is None else 4)
    samples = read_heif(data, shape, turn) if image.format == "HEIF" else read_avif(data, shape, turn, bits)
    if samples is None:
        return None
    apart = cv2.absdiff((samples[..., :3] >> 8).astype(np.uint8), array)
    return samples if apart.mean() < _MOST_APART else None  # another picture, or turned in another way


def size_of(source: str | PathLike[str] | bytes | BinaryIO) -> tuple[int, int]:
    """(width, height) of a file's picture as it is stored, before any turn; only the head of the file is decoded.

    Raises:
        PhotoReadError: As in ``load``, as far as the head tells.
    """
    with open_image(Path(source) if isinstance(source, str | PathLike) else _read_whole(source)) as (_, image):
        return image.size


def as_photo(picture: Picture) -> Photo:
    """A photo from whatever a caller has: nothing is copied where it is a Photo or an array.

    Args:
        picture: A Photo, a path, the bytes of a file, a binary file, a Pillow image, or an RGB uint8 (H, W, 3) array.
            All but arrays are turned upright as their EXIF data says. A Pillow image gives its pixels and its colour
            profile, and transparency is dropped.

    Raises:
        PhotoReadError: It cannot be decoded.
        TypeError: It is none of these, or the array has another dtype.
        ValueError: The array has another shape.
    """
    if isinstance(picture, Photo):
        return picture
    if isinstance(picture, np.ndarray):
        check_image(picture)
        return Photo(image=picture)
    if isinstance(picture, Image.Image):
        return Photo(image=_upright_rgb(picture), icc_profile=picture.info.get("icc_profile"))
    if not isinstance(picture, str | PathLike | bytes | bytearray | memoryview) and not hasattr(picture, "read"):
        raise TypeError(f"a photo must be a path, bytes, a file, an image or an array, got {type(picture).__name__}")
    return load(picture)


def _read_whole(source: bytes | BinaryIO) -> io.BytesIO:
    """All of a binary file from where it stands, in memory: a decoder seeks, and a pipe cannot."""
    return io.BytesIO(source if isinstance(source, bytes | bytearray | memoryview) else source.read())


def _upright_rgb(image: Image.Image) -> ImageArray:
    """The pixels of a Pillow image, upright as its EXIF data says, as (H, W, 3) RGB uint8 without transparency."""
    deep = is_deep(image)
    try:
        image.load()
        rgb = to_rgb(image, deep).rgb
    except Exception as error:  # as in open_image: an image may still be a file that nobody has decoded yet
        raise PhotoReadError(f"the image cannot be decoded ({error})") from error
    # Asked after loading, when Pillow has turned a TIFF.
    return turned(np.array(rgb), _stated_turn(image))


def _stated_turn(image: Image.Image) -> int:
    """The orientation of a Pillow image.

    That of XMP, which Pillow takes where EXIF has none, is passed over as in files: viewers do not turn such photos.
    """
    turn = int(image.getexif().get(exif.ORIENTATION, 1))
    packet = image.info.get("xmp") or image.info.get(png.XMP_KEY) or b""
    packet = packet.encode("utf-8", "replace") if isinstance(packet, str) else packet
    block = image.info.get("exif")
    is_from_xmp = b"Orientation" in packet and not (block and exif.stated_orientation(block))
    return 1 if is_from_xmp else turn


def _several_pictures(image: Image.Image) -> list[str]:
    count = int(getattr(image, "n_frames", 1))
    if count == 1 or image.format not in ("MPO", "HEIF"):
        return []
    return [f"the file holds {count} pictures (such as depth or an HDR gain map): only the main one is kept"]


def _exif_block(image: Image.Image, file: BinaryIO) -> tuple[exif.Buffer | None, int, bool]:
    """A TIFF block with the EXIF data, None without, the orientation to be applied, and whether it is 1."""
    block = buffer(file) if image.format == "TIFF" else image.info.get("exif")
    turn = exif.orientation(block) if block else 1
    return (block, turn, turn == 1) if block else (None, 1, True)


def _check_jpeg_is_whole(file: BinaryIO) -> None:
    """Raise ValueError unless the end marker follows the first scan: libjpeg takes a tail of zeros for picture."""
    data, at = buffer(file), 2
    while data[at : at + 2] != b"\xff\xda" and at + 4 <= len(data):
        is_marker = data[at] == 0xFF and data[at + 1] not in (0x00, 0xFF)  # between segments lies padding, or dirt
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big") if is_marker else 1
    if data.rfind(b"\xff\xd9") < at:
        raise ValueError("the end of the picture is missing")


def _jpeg_settings(image: JpegImagePlugin.JpegImageFile) -> JpegSettings | None:
    """Tables in the order of the components, which may share them; None if one is missing."""
    names = [layer[3] for layer in image.layer[:3]]
    if not names or any(name not in image.quantization for name in names):
        return None
    tables = [tuple(image.quantization[name]) for name in names]
    while len(tables) > 1 and tables[-1] == tables[-2]:
        tables.pop()
    subsampling = max(JpegImagePlugin.get_sampling(image), 0)  # 4:4:4 for what Pillow cannot write, such as 4:4:0
    return JpegSettings(tuple(tables), subsampling, bool(image.info.get("progressive")))


def _is_lossless_webp(file: BinaryIO) -> bool:
    """Whether the picture's chunk is VP8L; chunks are four letters, a size, and a body padded to even length."""
    file.seek(12)
    while len(chunk := file.read(8)) == 8:
        if chunk[:4] in (b"VP8 ", b"VP8L"):
            return chunk[:4] == b"VP8L"
        size = int.from_bytes(chunk[4:], "little")
        file.seek(size + size % 2, 1)
    return False


def _dpi(info: dict[str | tuple[int, int], Any], turned: bool) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (0 < x < 65536 and 0 < y < 65536):  # not what a broken writer left there, nan among it
        return None
    return (y, x) if turned else (x, y)
