"""Only the blocks of a JPEG that the hole touches are encoded again."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from eraser.photo import Extra, encode, load, save
from eraser.photo.write import encode_and_check

pytest.importorskip("jpeglib")
SMOOTH = np.add.outer(np.arange(91), np.arange(130))[..., None] * np.array([1.0, 0.5, 0.25])
PIXELS = (SMOOTH + np.random.default_rng(1).integers(0, 30, SMOOTH.shape)).astype(np.uint8)
HOLE = np.zeros(PIXELS.shape[:2], np.bool_)
HOLE[33:51, 60:75] = True
FAR = cv2.dilate(HOLE.astype(np.uint8), np.ones((37, 37), np.uint8)) == 0


def erased(tmp_path, *, name="a.jpg", grey=False, quality=None, **options):
    """The photo, its result, and what was read back."""
    Image.fromarray(PIXELS[..., 0] if grey else PIXELS).save(tmp_path / name, quality=83, **options)
    source = load(tmp_path / name)
    result = source.image.copy()
    result[HOLE] = (200, 200, 200) if grey else (200, 30, 60)
    extra = Extra(hole=HOLE, read_back=True)
    return source, result, save(result, tmp_path / "out.jpg", source, quality=quality, extra=extra)


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("name", ["a.jpg", "caf\udce9.jpg"])
def test_pixels_away_from_the_hole_are_those_of_the_photo(tmp_path, subsampling, grey, name):
    source, result, found = erased(tmp_path, name=name, grey=grey, subsampling=subsampling, comment=b"(c) Ada")

    written = load(tmp_path / "out.jpg")
    np.testing.assert_array_equal(written.image[FAR], source.image[FAR])
    inner = cv2.erode(HOLE.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(written.image[inner].astype(int) - result[inner]).mean() < 8
    assert found.own_blocks
    assert written.carried.comment == b"(c) Ada"
    assert written.jpeg == source.jpeg


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_progressive_photo_keeps_its_pixels_and_becomes_a_baseline_one(tmp_path, subsampling, grey):
    source, _, found = erased(tmp_path, grey=grey, subsampling=subsampling, progressive=True)

    written = load(tmp_path / "out.jpg")
    assert found.own_blocks
    assert (source.jpeg.progressive, written.jpeg.progressive) == (True, False)
    np.testing.assert_array_equal(written.image[FAR], source.image[FAR])


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("corner", [(0, 0), (33, 60), (48, 98), (80, 111), (90, 112)])
@pytest.mark.parametrize("width", [113, 114, 130])
def test_new_blocks_are_those_of_the_whole_result(tmp_path, subsampling, progressive, corner, width):
    hole = np.zeros((PIXELS.shape[0], width), np.bool_)
    hole[corner[0] : corner[0] + 18, corner[1] : corner[1] + 14] = True
    pixels = Image.fromarray(PIXELS[:, :width])
    pixels.save(tmp_path / "a.jpg", quality=83, subsampling=subsampling, progressive=progressive)
    source = load(tmp_path / "a.jpg")
    result = source.image.copy()
    result[hole] = (200, 30, 60)

    data, found = encode_and_check(result, source, extra=Extra(hole=hole, read_back=True))

    assert found.own_blocks
    written = load(data).image

    options = {"qtables": [list(table) for table in source.jpeg.tables], "subsampling": subsampling}
    Image.fromarray(result).save(tmp_path / "whole.jpg", **options)
    whole = load(tmp_path / "whole.jpg").image
    new, reach = np.zeros(hole.shape, np.uint8), np.ones((5, 5), np.uint8)  # chroma is smoothed across two pixels
    height, width = {0: (8, 8), 1: (8, 16), 2: (16, 16)}[subsampling]
    for y, x in np.argwhere(hole) // (height, width) * (height, width):
        new[y : y + height, x : x + width] = 1
    inside, far = cv2.erode(new, reach) > 0, cv2.dilate(new, reach) == 0
    np.testing.assert_array_equal(written[inside], whole[inside])
    np.testing.assert_array_equal(written[far], source.image[far])


def test_threads_may_save_at_once():
    code = """
import io
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from PIL import Image
from eraser.photo import Extra, encode, load

file = io.BytesIO()
Image.fromarray(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)).save(file, "JPEG")
source, hole = load(file.getvalue()), np.eye(64, dtype=bool)
with ThreadPoolExecutor(4) as pool:
    made = set(pool.map(lambda _: encode(255 - source.image, source, extra=Extra(hole=hole)), range(400)))
print(len(made))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (0, "1\n")


@pytest.mark.parametrize("marker", [b"\xff\xfe", b"\xff\xef", b"\xff\xff\xff\xfe"])
def test_a_photo_with_hundreds_of_markers_is_spliced(marker):
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "JPEG", quality=83)
    data = file.getvalue()
    source = load(data[:2] + 300 * (marker + b"\x00\x06note") + data[2:])

    _, found = encode_and_check(255 - source.image, source, extra=Extra(hole=HOLE, read_back=True))

    assert found.own_blocks


def test_the_library_is_left_as_it_was_found(tmp_path):
    import jpeglib

    jpeglib.version.set("9f")
    try:
        erased(tmp_path)

        assert jpeglib.version.get() == "9f"
        assert jpeglib.dct_jpeg.tempfile is tempfile
    finally:
        jpeglib.version.set("6b")


def test_only_the_part_around_the_hole_is_encoded(tmp_path, monkeypatch):
    sizes = []
    save_picture = Image.Image.save

    def watched(picture, *arguments, **options):
        sizes.append(picture.size)
        return save_picture(picture, *arguments, **options)

    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", quality=83)
    source = load(tmp_path / "a.jpg")
    monkeypatch.setattr(Image.Image, "save", watched)

    encode(255 - source.image, source, extra=Extra(hole=HOLE))

    assert sizes == [(64, 64)]


def test_another_quality_is_not_spliced_and_that_is_said(tmp_path):
    _, _, found = erased(tmp_path, quality=70, subsampling=2)

    assert not found.own_blocks
    assert found.outside_differ > 0


def test_a_photo_that_has_changed_on_disk_since_is_not_spliced(tmp_path):
    source, result, _ = erased(tmp_path)
    Image.fromarray(255 - PIXELS).save(tmp_path / "a.jpg", quality=83)

    found = save(result, tmp_path / "b.jpg", source, extra=Extra(hole=HOLE, read_back=True))

    assert not found.own_blocks
    assert np.abs(load(tmp_path / "b.jpg").image.astype(int) - source.image)[FAR].mean() < 3


def test_a_turned_photo_is_not_spliced(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3

    _, _, found = erased(tmp_path, exif=exif)

    assert not found.own_blocks


def test_no_copy_of_the_photo_goes_to_the_temporary_folder_of_the_system(tmp_path, monkeypatch):
    kept = tmp_path / "memory"
    kept.mkdir()
    monkeypatch.setattr("eraser.photo.splice.memory_dir", lambda: kept)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))

    _, _, found = erased(tmp_path)

    assert found.own_blocks
    assert list(kept.iterdir()) == []


@pytest.mark.parametrize("step", ["read_jpeg_dct", "write_jpeg_dct"])
def test_an_error_in_the_library_leaves_no_copy_behind(tmp_path, monkeypatch, step):
    seen = []

    def fails(**options):
        seen.append(Path(options["srcfile"]))
        assert seen[-1].stat().st_size > 0
        raise OSError("damaged")

    monkeypatch.setattr(f"jpeglib.dct_jpeg.CJpegLib.{step}", fails)

    _, _, found = erased(tmp_path)

    assert not found.own_blocks
    assert len(seen) == 1
    assert not seen[0].exists()


def test_a_photo_given_as_bytes_gets_the_same_result_as_its_file(tmp_path):
    _, result, found = erased(tmp_path)

    data = encode(result, load((tmp_path / "a.jpg").read_bytes()), extra=Extra(hole=HOLE))

    assert found.own_blocks
    assert data == (tmp_path / "out.jpg").read_bytes()
