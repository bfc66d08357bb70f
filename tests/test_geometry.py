import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from eraser.geometry import Box, check_image, check_mask

SHAPE = (9, 12)
edges_x, edges_y = st.integers(0, SHAPE[1]), st.integers(0, SHAPE[0])
boxes = st.builds(
    lambda xs, ys: Box(min(xs), min(ys), max(xs), max(ys)),
    st.tuples(edges_x, edges_x),
    st.tuples(edges_y, edges_y),
)


def painted(box):
    mask = np.zeros(SHAPE, np.bool_)
    mask[box.slices] = True
    return mask


def test_a_box_is_half_open_with_x_to_the_right():
    box = Box(2, 1, 5, 3)
    mask = painted(box)

    assert (box.width, box.height) == (3, 2)
    assert mask.sum() == 6
    assert mask[1, 2]
    assert mask[2, 4]


def test_the_box_of_an_empty_mask_is_none():
    assert Box.of_mask(np.zeros((3, 4), np.bool_)) is None


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=8)))
def test_the_box_of_a_mask_is_the_smallest_around_it(mask):
    assume(mask.any())
    ys, xs = np.nonzero(mask)

    box = Box.of_mask(mask)

    assert box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert all(type(edge) is int for edge in box)


@given(boxes, boxes)
def test_an_intersection_covers_what_both_cover(a, b):
    both = a.intersect(b)

    assert both.is_empty() == (not (painted(a) & painted(b)).any())
    if not both.is_empty():
        np.testing.assert_array_equal(painted(both), painted(a) & painted(b))


@given(boxes, boxes)
def test_an_enclosure_is_the_smallest_box_around_both(a, b):
    assume(not a.is_empty() and not b.is_empty())

    assert a.enclose(b) == Box.of_mask(painted(a) | painted(b))


@given(boxes, st.integers(0, 20), st.integers(0, 20))
def test_a_grown_box_stays_in_the_photo_and_keeps_what_it_had(box, x_px, y_px):
    assume(not box.is_empty())

    grown = box.grow(x_px, y_px, SHAPE)

    assert grown == (
        max(0, box.x0 - x_px),
        max(0, box.y0 - y_px),
        min(SHAPE[1], box.x1 + x_px),
        min(SHAPE[0], box.y1 + y_px),
    )
    assert grown.intersect(box) == box


def test_a_box_moves_right_and_down():
    assert Box(0, 0, 2, 3).shift(5, -1) == (5, -1, 7, 2)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.zeros((2, 2, 3)), TypeError, "photo must be a uint8 array, got float64"),
        ([[1, 2, 3]], TypeError, "got list"),
        (np.zeros((2, 2), np.uint8), ValueError, r"must have shape \(H, W, 3\), got \(2, 2\)"),
        (np.zeros((2, 2, 4), np.uint8), ValueError, r"got \(2, 2, 4\)"),
        (np.zeros((0, 2, 3), np.uint8), ValueError, r"got \(0, 2, 3\)"),
    ],
)
def test_what_is_no_rgb_photo_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        check_image(wrong, "photo")


def test_the_smallest_photo_is_one_pixel():
    check_image(np.zeros((1, 1, 3), np.uint8))


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.zeros((2, 3), np.uint8), TypeError, "hole must be a bool array, got uint8"),
        (np.zeros((3, 2), np.bool_), ValueError, r"hole must have shape \(2, 3\), got \(3, 2\)"),
        (np.zeros((2, 3, 1), np.bool_), ValueError, r"got \(2, 3, 1\)"),
    ],
)
def test_what_is_no_mask_of_the_photo_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        check_mask(wrong, (2, 3, 3), "hole")


def test_a_mask_of_the_photo_is_taken():
    check_mask(np.zeros((2, 3), np.bool_), (2, 3, 3))
