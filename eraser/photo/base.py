"""Photo: the pixels that the stages work on, and what goes back into the file around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eraser.geometry import ImageArray


@dataclass(frozen=True, slots=True)
class JpegSettings:
    """How a JPEG was encoded, so that its result is as large and as fine as itself."""

    tables: tuple[tuple[int, ...], ...]
    """Quantisation tables of 64 in natural order: one for all components, or luma then chroma, or one each."""
    subsampling: int
    """Of the chroma, as Pillow counts: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0."""
    progressive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Metadata as it goes into a result; the table in ``fields`` says which."""

    exif: bytes | None = None
    """``Exif\\0\\0`` and a TIFF block, orientation 1 (see ``exif.carry_over``)."""
    iptc: bytes | None = None
    """IIM records."""
    xmp: bytes | None = None
    """A packet."""
    comment: bytes | None = None
    """Of a JPEG."""
    texts: tuple[tuple[str, str], ...] = ()
    """Keywords and texts of a PNG."""


NOTHING = Carried()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """A decoded photo. The defaults suit pixels that come from no file."""

    image: ImageArray
    """(H, W, 3) RGB uint8, upright: the EXIF orientation is applied. Colours are those of ``icc_profile``."""
    alpha: npt.NDArray[np.uint8] | None = None
    """(H, W) uint8, 255 = opaque; None for a photo without transparency."""
    format: str = "PNG"
    """What the file is, in Pillow's words and whatever its suffix says: ``JPEG``, ``PNG``, ``WEBP``, ``TIFF``..."""
    path: Path | None = None
    """Where it was read; ``save`` refuses to write there."""
    data: bytes | None = field(default=None, repr=False)
    """The file's content, for a JPEG that was read from bytes: a result keeps its blocks outside the hole."""
    grey: bool = False
    """The file has no colour: its three channels are equal, and a result with equal channels is written grey."""
    carried: Carried = NOTHING
    """Metadata that goes into a result."""
    on_request: Carried = NOTHING
    """The same with all that ``--keep-metadata`` keeps."""
    deep: npt.NDArray[np.uint16] | None = None
    """(H, W, 1 to 4), the 16-bit samples of ``image`` and ``alpha``: grey or RGB, then alpha; None for 8 bits."""
    deep_bits: int = 16
    """How many bits ``deep`` has in the file: 16, or 10 or 12 of a HEIC, scaled to 16."""
    png_colour: tuple[tuple[bytes, bytes], ...] = ()
    """What the colours are, told by numbers, as chunks of a PNG: kind and content. Of any format."""
    icc_profile: bytes | None = None
    """The profile that the pixels are in; None is taken for sRGB."""
    dpi: tuple[float, float] | None = None
    """Dots per inch along x and y of the upright photo."""
    jpeg: JpegSettings | None = None
    """For a JPEG only."""
    webp_lossless: bool = False
    """A WebP without loss, which its result then is too."""
    tiff_compression: str | None = None
    """Pillow's name for a TIFF's compression."""
    was_upright: bool = True
    """Whether the file's pixels lie as they are shown."""
    notes: tuple[str, ...] = ()
    """What the person should know, a short line each: ``16-bit read as 8-bit``."""

    @property
    def exif(self) -> bytes | None:
        """The EXIF block that goes into a result."""
        return self.carried.exif

    @property
    def size_wh(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]
