"""The photo, first and last stage: load upright RGB, save it as it came, with what belongs to it.

opening -> read -> colour, exif -> Photo ... Photo -> write -> exif; ``formats`` says what can be read and written here.
"""

from eraser.photo.attach import Extra
from eraser.photo.base import Carried, JpegSettings, Photo
from eraser.photo.formats import PHOTO_SUFFIXES, encode_format, format_of_suffix
from eraser.photo.mask import load_mask
from eraser.photo.read import Picture, as_photo, load, size_of
from eraser.photo.verify import ReadBack
from eraser.photo.write import encode, encode_and_check, encode_mask, save, save_copy, save_mask

__all__ = [
    "PHOTO_SUFFIXES",
    "Carried",
    "Extra",
    "JpegSettings",
    "Photo",
    "Picture",
    "ReadBack",
    "as_photo",
    "encode",
    "encode_and_check",
    "encode_format",
    "encode_mask",
    "format_of_suffix",
    "load",
    "load_mask",
    "save",
    "save_copy",
    "save_mask",
    "size_of",
]
