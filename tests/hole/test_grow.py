import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from eraser.geometry import Box, Person
from eraser.hole.grow import GROWTH, GROWTH_MIN_PX, default_dilate_px, grow, make_hole

masks = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30), elements=st.booleans()).filter(
    lambda mask: mask.any()
)


def somebody(x0, y0, x1, y1):
    return Person(Box(x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), np.bool_))


def disc(radius_px):
    axis = np.arange(-radius_px, radius_px + 1)
    return (axis[:, None] ** 2 + axis**2 <= radius_px**2).astype(np.uint8)


@given(masks)
def test_without_growth_the_hole_is_exactly_the_mask(mask):
    hole = make_hole([Person.from_mask(mask)], mask.shape, dilate_px=0)

    np.testing.assert_array_equal(hole.mask, mask)
    np.testing.assert_array_equal(hole.person, mask)


@given(masks)
def test_a_mask_given_is_the_hole_as_it_is(mask):
    hole = make_hole([], (*mask.shape, 3), given=mask)

    np.testing.assert_array_equal(hole.mask, mask)
    np.testing.assert_array_equal(hole.person, mask)


def test_a_mask_given_and_people_are_united_and_only_people_grow():
    given_mask = np.zeros((60, 60), np.bool_)
    given_mask[50, 50] = True

    hole = make_hole([somebody(10, 10, 20, 20)], (60, 60), dilate_px=4, given=given_mask)

    assert hole.mask[15, 23]
    assert hole.mask[45:, 45:].sum() == 1
    assert hole.person.sum() == 101


def test_a_soft_edge_may_reach_into_a_mask_given_but_never_into_a_person():
    everything = np.ones((30, 30), np.bool_)

    hole = make_hole([somebody(10, 10, 20, 20)], (30, 30), given=everything, soft_given=True)

    assert hole.mask.all()
    assert Box.of_mask(hole.person) == (10, 10, 20, 20)


def test_nobody_grows_over_somebody_who_stays():
    leaves, stays = somebody(10, 10, 20, 40), somebody(18, 10, 40, 40)

    hole = make_hole([leaves], (60, 60), staying=[stays], dilate_px=6)

    assert Box.of_mask(hole.mask[10:40]) == (4, 0, 18, 30)
    assert hole.mask[42, 22]


def test_what_outlines_share_is_left_to_whoever_stays():
    leaves, stays = somebody(10, 10, 30, 40), somebody(20, 10, 40, 40)

    hole = make_hole([leaves], (60, 60), staying=[stays], dilate_px=3)

    assert not (hole.mask | hole.person)[10:40, 20:40].any()
    assert hole.person[10:40, 10:20].all()


def test_a_mask_that_is_given_holds_for_somebody_who_stays_too():
    given = np.zeros((60, 60), bool)
    given[20:30, 15:30] = True

    hole = make_hole([], (60, 60), staying=[somebody(20, 10, 40, 40)], given=given)

    np.testing.assert_array_equal(hole.mask, given)
    np.testing.assert_array_equal(hole.person, given)


def test_nobody_leaves_no_hole():
    hole = make_hole([], (4, 5, 3))

    assert hole.mask.shape == (4, 5)
    assert not hole.mask.any()


@given(masks, st.integers(1, 6))
def test_growth_covers_everything_within_reach_and_stays_within_twice_the_reach(mask, dilate_px):
    person = Person.from_mask(mask)
    far = cv2.distanceTransform((~np.pad(mask, 20)).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[
        20:-20, 20:-20
    ]

    hole = make_hole([person], mask.shape, dilate_px=dilate_px).mask

    # OpenCV's distances to 5 x 5 neighbours are off by up to 2 %.
    assert hole[far <= 0.97 * dilate_px].all()
    assert not hole[far > 2.06 * dilate_px].any()


def test_a_single_pixel_grows_to_a_disc():
    mask = np.zeros((41, 41), np.bool_)
    mask[20, 20] = True

    hole = make_hole([Person.from_mask(mask)], mask.shape, dilate_px=10).mask

    assert np.count_nonzero(hole != np.pad(disc(10), 10).astype(np.bool_)) <= 12


def test_gaps_narrower_than_the_growth_are_closed():
    mask = np.zeros((60, 60), np.bool_)
    mask[10:50, 10:20] = mask[10:50, 33:43] = True

    assert not make_hole([Person.from_mask(mask)], mask.shape, dilate_px=3).mask[30, 26]
    assert make_hole([Person.from_mask(mask)], mask.shape, dilate_px=7).mask[15:45, 20:33].all()


@pytest.mark.parametrize("dilate_px", [1, 5, 12])
def test_a_person_cut_by_the_frame_is_covered_up_to_the_frame(dilate_px):
    hole = make_hole([somebody(0, 10, 8, 40)], (40, 30), dilate_px=dilate_px).mask

    assert hole[10:, :8].all()
    assert hole[-1, : 8 + dilate_px].all()


def test_growth_is_the_same_wherever_the_person_stands():
    person = somebody(20, 20, 26, 30)
    moved = Person(person.box.shift(7, 5), person.mask)

    here, there = (make_hole([p], (60, 60), dilate_px=5).mask for p in (person, moved))

    np.testing.assert_array_equal(np.roll(here, (5, 7), (0, 1)), there)


def test_the_grown_box_holds_all_that_was_grown():
    box, grown = grow(somebody(20, 20, 26, 30), 5, (60, 60))

    assert grown.shape == (box.height, box.width)
    assert grown.any(axis=0).all()
    assert grown.any(axis=1).all()


def test_large_people_grow_more_than_small_ones_and_small_ones_a_little():
    assert default_dilate_px(somebody(0, 0, 400, 900)) == round(GROWTH * 900)
    assert default_dilate_px(somebody(0, 0, 8, 20)) == GROWTH_MIN_PX


def test_each_person_grows_by_their_own_size():
    hole = make_hole([somebody(200, 200, 600, 1000), somebody(20, 20, 30, 40)], (1200, 800)).mask

    assert hole[600, 600 + 19]
    assert Box.of_mask(hole[:60, :60]) == (17, 17, 33, 43)
