"""File formats: which are read and written here, and which one a result gets."""

from __future__ import annotations

import functools
import importlib.util
from typing import Literal

from PIL import Image, features

from eraser.photo.base import Photo

_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "HEIF": (".heic", ".heif", ".hif"),
    "AVIF": (".avif",),
}
"""Suffixes of a format, its usual one first."""
_WANTED = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
HEIF_HINT = "HEIC needs an extra package: pip install 'erase-me[heif]'"
AVIF_HINT = "AVIF needs a newer Pillow: pip install --upgrade pillow"


def format_of_suffix(suffix: str) -> str | None:
    """Pillow's name for the format of a suffix, in letters of any size; None if the format is not supported."""
    return next((name for name, suffixes in _SUFFIXES.items() if suffix.lower() in suffixes), None)


def _readable_suffixes() -> frozenset[str]:
    readable = {"JPEG", "PNG", "WEBP", "TIFF", "BMP"}
    if importlib.util.find_spec("pillow_heif") is not None:
        readable.add("HEIF")
    if features.check_module("avif"):
        readable.add("AVIF")
    return frozenset(suffix for name in readable for suffix in _SUFFIXES[name])


PHOTO_SUFFIXES: frozenset[str] = _readable_suffixes()
"""What counts as a photo in a folder: lower-case, with the dot."""


@functools.cache
def has_tifffile() -> bool:
    """Whether the extra package for uncommon TIFFs is there."""
    return importlib.util.find_spec("tifffile") is not None


@functools.cache
def register_heif() -> bool:
    """Teach Pillow HEIC, once one is met: whether the extra package is there."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def readable_formats() -> list[str]:
    """The formats that ``Image.open`` may try. GIF is among them only to be told from what is no image at all."""
    heif = ["HEIF"] if register_heif() else []
    avif = ["AVIF"] if features.check_module("avif") else []
    return ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", *avif, *heif]


def can_write(name: str) -> bool:
    """Whether this machine has an encoder: HEIF and AVIF may come with a decoder only."""
    if name == "HEIF" and not register_heif():
        return False
    if name not in Image.SAVE:
        Image.init()
    return name in _SUFFIXES and name in Image.SAVE


def fast_encoder(name: str) -> dict[str, object]:
    """Options that make an encoder fast enough for photos: at one quality up to ten times, 15 % larger at most."""
    if name == "AVIF":
        return {"speed": 9}
    if name == "HEIF" and register_heif():
        import pillow_heif

        if "x265" in str(pillow_heif.libheif_info().get("HEIF")):
            return {"enc_params": {"preset": "ultrafast"}}
    return {}


def encode_format(source: Photo, wanted: Literal["same", "png", "jpg", "webp"]) -> tuple[str, str]:
    """The format of a result.

    ``same`` keeps the photo's format, for HEIC and AVIF where there is an encoder. What cannot be written as it was
    becomes the nearest that everybody can open: HEIC and AVIF a JPEG, GIF a PNG, anything of these with transparency
    a PNG, and so does a transparent BMP, whose alpha most programs ignore.

    Returns:
        Pillow's name, and the suffix with its dot: the photo's own, spelt as it is, where it fits the format.
    """
    name = source.format if wanted == "same" else _WANTED[wanted]
    if not can_write(name):
        name = "JPEG" if name in ("HEIF", "AVIF") and source.alpha is None else "PNG"
    elif name == "BMP" and source.alpha is not None:
        name = "PNG"
    suffix = source.path.suffix if source.path is not None else ""
    return name, suffix if format_of_suffix(suffix) == name else _SUFFIXES[name][0]
