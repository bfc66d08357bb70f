import numpy as np
import pytest

from eraser.inpaint.blend import blend_copies


def scene(picture, box, offset_of):
    """(image, hole, offsets): ``offset_of(y, x)`` tells (dy, dx) of each pixel in the hole box x y w h."""
    x0, y0, w, h = box
    hole = np.zeros(picture.shape[:2], np.bool_)
    hole[y0 : y0 + h, x0 : x0 + w] = True
    offsets = np.zeros((*hole.shape, 2), np.int32)
    for y, x in np.argwhere(hole):
        offsets[y, x] = offset_of(y, x)
    image = picture.copy()
    image[hole] = (255, 0, 255)
    return image, hole, offsets


def ramp(height, width, slope=1.0):
    return np.repeat(np.tile(np.uint8(slope * np.arange(width) + 20), (height, 1))[..., None], 3, axis=2)


def test_a_copy_under_one_offset_that_fits_is_taken_over_exactly():
    tile = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    picture = np.tile(tile, (3, 4, 1))

    blended = blend_copies(*scene(picture, (25, 22, 14, 13), lambda y, x: (0, 20)))

    np.testing.assert_array_equal(blended, picture)


def test_known_pixels_stay():
    picture = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    image, hole, offsets = scene(picture, (15, 10, 10, 20), lambda y, x: (0, 20 if y % 2 else -13))

    blended = blend_copies(image, hole, offsets)

    np.testing.assert_array_equal(blended[~hole], picture[~hole])


def test_copies_of_different_brightness_leave_no_step_in_a_gradient():
    picture = ramp(60, 180)
    image, hole, offsets = scene(picture, (70, 15, 40, 30), lambda y, x: (0, -40 if x < 90 else 40))

    blended = blend_copies(image, hole, offsets)

    steps = np.diff(blended.astype(int), axis=1)
    assert np.abs(steps - 1).max() <= 5  # the copies alone would jump by 40 at the sides and by 80 in the middle
    assert np.abs(np.diff(blended.astype(int), axis=0)).max() <= 5


def test_the_texture_of_the_copies_stays():
    rng = np.random.default_rng(2)
    picture = np.clip(ramp(60, 180) + rng.normal(0, 12, (60, 180, 3)), 0, 255).astype(np.uint8)
    image, hole, offsets = scene(picture, (70, 15, 40, 30), lambda y, x: (0, -40))

    blended = blend_copies(image, hole, offsets).astype(int)

    inner = (slice(20, 40), slice(75, 105))
    wanted = np.diff(picture[20:40, 35:65].astype(int), axis=1)
    np.testing.assert_allclose(np.diff(blended[inner], axis=1), wanted, atol=4)


def test_an_edge_between_copies_stays_an_edge():
    picture = np.full((60, 180, 3), 30, np.uint8)
    picture[:, 90:] = 220

    blended = blend_copies(*scene(picture, (70, 15, 40, 30), lambda y, x: (0, -40 if x < 90 else 40)))

    np.testing.assert_array_equal(blended, picture)


def test_a_stain_at_the_edge_does_not_spread_over_the_hole():
    picture = np.full((100, 200, 3), 100, np.uint8)
    picture[20:80, 58:60] = 160  # a rim of the person that the mask missed, on one side

    image, hole, offsets = scene(picture, (60, 20, 60, 60), lambda y, x: (0, 70))
    blended = blend_copies(image, hole, offsets).astype(int)

    assert np.abs(blended[50, 100:120] - 100).max() <= 6


@pytest.mark.parametrize("box", [(0, 0, 10, 10), (40, 30, 10, 10), (0, 10, 50, 8)])
def test_holes_at_the_edge_of_the_crop_are_blended(box):
    picture = np.full((40, 50, 3), 77, np.uint8)
    up = -1 if box[1] > 15 else 1

    blended = blend_copies(*scene(picture, box, lambda y, x: (up * 15, 0)))

    np.testing.assert_array_equal(blended, picture)


@pytest.mark.parametrize("shift", [40, -40])
def test_the_colour_under_the_hole_is_not_looked_at(shift):
    image, hole, offsets = scene(ramp(60, 180), (70, 15, 40, 30), lambda y, x: (0, shift))
    other = image.copy()
    other[hole] = 0

    np.testing.assert_array_equal(blend_copies(image, hole, offsets), blend_copies(other, hole, offsets))
