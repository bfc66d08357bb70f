import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eraser.inpaint.smooth import smooth_fill

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@st.composite
def pictures(draw):
    """(values, known) with at least one pixel known."""
    shape = draw(shapes)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    known = draw(arrays(np.bool_, shape))
    known[draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))] = True
    return rng.uniform(-50, 200, (*shape, 3)).astype(np.float32), known


@given(pictures())
def test_known_pixels_stay_and_the_rest_lies_between_them(picture):
    values, known = picture

    filled = smooth_fill(values, known)

    np.testing.assert_array_equal(filled[known], values[known])
    assert (filled >= values[known].min(axis=0) - 1e-2).all()
    assert (filled <= values[known].max(axis=0) + 1e-2).all()


@given(pictures())
def test_what_is_unknown_has_no_influence(picture):
    values, known = picture
    other = np.where(known[..., None], values, np.float32(np.nan))

    np.testing.assert_array_equal(smooth_fill(other, known), smooth_fill(values, known))


def test_one_known_pixel_reaches_the_whole_picture():
    known = np.zeros((120, 200), np.bool_)
    known[3, 5] = True
    values = np.full((120, 200, 1), 70, np.float32)

    np.testing.assert_allclose(smooth_fill(values, known), 70, rtol=1e-4)


def test_a_known_row_reaches_the_far_end():
    known = np.zeros((150, 30), np.bool_)
    known[0] = True

    np.testing.assert_allclose(smooth_fill(np.full((150, 30, 2), 9, np.float32), known), 9, rtol=1e-4)


def test_when_nothing_is_known_all_is_zero():
    assert not smooth_fill(np.full((4, 5, 3), 7, np.float32), np.zeros((4, 5), np.bool_)).any()


def test_the_nearer_side_counts_more():
    known = np.zeros((40, 60), np.bool_)
    known[:, :5] = known[:, -5:] = True
    values = np.zeros((40, 60, 1), np.float32)
    values[:, 30:] = 100

    filled = smooth_fill(values, known)[20, :, 0]

    assert filled[8] < 20
    assert filled[51] > 80
    assert (np.diff(filled) >= -1e-3).all()


def test_an_unknown_pixel_takes_the_mean_of_the_first_window_that_sees_enough():
    values = np.zeros((9, 9, 1), np.float32)
    values[..., 0] = np.arange(9)
    known = np.zeros((9, 9), bool)
    known[:, :3] = True

    filled = smooth_fill(values, known)

    # Windows are 3, 7, 15... pixels wide: that of 7 around column 4 reaches from column 1 to 7.
    assert filled[4, 4, 0] == np.mean([1, 2])
    assert filled[4, 3, 0] == 2
