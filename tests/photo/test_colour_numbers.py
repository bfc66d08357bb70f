"""Colours that are told without a profile, and EXIF data in places where few look."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from eraser.photo import as_photo, exif, load, save

PIXELS = np.random.default_rng(3).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def test_a_png_keeps_chunks_that_say_what_its_colours_are(tmp_path):
    chunks = PngImagePlugin.PngInfo()
    wanted = [
        (b"cICP", b"\x0c\x0d\0\1"),
        (b"gAMA", struct.pack(">L", 55_555)),
        (b"cHRM", struct.pack(">8L", *range(8))),
    ]
    for kind, content in wanted:
        chunks.add(kind, content)
    Image.fromarray(PIXELS).save(tmp_path / "in.png", pnginfo=chunks)
    source = load(tmp_path / "in.png")

    save(source.image, tmp_path / "out.png", source)

    assert sorted(load(tmp_path / "out.png").png_colour) == sorted(wanted)


def test_the_orientation_in_xmp_alone_turns_neither_files_nor_images(tmp_path):
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF>'
        b"</x:xmpmeta>"
    )
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", xmp=packet)

    with Image.open(tmp_path / "a.jpg") as image:
        assert as_photo(image).size_wh == load(tmp_path / "a.jpg").size_wh == (32, 24)


@pytest.mark.parametrize("order", "<>")
def test_a_bigtiff_keeps_its_exif_data(order):
    copyright_ = b"belongs to Ada\0\0"
    inner_at = 16 + 8 + 3 * 20 + 8
    date_at = inner_at + 8 + 20 + 8

    def row(tag, kind, count, value):
        return struct.pack(order + "HHQQ", tag, kind, count, value)

    head = (b"II+\0" if order == "<" else b"MM\0+") + struct.pack(order + "HHQ", 8, 0, 16)
    text_at = date_at + 24
    turned = struct.pack(order + "HHQ", 0x0112, 3, 1) + struct.pack(order + "H", 6).ljust(8, b"\0")
    root = struct.pack(order + "Q", 3) + turned + row(0x8298, 2, 15, text_at) + row(0x8769, 16, 1, inner_at)
    inner = struct.pack(order + "Q", 1) + row(0x9003, 2, 20, date_at) + struct.pack(order + "Q", 0)
    block = head + root + struct.pack(order + "Q", 0) + inner + b"2024:05:06 07:08:09\0".ljust(24, b"\0") + copyright_

    carried = exif.carry_over(block, (32, 24))

    assert exif.orientation(block) == 6
    tags = Image.Exif()
    tags.load(carried)
    assert (tags[0x8298], tags[0x0112]) == ("belongs to Ada", 1)
    assert tags.get_ifd(0x8769)[0x9003] == "2024:05:06 07:08:09"


def test_grey_planes_with_alpha_and_a_bigtiff_of_another_program_are_read():
    tifffile = pytest.importorskip("tifffile")
    file = io.BytesIO()
    tifffile.imwrite(file, PIXELS, bigtiff=True, photometric="rgb", extratags=[(0x8298, 2, 15, "belongs to Ada", True)])

    photo = load(file.getvalue())

    np.testing.assert_array_equal(photo.image, PIXELS)
    assert b"belongs to Ada" in photo.carried.exif
