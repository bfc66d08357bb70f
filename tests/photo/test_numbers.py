"""Colours that HEIC, AVIF and PNG tell by numbers: kept, turned into a profile, or said to be lost."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from eraser.photo import Carried, Extra, Photo, encode, formats, load, save
from eraser.photo.numbers import from_nclx, hdr_name, into_nclx, profile_of

PIXELS = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
DISPLAY_P3 = ((b"cICP", bytes((12, 13, 0, 1))),)
PQ = ((b"cICP", bytes((9, 16, 0, 1))),)
COLOURS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128], [200, 150, 100], [9, 9, 9]]], np.uint8)


def box(*numbers):
    return b"\0\0\0\x13colrnclx" + struct.pack(">HHHB", *numbers, 1, 128)


def shown(profile):
    """What colours of a profile are in sRGB."""
    own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(Image.fromarray(COLOURS), own, srgb)).astype(int)


def linear(values):
    values = np.asarray(values) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(values):
    values = np.clip(values, 0, 1)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055) * 255


@pytest.mark.parametrize(
    ("numbers", "chunks"),
    [
        ((12, 13), DISPLAY_P3),
        ((9, 16), PQ),
        ((1, 13), ()),
        ((1, 1), ()),
        ((2, 2), ()),
        ((77, 13), ()),
    ],
)
def test_numbers_of_a_heic_become_a_chunk_unless_they_are_srgb(numbers, chunks):
    assert from_nclx(b"ftyp" + box(*numbers)) == chunks


def test_damaged_numbers_are_none():
    assert from_nclx(b"colrnclx\0") == () == from_nclx(b"")
    assert into_nclx(b"no box", DISPLAY_P3) == b"no box"
    assert profile_of([(b"cICP", b"\x0c")]) is None
    assert profile_of([(b"gAMA", struct.pack(">L", 50_000)), (b"cHRM", bytes(32))]) is None
    same_points = struct.pack(">8L", *(30_000,) * 8)
    assert profile_of([(b"gAMA", struct.pack(">L", 50_000)), (b"cHRM", same_points)]) is None


def test_a_profile_of_display_p3_shows_its_colours_as_computed_by_hand():
    to_srgb = np.array([[1.2249, -0.2249, 0], [-0.0420, 1.0420, 0], [-0.0196, -0.0786, 1.0983]])  # both have one white

    expected = encoded(linear(COLOURS[0]) @ to_srgb.T)

    assert np.abs(shown(profile_of(DISPLAY_P3))[0] - expected).max() < 2


def test_a_profile_from_gamma_is_as_dark_as_the_gamma_says():
    profile = profile_of([(b"gAMA", struct.pack(">L", 100_000))])

    assert np.abs(shown(profile)[0, 3:] - encoded(COLOURS[0, 3:] / 255)).max() < 2


@pytest.mark.parametrize(
    "chunks",
    [(), ((b"gAMA", struct.pack(">L", 45_455)),), ((b"sRGB", b"\0"), (b"gAMA", struct.pack(">L", 99_999))), PQ],
    ids=["none", "gamma of sRGB", "sRGB", "PQ"],
)
def test_srgb_and_hdr_get_no_profile(chunks):
    assert profile_of(chunks) is None


@pytest.mark.parametrize("suffix", [".heic", ".avif", ".png"])
@pytest.mark.parametrize("chunks", [DISPLAY_P3, PQ], ids=["P3", "PQ"])
def test_formats_that_state_numbers_keep_them(tmp_path, suffix, chunks):
    if not formats.can_write(formats.format_of_suffix(suffix)):
        pytest.skip("no encoder for this format")
    source = Photo(image=PIXELS, png_colour=chunks)

    found = save(source.image, tmp_path / f"out{suffix}", source, extra=Extra(read_back=True))

    written = load(tmp_path / f"out{suffix}")
    assert written.png_colour == chunks
    assert written.icc_profile is None
    assert found.same_profile
    if suffix != ".png":
        again = encode(written.image, written, format=suffix)
        assert load(again).png_colour == chunks


@pytest.mark.parametrize("suffix", ["jpg", "webp", "tif"])
def test_other_formats_get_a_profile_that_says_the_same(tmp_path, suffix, caplog):
    source = Photo(image=PIXELS, png_colour=DISPLAY_P3)

    found = save(source.image, tmp_path / f"out.{suffix}", source, extra=Extra(read_back=True))

    written = load(tmp_path / f"out.{suffix}")
    assert b"D\0i\0s\0p\0l\0a\0y\0 \0P\0003" in written.icc_profile
    assert found.same_profile
    assert not caplog.records


def test_hdr_in_a_format_that_cannot_state_it_is_said_once(caplog):
    assert hdr_name(PQ) == "BT.2020 with PQ (HDR)"

    data = encode(PIXELS, Photo(image=PIXELS, png_colour=PQ), format="jpg")

    assert load(data).icc_profile is None
    assert [record.message for record in caplog.records] == [
        "the photo: JPEG cannot state colours of BT.2020 with PQ (HDR): write PNG, HEIC or AVIF"
    ]


def test_a_grey_jpeg_gets_no_profile_of_colours():
    grey = np.repeat(PIXELS[..., :1], 3, axis=2)

    assert load(encode(grey, Photo(image=grey, grey=True, png_colour=DISPLAY_P3), format="jpg")).icc_profile is None


@pytest.mark.parametrize("suffix", ["webp", "avif", "heic", "bmp"])
def test_metadata_without_a_place_in_the_format_is_said_in_one_line(suffix, caplog):
    if not formats.can_write(formats.format_of_suffix(f".{suffix}")):
        pytest.skip("no encoder for this format")
    carried = Carried(iptc=b"\x1c\x02\x74\0\x03Ada", comment=b"(c) Ada", texts=(("Author", "Ada"),))

    encode(PIXELS, Photo(image=PIXELS, carried=carried), format=suffix)

    name = formats.format_of_suffix(f".{suffix}")
    assert [record.message for record in caplog.records] == [
        f"the photo: {name} cannot hold the IPTC and comment and text data, which is left out"
    ]
