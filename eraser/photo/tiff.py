"""TIFFs whose layout Pillow misreads or does not know, laid out anew in memory with tifffile (an extra package)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from eraser.photo import exif

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BITS_PER_SAMPLE, _COMPRESSION, _PHOTOMETRIC, _PLANES = 258, 259, 262, 284
_WHITE_IS_ZERO, _GREY, _RGB = 0, 1, 2


def is_misread(tags: Mapping[int, Any]) -> bool:
    """Whether Pillow would get the pixels wrong, mostly without an error.

    It takes uncompressed planes of 16 bits for ones of 8, and loses or mixes up the alpha of grey in planes.
    """
    bits = tags.get(_BITS_PER_SAMPLE, (1,))
    if int(tags.get(_PLANES, 1)) != 2 or len(bits) < 2:
        return False
    is_grey = int(tags.get(_PHOTOMETRIC, _RGB)) in (_WHITE_IS_ZERO, _GREY)
    return is_grey or (max(bits) > 8 and int(tags.get(_COMPRESSION, 1)) == 1)


def loses_bits(tags: Mapping[int, Any]) -> bool:
    """Whether Pillow and OpenCV read the picture, but only 8 of its 16 bits: compressed planes."""
    bits = tags.get(_BITS_PER_SAMPLE, (1,))
    return int(tags.get(_PLANES, 1)) == 2 and len(bits) > 1 and max(bits) == 16


def lay_out(file: BinaryIO, most_pixels: int) -> io.BytesIO | None:
    """A TIFF of the same picture that Pillow reads: interleaved, black is 0; None where that is not known to work.

    It is grey or RGB of 8 or 16 bits, with or without alpha. Orientation, resolution and profile come along.

    Args:
        file: A TIFF or BigTIFF.
        most_pixels: More are not decoded.
    """
    import tifffile

    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        page: Any = tiff.pages[0]
        kind, extra = int(page.photometric), page.extrasamples
        if kind == _RGB and int(page.samplesperpixel) == 4:
            extra = (2,)  # some writers do not say that the fourth is alpha
        count = int(page.samplesperpixel) - len(extra)
        is_known = page.dtype in (np.uint8, np.uint16) and (kind, count) in ((0, 1), (1, 1), (2, 3))
        if len(tiff.pages) != 1 or not is_known or len(extra) > 1:
            return None
        if page.imagewidth * page.imagelength > most_pixels or page.bitspersample not in (8, 16):
            return None
        samples = page.asarray()
        if int(page.planarconfig) == 2 and count + len(extra) > 1:
            samples = np.moveaxis(samples, 0, -1)
        samples = samples.reshape(page.imagelength, page.imagewidth, count + len(extra))
        if kind == _WHITE_IS_ZERO:
            samples = samples.copy()
            samples[..., 0] = np.iinfo(samples.dtype).max - samples[..., 0]
        dpi, profile = _dpi(page), page.iccprofile
    file.seek(0)
    turn = exif.orientation(file.read())
    if samples.shape[2] == 2 and samples.dtype == np.uint16:  # which Pillow does not know either
        samples, kind = samples[..., [0, 0, 0, 1]], _RGB
    plain = io.BytesIO()
    tifffile.imwrite(
        plain,
        np.ascontiguousarray(samples) if samples.shape[2] > 1 else samples[..., 0],
        photometric="rgb" if kind == _RGB else "minisblack",
        planarconfig="contig" if samples.shape[2] > 1 else None,
        extrasamples=["unassalpha"] if extra else None,
        iccprofile=profile,
        resolution=dpi,
        resolutionunit=2 if dpi else None,
        extratags=[(exif.ORIENTATION, 3, 1, turn, True)],
        metadata=None,
        software=False,
    )
    plain.seek(0)
    return plain


def _dpi(page: Any) -> tuple[float, float] | None:  # noqa: ANN401  tifffile's pages have tags of any kind
    try:
        x, y = page.get_resolution("inch")
    except (KeyError, ValueError, ZeroDivisionError, TypeError):
        return None
    return (float(x), float(y)) if x > 0 and y > 0 and "XResolution" in page.tags else None
