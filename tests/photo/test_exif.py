"""EXIF is carried over value by value, and nothing in it shows who was erased."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eraser.photo import Carried, Photo, exif, formats, load, save

PIXELS = np.full((24, 32, 3), 90, np.uint8)
SUFFIXES = [".jpg", ".png", ".webp", ".tif", ".tiff", ".avif", ".heic"]
THUMBNAIL = b"\xff\xd8\xff\xe0 picture of the people \xff\xd9"
NAME = "Jörg Müller".encode()


def directory(order, offset, tags, following=0):
    """A TIFF directory at ``offset`` and its values: tags are {number: (type, count, bytes)}."""
    rows, values = b"", b""
    at = offset + 6 + 12 * len(tags)
    for tag, (kind, count, data) in sorted(tags.items()):
        place = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "L", at + len(values))
        rows += struct.pack(order + "HHL", tag, kind, count) + place
        values += data + b"\0" * (len(data) % 2) if len(data) > 4 else b""
    return struct.pack(order + "H", len(tags)) + rows + struct.pack(order + "L", following) + values


def camera_block(order):
    """What a camera writes: an EXIF and a GPS directory, a maker note, a thumbnail in the second directory."""
    short, long = (lambda value, code=code: struct.pack(order + code, value) for code in "HL")
    rational = struct.pack(order + "LL", 1, 250)
    degrees = struct.pack(order + "6L", 51, 1, 30, 1, 0, 1)
    at = {"exif": 400, "gps": 800, "second": 1000, "thumbnail": 1100}
    parts = {
        8: directory(
            order,
            8,
            {
                0x010F: (2, 7, b"Camera\0"),
                0x0112: (3, 1, short(6)),
                0x013B: (2, len(NAME) + 1, NAME + b"\0"),
                0x02BC: (1, 40, b"<x:xmpmeta> face of somebody </x:xmpmeta>"[:40]),
                0x8769: (4, 1, long(at["exif"])),
                0x8825: (4, 1, long(at["gps"])),
            },
            following=at["second"],
        ),
        at["exif"]: directory(
            order,
            at["exif"],
            {
                0x829A: (5, 1, rational),
                0x9003: (2, 20, b"2024:05:06 07:08:09\0"),
                0x927C: (7, 50, b"maker note with a preview".ljust(50)),
                0x9286: (7, len(THUMBNAIL) + 8, b"\0" * 8 + THUMBNAIL),
                0xA002: (3, 1, short(9)),
                0xA003: (3, 1, short(9)),
            },
        ),
        at["gps"]: directory(order, at["gps"], {1: (2, 2, b"N\0"), 2: (5, 3, degrees)}),
        at["second"]: directory(
            order, at["second"], {0x0201: (4, 1, long(at["thumbnail"])), 0x0202: (4, 1, long(len(THUMBNAIL)))}
        ),
        at["thumbnail"]: THUMBNAIL,
    }
    block = bytearray((b"II*\0" if order == "<" else b"MM\0*") + long(8))
    for offset, part in parts.items():
        assert len(block) <= offset
        block[:] = block.ljust(offset, b"\0") + part
    return exif.PREFIX + bytes(block)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_camera_block_comes_along_in_every_format(tmp_path, suffix, order):
    if not formats.can_write(formats.format_of_suffix(suffix)):
        pytest.skip("no encoder for this format")
    xmp = b"<x:xmpmeta>face of somebody</x:xmpmeta>"
    Image.fromarray(PIXELS).save(tmp_path / "in.jpg", exif=camera_block(order), xmp=xmp)
    source = load(tmp_path / "in.jpg")
    out = tmp_path / f"out{suffix}"

    save(source.image, out, source)

    with Image.open(out) as image:
        image.load()
        tags = image.getexif()
        inner, gps = tags.get_ifd(0x8769), tags.get_ifd(0x8825)
        assert image.size == (24, 32)  # upright: 6 swaps the sides
        assert (tags[0x010F], tags.get(0x0112, 1)) == ("Camera", 1)
        assert (inner[0x829A], inner[0x9003]) == (1 / 250, "2024:05:06 07:08:09")
        assert (inner[0xA002], inner[0xA003]) == (24, 32)
        assert gps == {1: "N", 2: (51.0, 30.0, 0.0)}
    data = out.read_bytes()
    assert NAME in data
    assert not any(trace in data for trace in (b"picture of the people", b"maker note", b"somebody"))
    reread = load(out)
    np.testing.assert_array_equal(np.array(reread.size_wh), [24, 32])
    assert NAME in reread.exif


def test_the_other_pictures_of_a_jpeg_are_left_out(tmp_path):
    second = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    Image.fromarray(PIXELS).save(tmp_path / "in.jpg", "MPO", save_all=True, append_images=[second])
    source = load(tmp_path / "in.jpg")

    save(source.image, tmp_path / "out.jpg", source)

    with Image.open(tmp_path / "out.jpg") as image:
        assert image.format == "JPEG"
    assert (tmp_path / "out.jpg").read_bytes().count(b"\xff\xd8\xff") == 1


def test_a_block_too_large_for_a_jpeg_is_left_out_with_a_warning(tmp_path, caplog):
    long_text = {tag: (7, 40_000, bytes(40_000)) for tag in (0x8298, 0x0131)}
    block = exif.PREFIX + b"II*\0\x08\0\0\0" + directory("<", 8, long_text)
    source = Photo(image=PIXELS, carried=Carried(exif=exif.carry_over(block, (32, 24))))

    save(PIXELS, tmp_path / "a.jpg", source)
    save(PIXELS, tmp_path / "a.png", source)

    assert load(tmp_path / "a.jpg").exif is None
    assert "too large" in caplog.text
    assert load(tmp_path / "a.png").exif == source.exif


@given(position=st.integers(0, 1200), value=st.integers(0, 255), length=st.integers(0, 1200))
def test_damage_never_raises_and_what_is_carried_is_sound(position, value, length):
    block = bytearray(camera_block("<"))
    block[min(position, len(block) - 1)] = value

    carried = exif.carry_over(bytes(block[:length]), (32, 24))

    assert 1 <= exif.orientation(bytes(block[:length])) <= 8
    if carried is not None:
        assert exif.carry_over(carried, (32, 24)) == carried
        assert exif.orientation(carried) == 1


def test_a_photo_whose_exif_is_damaged_is_read_and_the_loss_noted(tmp_path):
    data = io.BytesIO()
    Image.fromarray(PIXELS).save(data, "JPEG", exif=exif.PREFIX + b"II*\0 no directory here")
    (tmp_path / "a.jpg").write_bytes(data.getvalue())

    photo = load(tmp_path / "a.jpg")

    assert photo.exif is None
    assert "EXIF" in photo.notes[0]
