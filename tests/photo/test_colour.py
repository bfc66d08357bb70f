"""Deep, CMYK and other uncommon pixels become RGB of 8 bits, or an error."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.photo import load


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_seen_in_eight_and_kept_beside_them(tmp_path, suffix, channels):
    eight = np.array([[0, 1, 127, 128, 255]], np.uint8)
    deep = np.repeat((eight.astype(np.uint16) * 257)[..., None], channels, axis=2)
    (tmp_path / f"a{suffix}").write_bytes(cv2.imencode(suffix, deep)[1].tobytes())

    photo = load(tmp_path / f"a{suffix}")

    np.testing.assert_array_equal(photo.image, np.repeat(eight[..., None], 3, axis=2))
    np.testing.assert_array_equal(photo.deep, deep)
    assert photo.notes == ()


def cmyk_profile(cyan_lab):
    """An ICC profile (v2, one 8-bit table) in which cyan is the given Lab colour and everything else grey."""
    table = bytearray()
    for corner in range(16):
        cyan, black = corner >> 3 & 1, corner & 1
        table += bytes(cyan_lab) if cyan and not black else bytes((0 if black else 255, 128, 128))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + bytes(table) + ramp * 3
    head = struct.pack(">L4sL4s4s4s12s4s", 144 + len(lut), b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ", b"", b"acsp")
    head = head.ljust(68, b"\0") + struct.pack(">3L", 0xF6D6, 0x10000, 0xD32D)  # D50
    return head.ljust(128, b"\0") + struct.pack(">L4sLL", 1, b"A2B0", 144, len(lut)) + lut


def test_cmyk_goes_through_its_profile_which_is_then_dropped(tmp_path):
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    image.save(tmp_path / "own.tif", icc_profile=cmyk_profile((128, 190, 128)))  # a reddish "cyan"
    image.save(tmp_path / "none.jpg", quality=100)

    own, plain = load(tmp_path / "own.tif"), load(tmp_path / "none.jpg")

    red, green, _ = own.image[8, 8].astype(int)
    assert red > green + 60
    assert own.icc_profile is None
    assert own.notes == ("CMYK converted to sRGB through its profile",)
    assert plain.image[8, 8].tolist() == pytest.approx([0, 255, 255], abs=3)
    assert "without a profile" in plain.notes[0]


def test_lab_becomes_srgb(tmp_path):
    Image.new("LAB", (4, 4), (136, 128, 128)).save(tmp_path / "a.tif")  # L* 53.3: middle grey of sRGB

    photo = load(tmp_path / "a.tif")

    assert photo.image[2, 2].tolist() == pytest.approx([127] * 3, abs=3)


def png(color_type, depth, samples, transparent):
    """A PNG of one row from its big-endian samples, with the sample values that are transparent."""
    head = struct.pack(">LLBBBBB", samples.shape[0], 1, depth, color_type, 0, 0, 0)
    row = zlib.compress(b"\0" + samples.astype(">u2").tobytes())
    chunks = [(b"IHDR", head), (b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)), (b"IDAT", row)]
    body = [
        struct.pack(">L", len(c)) + t + c + struct.pack(">L", zlib.crc32(t + c)) for t, c in [*chunks, (b"IEND", b"")]
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


@pytest.mark.parametrize(("color_type", "channels"), [(0, 1), (2, 3)])
def test_a_transparent_value_of_sixteen_bits_gives_alpha(tmp_path, color_type, channels):
    samples = np.repeat(np.array([[0x1234], [0xFFFF]]), channels, axis=1)
    (tmp_path / "a.png").write_bytes(png(color_type, 16, samples, [0x1234] * channels))

    photo = load(tmp_path / "a.png")

    assert photo.alpha.tolist() == [[0, 255]]
    assert photo.image[0, :, 0].tolist() == [0x12, 0xFF]


def test_a_profile_that_is_damaged_is_passed_over(tmp_path):
    Image.new("CMYK", (4, 4), (0, 0, 255, 0)).save(tmp_path / "a.tif", icc_profile=b"no profile" * 20)

    photo = load(tmp_path / "a.tif")

    assert photo.image[2, 2].tolist() == [255, 255, 0]
    assert photo.icc_profile is None


@pytest.mark.parametrize("array", [np.float32([[0.5, 1.5]]), np.int32([[0, 100_000]]), np.int32([[-1, 5]])])
def test_pixels_without_a_known_range_are_refused(tmp_path, array):
    Image.fromarray(array).save(tmp_path / "a.tif")

    with pytest.raises(PhotoReadError, match=r"a\.tif: .* no known range"):
        load(tmp_path / "a.tif")
