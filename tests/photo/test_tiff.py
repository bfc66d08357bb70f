"""TIFFs whose channels have 16 bits: read right, or refused by name."""

import io
import struct

import numpy as np
import pytest

from eraser.errors import PhotoReadError
from eraser.photo import load, opening

RGB = np.random.default_rng(0).integers(0, 65536, (20, 30, 3)).astype(np.uint16)


def tiff(pixels, *, order="<", photometric=2, planar=1):
    """An uncompressed TIFF of (H, W, C) uint16 pixels in one strip, or one strip a plane."""
    height, width, channels = pixels.shape
    planes = [pixels[..., c] for c in range(channels)] if planar == 2 else [pixels]
    strips = [np.ascontiguousarray(plane).astype(f"{order}u2").tobytes() for plane in planes]
    starts = np.cumsum([8, *map(len, strips)])[:-1]
    tags = [
        (256, "I", [width]),
        (257, "I", [height]),
        (258, "H", [16] * channels),
        (259, "H", [1]),
        (262, "H", [photometric]),
        (273, "I", starts),
        (277, "H", [channels]),
        (278, "I", [height]),
        (279, "I", [len(strip) for strip in strips]),
        (284, "H", [planar]),
    ]
    data = b"".join(strips)
    place, values, entries = 8 + len(data) + 2 + 12 * len(tags) + 4, b"", b""
    for tag, kind, numbers in tags:
        raw = struct.pack(f"{order}{len(numbers)}{kind}", *map(int, numbers))
        entries += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[kind], len(numbers))
        if len(raw) <= 4:
            entries += raw.ljust(4, b"\0")
        else:
            entries += struct.pack(f"{order}I", place + len(values))
            values += raw
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(data))
    return head + data + struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0) + values


@pytest.mark.parametrize("order", ["<", ">"])
def test_interleaved_channels_are_read(order):
    assert np.abs(load(tiff(RGB, order=order)).image - RGB / 257).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [3, 4])
def test_uncompressed_planes_are_read_with_the_extra_package(order, channels):
    pytest.importorskip("tifffile")
    pixels = np.concatenate([RGB, RGB], axis=2)[..., :channels]

    photo = load(tiff(pixels, order=order, planar=2))

    np.testing.assert_array_equal(photo.deep, pixels)
    np.testing.assert_array_equal(photo.image, pixels[..., :3] >> 8)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [3, 4])
def test_without_it_they_are_refused_by_name_instead_of_misread(order, channels, monkeypatch):
    monkeypatch.setattr(opening, "has_tifffile", lambda: False)
    pixels = np.concatenate([RGB, RGB], axis=2)[..., :channels]

    with pytest.raises(PhotoReadError, match="channels in planes of their own"):
        load(tiff(pixels, order=order, planar=2, photometric=2 if channels == 3 else 5))


def test_grey_in_which_0_is_white_is_not_inverted():
    photo = load(tiff(RGB[..., :1], photometric=0))

    assert photo.grey
    assert np.abs(photo.image[..., 0] - (255 - RGB[..., 0] / 257)).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_grey_planes_with_alpha_keep_it(order, photometric, bits, compression):
    tifffile = pytest.importorskip("tifffile")
    samples = RGB[..., :2] if bits == 16 else (RGB[..., :2] >> 8).astype(np.uint8)
    file = io.BytesIO()
    options = {"planarconfig": "separate", "extrasamples": ["unassalpha"], "photometric": photometric}
    tifffile.imwrite(file, np.moveaxis(samples, -1, 0), byteorder=order, compression=compression, **options)

    photo = load(file.getvalue())

    levels = samples / (257 if bits == 16 else 1)
    grey = levels[..., 0] if photometric == "minisblack" else 255 - levels[..., 0]
    assert np.abs(photo.image[..., 1] - grey).max() <= 1
    assert np.abs(photo.alpha - levels[..., 1]).max() <= 1


def test_a_big_endian_bigtiff_is_read_with_its_orientation():
    tifffile = pytest.importorskip("tifffile")
    file = io.BytesIO()
    turned = [(0x0112, 3, 1, 6, True)]
    tifffile.imwrite(file, RGB, bigtiff=True, byteorder=">", photometric="rgb", extratags=turned)

    photo = load(file.getvalue())

    np.testing.assert_array_equal(photo.deep, np.rot90(RGB, -1))


@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_compressed_planes_of_16_bits_keep_them_where_tifffile_can_read_them(tile):
    tifffile = pytest.importorskip("tifffile")
    samples = np.random.default_rng(2).integers(0, 65_536, (32, 48, 3)).astype(np.uint16)
    file = io.BytesIO()
    planes = np.ascontiguousarray(np.moveaxis(samples, -1, 0))
    tifffile.imwrite(file, planes, photometric="rgb", planarconfig="separate", compression="zlib", tile=tile)

    np.testing.assert_array_equal(load(file.getvalue()).deep, samples)
