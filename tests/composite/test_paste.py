import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eraser.composite.paste import _upsample, feather, match_seam, paste, take_crop
from eraser.geometry import Box
from eraser.hole.crops import Crop

SIZE = (60, 80)
PHOTO = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
ALL = Box(0, 0, SIZE[1], SIZE[0])
masks = arrays(np.bool_, SIZE, elements=st.sampled_from([False] * 9 + [True]), fill=st.just(False))
scales = st.floats(0.06, 1.0)


def square(x0, y0, x1, y1):
    mask = np.zeros(SIZE, np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def ring(outer_px=10):
    """(hole, core): a person of 20 x 20 and a rim around it."""
    return square(30 - outer_px, 20 - outer_px, 50 + outer_px, 40 + outer_px), square(30, 20, 50, 40)


@given(masks, scales)
def test_nothing_under_a_hole_reaches_a_crop_at_any_scale(hole, scale):
    crop = Crop(Box(3, 2, 78, 59), hole[2:59, 3:78], scale)
    poisoned = np.where(hole[..., None], np.uint8([255, 0, 255]), PHOTO)
    blackened = np.where(hole[..., None], np.uint8(0), PHOTO)

    pixels, working_hole = take_crop(poisoned, hole, crop)

    assert pixels.shape[1::-1] == working_hole.shape[::-1] == crop.working_wh
    assert not pixels[working_hole].any()
    np.testing.assert_array_equal(pixels, take_crop(blackened, hole, crop)[0])


@given(masks, scales)
def test_known_pixels_stay_known_unless_a_hole_is_near(hole, scale):
    crop = Crop(ALL, hole, scale)

    _, working_hole = take_crop(PHOTO, hole, crop)

    reach = 2 * int(np.ceil(1 / scale)) + 3
    near = cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    h, w = working_hole.shape
    for y, x in np.argwhere(working_hole):
        assert near[int((y + 0.5) * SIZE[0] / h), int((x + 0.5) * SIZE[1] / w)]


@given(masks, masks, st.sampled_from([1.0, 0.4]), st.sampled_from([None, 0, 4]))
def test_only_pixels_of_the_crops_own_hole_change(own, other, scale, feather_px):
    crop, hole = Crop(ALL, own, scale), own | other
    w, h = crop.working_wh
    out = PHOTO.copy()

    paste(out, hole, own, crop, take_crop(out, hole, crop), np.full((h, w, 3), 7, np.uint8), feather_px=feather_px)

    np.testing.assert_array_equal(out[~own], PHOTO[~own])


def test_with_a_hard_edge_the_fill_is_pasted_as_it_is():
    hole = square(20, 10, 50, 40)
    filled = np.where(hole[..., None], np.uint8(200), PHOTO)
    out = PHOTO.copy()

    crop = Crop(ALL, hole, 1.0)
    paste(out, hole, hole, crop, take_crop(out, hole, crop), filled)

    assert (out[hole] == 200).all()


def test_a_network_that_shifts_all_colours_is_shifted_back():
    truth = np.full((*SIZE, 3), (90, 120, 150), np.uint8)
    hole = square(20, 10, 50, 40)
    context = np.where(hole[..., None], np.uint8(0), truth)

    matched = match_seam(context, truth + np.uint8(20), hole)

    np.testing.assert_allclose(matched, truth, atol=0.5)


def test_a_fill_that_meets_its_surroundings_stays_and_stays_in_range():
    hole = square(20, 10, 50, 40)
    filled = np.where(hole[..., None], np.uint8(255), PHOTO)

    np.testing.assert_array_equal(match_seam(PHOTO, filled, hole), filled)


def test_a_hole_without_surroundings_is_matched_with_nothing():
    everything = np.ones(SIZE, np.bool_)

    np.testing.assert_array_equal(match_seam(np.zeros_like(PHOTO), PHOTO, everything), PHOTO)


@pytest.mark.parametrize("feather_px", [None, 0, 1, 5, 9, 40])
def test_a_soft_edge_never_brings_the_person_back_and_falls_towards_the_photo(feather_px):
    hole, core = ring()
    inner = Box.of_mask(hole)

    alpha = feather(hole, core, inner, feather_px)

    assert (alpha[core[inner.slices]] == 1).all()
    assert alpha.min() > 0
    across = alpha[20, :20]
    assert (np.diff(across) >= -1e-6).all()
    assert across[0] <= 0.5 or feather_px == 0


def test_a_soft_edge_is_as_wide_as_asked_for():
    hole, core = ring()

    alpha = feather(hole, core, Box.of_mask(hole), 3)

    np.testing.assert_allclose(alpha[20, :5], [0.25, 0.5, 0.75, 1, 1], atol=0.02)


def test_a_mask_that_was_given_keeps_a_hard_edge():
    hole, _ = ring()

    assert (feather(hole, hole, Box.of_mask(hole), None) == 1).all()


@pytest.mark.parametrize("feather_px", [None, 6])
def test_the_edge_of_the_photo_is_no_edge_of_the_hole(feather_px):
    hole, core = square(0, 0, 40, 60), square(0, 0, 20, 60)

    alpha = feather(hole, core, Box.of_mask(hole), feather_px)

    assert (alpha[:, :15] == 1).all()
    assert np.ptp(alpha, axis=0).max() < 1e-5


@pytest.mark.parametrize("core", [np.ones(SIZE, np.bool_), np.zeros(SIZE, np.bool_)])
@pytest.mark.parametrize("feather_px", [0, 5])
def test_a_hole_as_large_as_the_photo_has_no_edge(core, feather_px):
    assert (feather(np.ones(SIZE, np.bool_), core, ALL, feather_px) == 1).all()


@pytest.mark.parametrize("inner", [ALL, Box(13, 9, 61, 44), Box(0, 0, 5, 60)])
def test_a_fill_without_copies_is_enlarged_in_place(inner):
    crop = Crop(ALL, square(*inner), 0.25)
    smooth = np.random.default_rng(1).uniform(0, 255, (15, 20, 3)).astype(np.float32)

    enlarged = _upsample(smooth, crop, inner).astype(int)

    whole = cv2.resize(smooth, (SIZE[1], SIZE[0]), interpolation=cv2.INTER_CUBIC)
    assert np.abs(enlarged - np.clip(np.rint(whole), 0, 255)[inner.slices]).max() <= 2


def test_in_the_soft_edge_fill_and_photo_are_mixed_by_the_feather():
    hole, person = ring()
    crop, out = Crop(ALL, hole, 1.0), PHOTO.copy()
    filled = np.where(hole[..., None], np.uint8(7), PHOTO)

    paste(out, hole, person, crop, take_crop(out, hole, crop), filled, feather_px=6)

    inner = Box.of_mask(hole)
    alpha = feather(hole, person, inner, 6)[..., None]
    soft = (alpha[..., 0] > 0) & (alpha[..., 0] < 1)
    expected = np.rint(alpha * np.float32(7) + (1 - alpha) * PHOTO[inner.slices])
    assert soft.any()
    assert np.abs(out[inner.slices][soft] - expected[soft]).max() <= 1
