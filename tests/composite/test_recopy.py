import cv2
import numpy as np
import pytest

from eraser.composite.recopy import carry_copies
from eraser.geometry import Box

SIZE = (160, 240)
HOLE = Box(100, 60, 140, 100)


def texture(seed=0):
    """Detail that a coarser scale cannot hold."""
    return np.random.default_rng(seed).integers(40, 216, (*SIZE, 3), dtype=np.uint8)


def carry(photo, shrink, offset, hole=None, shift=0.0, own=None):
    """Carry a solution that copies under one offset in photo pixels; ``shift`` is added to its colours."""
    if hole is None:
        hole = np.zeros(SIZE, np.bool_)
        hole[HOLE.slices] = True
    own = hole if own is None else own
    wh = (SIZE[1] // shrink, SIZE[0] // shrink)
    small = cv2.resize(photo, wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    working_hole = cv2.resize(hole.astype(np.float32), wh, interpolation=cv2.INTER_AREA) > 0
    offsets = np.zeros((wh[1], wh[0], 2), np.int32)
    offsets[working_hole] = np.array(offset) // shrink
    solved = small.copy()
    ys, xs = np.nonzero(working_hole)
    solved[ys, xs] = small[ys + offset[0] // shrink, xs + offset[1] // shrink] + shift
    return carry_copies(photo, hole, own, Box.of_mask(own), solved, working_hole, offsets)


def source(photo, offset):
    return photo[HOLE.shift(offset[1], offset[0]).slices].astype(int)


@pytest.mark.parametrize("shrink", [2, 4, 5])
@pytest.mark.parametrize("offset", [(0, 60), (40, -20), (-60, -60)])
def test_copies_are_made_again_pixel_by_pixel(shrink, offset):
    photo = texture()

    carried = carry(photo, shrink, offset)

    assert np.abs(carried.astype(int) - source(photo, offset)).max() <= 1


@pytest.mark.parametrize("shift", [-30.0, 25.0])
def test_colours_are_those_of_the_solution_and_detail_that_of_the_photo(shift):
    photo = texture()

    carried = carry(photo, 4, (0, 60), shift=shift).astype(int)

    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose((carried - source(photo, (0, 60)))[inner], shift, atol=1)


def test_fine_texture_stays_as_sharp_as_the_photo_where_enlarging_would_blur_it():
    photo = texture()
    hole = np.zeros(SIZE, np.bool_)
    hole[HOLE.slices] = True
    small = cv2.resize(photo, (SIZE[1] // 4, SIZE[0] // 4), interpolation=cv2.INTER_AREA)
    enlarged = cv2.resize(small, (SIZE[1], SIZE[0]), interpolation=cv2.INTER_CUBIC)[HOLE.slices]

    carried = carry(photo, 4, (0, 60))

    detail = [cv2.Laplacian(pixels.astype(np.float32), cv2.CV_32F).std() for pixels in (carried, enlarged, photo)]
    assert detail[0] > 0.95 * detail[2]
    assert detail[1] < 0.3 * detail[2]


@pytest.mark.parametrize("shrink", [2, 4])
def test_no_pixel_of_another_hole_is_copied(shrink):
    photo = texture()
    hole = np.zeros(SIZE, np.bool_)
    hole[HOLE.slices] = True
    own = hole.copy()
    hole[50:120, 160:180] = True  # the sources of the left part
    clean = photo.copy()
    clean[hole] = 128
    poisoned = photo.copy()
    poisoned[hole] = (255, 0, 255)
    wh = (SIZE[1] // shrink, SIZE[0] // shrink)
    working_hole = cv2.resize(hole.astype(np.float32), wh, interpolation=cv2.INTER_AREA) > 0
    offsets = np.zeros((wh[1], wh[0], 2), np.int32)
    offsets[working_hole] = 0, 60 // shrink
    solved = np.full((wh[1], wh[0], 3), 128, np.float32)

    results = [
        carry_copies(pixels, hole, own, Box.of_mask(own), solved, working_hole, offsets) for pixels in (clean, poisoned)
    ]

    np.testing.assert_array_equal(*results)
    assert (results[0][:, :18] == 128).all()
    assert len(np.unique(results[0][:, 22:])) > 50


def test_sources_beyond_the_crop_give_way_to_the_solution():
    hole = np.zeros(SIZE, np.bool_)
    hole[HOLE.slices] = True
    photo = texture()
    working_hole = hole[::4, ::4].copy()
    offsets = np.full((*working_hole.shape, 2), 1000, np.int32)
    solved = np.full((*working_hole.shape, 3), 33, np.float32)

    carried = carry_copies(photo, hole, hole, HOLE, solved, working_hole, offsets)

    assert (carried == 33).all()


def test_only_pixels_that_are_wanted_are_made():
    hole = np.zeros(SIZE, np.bool_)
    hole[HOLE.slices] = True
    own = hole.copy()
    own[80:] = False

    carried = carry(texture(), 4, (0, 60), hole=hole, own=own)

    assert carried.shape == (20, 40, 3)


def test_known_pixels_of_a_mixed_working_pixel_keep_the_colours_right():
    photo = np.full((*SIZE, 3), 100, np.uint8)
    photo[:, 80:104] = 200
    hole = np.zeros(SIZE, np.bool_)
    hole[60:100, 102:140] = True  # half of the first working pixel of 4 is known and bright
    photo[hole] = (255, 0, 255)
    working_hole = cv2.resize(hole.astype(np.float32), (60, 40), interpolation=cv2.INTER_AREA) > 0
    offsets = np.zeros((40, 60, 2), np.int32)
    offsets[working_hole] = 0, 15
    solved = np.full((40, 60, 3), 100, np.float32)
    solved[:, 25] = 150

    carried = carry_copies(photo, hole, hole, Box.of_mask(hole), solved, working_hole, offsets)

    assert (carried == 100).all()
