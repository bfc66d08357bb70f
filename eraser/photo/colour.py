"""Colour: whatever Pillow decodes, as RGB of 8 bits and an alpha channel."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms, ImageFile

_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO = 0
DEEP_NOTE = "-bit read as 8-bit"
"""Behind a number of bits."""
_GREY_MODES = frozenset(("1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N"))
_DEEP_RAWMODE = re.compile(r";16[BLN]$")  # not BGR;16, five bits a channel


class UnknownRangeError(ValueError):
    """Pixels of a kind, such as floating point, for which no value is known to be white."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} pixels have no known range: export the photo with 8 or 16 bits")


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded image in modes RGB and L."""

    rgb: Image.Image
    alpha: Image.Image | None
    grey: bool
    """The file has no colour."""
    icc_profile: bytes | None
    """The profile that ``rgb`` is in."""
    notes: tuple[str, ...]


def is_deep(image: Image.Image) -> bool:
    """Whether the file has 16 bits a channel. To be asked before the pixels are loaded."""
    args = image.tile[0].args if isinstance(image, ImageFile.ImageFile) and image.tile else ""
    rawmode = args if isinstance(args, str) else str(args[0]) if args else ""
    return image.mode.startswith("I") or bool(_DEEP_RAWMODE.search(rawmode))


def to_rgb(image: Image.Image, deep: bool) -> Pixels:
    """Split a loaded image.

    RGB values stay what they are, in whatever profile they are. CMYK and LAB go to sRGB, through the embedded profile
    where there is one, and lose it. 16 bits become 8: Pillow keeps the upper byte of colour; grey is rounded.

    Args:
        image: Loaded, one frame.
        deep: What ``is_deep`` said.

    Raises:
        UnknownRangeError: Floating point, or integers beyond 16 bits.
    """
    profile = image.info.get("icc_profile") or None
    notes = [f"16{DEEP_NOTE}"] if deep else []
    bits = int(image.info.get("bit_depth", 8))  # of HEIF
    if bits > 8:
        notes.append(f"{bits}{DEEP_NOTE}")
    if image.mode in ("P", "PA"):
        notes.append("palette read as RGB")
    grey = image.mode in _GREY_MODES
    transparency = image.info.get("transparency")
    if image.mode.startswith("I"):
        image, transparency = _eight_bit_grey(image), None
    elif deep and isinstance(transparency, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in transparency)  # the pixels lost that byte too
    if image.mode == "La":
        image = image.convert("LA")
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if image.mode in ("CMYK", "LAB"):
        image, note = _to_srgb(image, profile)
        notes.append(note)
        profile = None
    elif image.mode in ("F", "HSV"):
        raise UnknownRangeError("floating-point" if image.mode == "F" else image.mode)
    rgb = image if image.mode == "RGB" else image.convert("RGB")  # which would copy
    return Pixels(rgb, alpha, grey, profile, tuple(notes))


def _eight_bit_grey(image: Image.Image) -> Image.Image:
    """Grey of 9 to 16 bits, scaled and rounded to mode L or, with a transparent value, LA."""
    samples = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    bits = int(tags.get(_BITS_PER_SAMPLE, (16,))[0])
    white = 2**bits - 1 if 8 < bits <= 16 else 65535
    if image.mode == "I" and (samples.min() < 0 or samples.max() > white):
        raise UnknownRangeError("32-bit")
    table = np.minimum((np.arange(65536) * 255 + white // 2) // white, 255).astype(np.uint8)
    if int(tags.get(_PHOTOMETRIC, 1)) == _WHITE_IS_ZERO and image.mode != "I":  # Pillow turns 8 bits, and leaves 16
        table = np.uint8(255) - table
    grey = Image.fromarray(table[samples])
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey.putalpha(Image.fromarray(np.where(samples == transparent, 0, 255).astype(np.uint8)))
    return grey


def _to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    """CMYK or LAB as sRGB, and what to tell the person."""
    if image.mode == "LAB":
        return _transform(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))), "LAB converted to sRGB"
    if profile is not None:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return _transform(image, own), "CMYK converted to sRGB through its profile"
        except (ImageCms.PyCMSError, OSError):  # a damaged profile, or one of another colour space
            pass
    return image.convert("RGB"), "CMYK without a profile converted to RGB: colours may look different"


def _transform(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.buildTransform(source, srgb, image.mode, "RGB", intent, flags).apply(image)
