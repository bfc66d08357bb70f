"""A written file is read back, and one that is wrong is not kept."""

import io

import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoWriteError
from eraser.photo import Extra, Photo, save, write
from eraser.photo.verify import read_back

PIXELS = np.random.default_rng(3).integers(0, 256, (24, 32, 3), dtype=np.uint8)
HOLE = np.zeros((24, 32), np.bool_)
HOLE[4:9, 4:9] = True


def test_a_lossless_file_differs_nowhere_outside_the_hole(tmp_path):
    result = PIXELS.copy()
    result[HOLE] = 0

    found = save(result, tmp_path / "a.png", Photo(image=PIXELS), extra=Extra(hole=HOLE, read_back=True))

    assert (found.size_wh, found.mode, found.upright, found.same_profile) == ((32, 24), "RGB 8", True, True)
    assert (found.lossless, found.outside_differ, found.largest_difference) == (True, 0, 0)


def test_a_jpeg_says_how_many_pixels_differ_and_by_how_much(tmp_path):
    found = save(PIXELS, tmp_path / "a.jpg", Photo(image=PIXELS), quality=50, extra=Extra(verify=True))

    written = np.asarray(Image.open(tmp_path / "a.jpg")).astype(int)
    difference = np.abs(written - PIXELS).max(axis=2)
    assert found.outside_differ == np.count_nonzero(difference) > 0
    assert found.largest_difference == difference.max()
    assert not found.lossless


def test_nothing_is_kept_of_a_file_that_is_wrong(tmp_path, monkeypatch):
    def encode_wrongly(image, file, *_):
        Image.fromarray(255 - image).save(file, "PNG")

    monkeypatch.setattr(write, "_encode", encode_wrongly)

    with pytest.raises(PhotoWriteError, match=r"a\.png: .*outside the hole differ"):
        save(PIXELS, tmp_path / "a.png", Photo(image=PIXELS), extra=Extra(verify=True))

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_would_be_shown_turned_is_wrong():
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 3
    Image.fromarray(PIXELS).save(file, "PNG", exif=exif)

    found = read_back(file, Photo(image=PIXELS), None, lossless=True)

    assert "turned" in found.problem(Photo(image=PIXELS))
