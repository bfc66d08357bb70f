"""A person's own mask: white is taken out."""

import cv2
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


def test_a_mask_of_0_and_1_is_taken_by_what_is_not_0_and_said(tmp_path, caplog):
    pixels = np.zeros((20, 30), np.uint8)
    pixels[5:9, 5:9] = 1
    Image.fromarray(pixels).save(tmp_path / "m.png")

    with caplog.at_level("WARNING", "eraser"):
        mask = load_mask(tmp_path / "m.png", (30, 20))

    np.testing.assert_array_equal(mask, pixels > 0)
    assert "the mask holds 0 and 1" in caplog.text


def test_a_map_of_dark_classes_is_refused_and_says_what_was_seen(tmp_path):
    pixels = np.zeros((20, 30), np.uint8)
    pixels[5:9, 5:9], pixels[12:15] = 3, 15
    Image.fromarray(pixels).save(tmp_path / "m.png")

    with pytest.raises(PhotoReadError, match="brightest pixels have 15 of 255, and it holds 3 levels"):
        load_mask(tmp_path / "m.png", (30, 20))


def test_a_photo_is_not_taken_for_a_mask(tmp_path):
    photo = np.random.default_rng(0).integers(20, 220, (60, 80, 3), np.uint8)
    photo[10:30, 10:30] = 255
    Image.fromarray(photo).save(tmp_path / "m.jpg")

    with pytest.raises(PhotoReadError, match="does not look like a mask"):
        load_mask(tmp_path / "m.jpg", (80, 60))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_mask_with_a_soft_edge_is_a_mask(tmp_path, suffix):
    pixels = np.zeros((120, 160), np.uint8)
    pixels[30:90, 40:120] = 255
    soft = cv2.GaussianBlur(pixels, (0, 0), 5)
    Image.fromarray(soft).save(tmp_path / f"m{suffix}")

    mask = load_mask(tmp_path / f"m{suffix}", (160, 120))

    assert np.mean(mask != (pixels > 0)) < 0.02


def test_an_empty_mask_is_empty(tmp_path):
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "m.png")

    assert not load_mask(tmp_path / "m.png", (30, 20)).any()


def test_the_bytes_of_a_mask_are_read_like_its_file(tmp_path):
    save_mask(HOLE, tmp_path / "m.png")

    np.testing.assert_array_equal(load_mask((tmp_path / "m.png").read_bytes(), SIZE_WH), HOLE)
    with pytest.raises(PhotoReadError, match="the mask: the mask has 9 x 6 pixels, the photo 6 x 9"):
        load_mask((tmp_path / "m.png").read_bytes(), (6, 9))
