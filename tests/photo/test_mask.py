"""A person's own mask: white is taken out."""

import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.photo import load_mask, save_mask

HOLE = np.zeros((6, 9), np.bool_)
HOLE[1:4, 2:7] = True
SIZE_WH = (9, 6)


def test_a_saved_mask_is_one_channel_and_comes_back(tmp_path):
    save_mask(HOLE, tmp_path / "m.png")

    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "L"
        assert set(np.unique(np.array(image))) == {0, 255}
    np.testing.assert_array_equal(load_mask(tmp_path / "m.png", SIZE_WH), HOLE)
    np.testing.assert_array_equal(load_mask(tmp_path / "m.png", SIZE_WH, invert=True), ~HOLE)


def test_brightness_above_127_is_set(tmp_path):
    Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8)).save(tmp_path / "m.png")

    assert load_mask(tmp_path / "m.png", (4, 1)).tolist() == [[False, False, True, True]]


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "I;16"])
def test_any_mode_will_do(tmp_path, mode):
    image = Image.fromarray(HOLE.astype(np.uint8) * 255)
    if mode == "I;16":
        image = Image.fromarray(HOLE.astype(np.uint16) * 65535)
    image.convert(mode).save(tmp_path / "m.png")

    np.testing.assert_array_equal(load_mask(tmp_path / "m.png", SIZE_WH), HOLE)


@pytest.mark.parametrize("paint", [(0, 0, 0), (255, 0, 0), (255, 255, 255)])
def test_what_is_painted_on_a_transparent_layer_is_set_in_any_colour(tmp_path, paint):
    layer = np.zeros((*HOLE.shape, 4), np.uint8)
    layer[HOLE] = (*paint, 255)
    Image.fromarray(layer).save(tmp_path / "m.png")

    np.testing.assert_array_equal(load_mask(tmp_path / "m.png", SIZE_WH), HOLE)


def test_black_and_white_with_transparent_rest_counts_white_only(tmp_path):
    layer = np.zeros((*HOLE.shape, 4), np.uint8)
    layer[HOLE] = 255
    layer[0] = (0, 0, 0, 255)
    Image.fromarray(layer).save(tmp_path / "m.png")

    np.testing.assert_array_equal(load_mask(tmp_path / "m.png", SIZE_WH), HOLE)


def test_an_exif_orientation_turns_the_mask(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the file's first row is the right side
    Image.fromarray(np.rot90(HOLE).astype(np.uint8) * 255).save(tmp_path / "m.png", exif=exif)

    np.testing.assert_array_equal(load_mask(tmp_path / "m.png", SIZE_WH), HOLE)


def test_another_size_is_an_error_that_says_both(tmp_path):
    save_mask(HOLE, tmp_path / "m.png")

    with pytest.raises(PhotoReadError, match="9 x 6 pixels, the photo 12 x 8"):
        load_mask(tmp_path / "m.png", (12, 8))
    with pytest.raises(PhotoReadError, match="upright"):
        load_mask(tmp_path / "m.png", (6, 9))
