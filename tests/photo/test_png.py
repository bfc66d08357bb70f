"""Sound PNGs with texts of any size and name are read; what is damaged beside the pixels is left out and said."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from eraser.errors import PhotoReadError
from eraser.photo import load

PIXELS = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
LARGE = zlib.compress(b"a" * 3_000_000)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def png(*chunks):
    """A PNG of PIXELS with further chunks after its head."""
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "PNG")
    data, head = file.getvalue(), 33
    more = [struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks]
    return data[:head] + b"".join(more) + data[head:]


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"zTXt", b"Comment\0\0" + LARGE)],
        [(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LARGE)],
        [(b"tEXt", b"key %d\0" % number + b"v" * 100_000) for number in range(700)],
        [(b"tEXt", key + b"\0hello") for key in (b"transparency", b"gamma", b"dpi", b"icc_profile", b"exif")],
    ],
    ids=["packed text", "packed XMP", "many texts", "keys of Pillow's own"],
)
def test_texts_of_any_size_and_name_are_passed_over(chunks):
    photo = load(png(*chunks))

    np.testing.assert_array_equal(photo.image, PIXELS)
    assert all("XMP data is damaged" in note for note in photo.notes)
    assert (photo.icc_profile, photo.exif, photo.alpha, photo.dpi) == (None, None, None, None)


def test_a_colour_profile_of_more_than_a_megabyte_is_kept():
    large = PROFILE + bytes(2_000_000)
    photo = load(png((b"iCCP", b"large\0\0" + zlib.compress(large))))

    assert photo.icc_profile == large


@pytest.mark.parametrize(
    ("chunk", "said"),
    [
        ((b"iCCP", b"icc\0\0not packed"), "the colour profile is damaged and left out"),
        ((b"tEXt", b"Raw profile type exif\0\nexif\n  10\nzzzz"), "the EXIF data is damaged or empty and left out"),
    ],
)
def test_what_is_damaged_beside_the_pixels_is_left_out_and_said(chunk, said):
    photo = load(png(chunk))

    np.testing.assert_array_equal(photo.image, PIXELS)
    assert photo.notes == (said,)


def test_exif_data_in_hex_is_read_as_imagemagick_wrote_it():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    data = b"Exif\0\0" + exif.tobytes()[6:] if exif.tobytes().startswith(b"Exif") else b"Exif\0\0" + exif.tobytes()
    text = b"\nexif\n%8d\n" % len(data) + data.hex().encode()

    photo = load(png((b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))))

    assert photo.image.shape == (30, 20, 3)  # turned upright
    assert photo.exif is not None


def test_exif_data_of_its_own_goes_before_that_in_a_text():
    own, other = Image.Exif(), Image.Exif()
    own[0x0112], other[0x0112] = 6, 1
    data = b"Exif\0\0" + other.tobytes().removeprefix(b"Exif\0\0")
    text = b"Raw profile type exif\0\nexif\n%8d\n" % len(data) + data.hex().encode()

    photo = load(png((b"tEXt", text), (b"eXIf", own.tobytes().removeprefix(b"Exif\0\0"))))

    assert photo.image.shape == (30, 20, 3)  # turned upright as its own says


@pytest.mark.parametrize("cut", [40, 60, 200])
def test_a_png_with_texts_that_is_cut_short_is_damaged(cut):
    data = png((b"tEXt", b"Software\0x"))

    with pytest.raises(PhotoReadError, match="damaged or cut short"):
        load(data[: len(data) - cut])
