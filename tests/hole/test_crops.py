import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.geometry import Box
from eraser.hole.crops import COARSER, DEFAULT_LIMITS, MAX_HOLES, CropLimits, plan_crops

spots = st.lists(
    st.tuples(st.integers(0, 299), st.integers(0, 219), st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=8
)


def hole_of(boxes, shape):
    hole = np.zeros(shape, np.bool_)
    for x, y, w, h in boxes:
        hole[y : y + h, x : x + w] = True
    return hole


def times_covered(crops, shape):
    count = np.zeros(shape, np.int32)
    for crop in crops:
        count[crop.box.slices] += crop.hole
    return count


def check(crops, hole):
    """What holds of every plan."""
    np.testing.assert_array_equal(times_covered(crops, hole.shape), hole.astype(np.int32))
    photo = Box(0, 0, hole.shape[1], hole.shape[0])
    for crop in crops:
        assert crop.box.intersect(photo) == crop.box
        assert crop.hole.shape == (crop.box.height, crop.box.width)
        inner = Box.of_mask(crop.hole)
        assert inner is not None
        context = Box(inner.x0, inner.y0, crop.box.width - inner.x1, crop.box.height - inner.y1)
        edges = (crop.box.x0, crop.box.y0, photo.x1 - crop.box.x1, photo.y1 - crop.box.y1)
        assert all(
            known >= DEFAULT_LIMITS.context_min_px or edge == 0 for known, edge in zip(context, edges, strict=True)
        )
        assert 0.0 < crop.scale <= 1.0
        w, h = crop.working_wh
        assert w >= 1
        assert h >= 1
        assert w * h <= 1.02 * DEFAULT_LIMITS.max_crop_px + w + h
        assert np.count_nonzero(crop.hole) * crop.scale**2 <= 1.001 * DEFAULT_LIMITS.max_hole_px


@given(spots)
def test_every_hole_pixel_is_in_one_crop_with_context_inside_the_photo(boxes):
    hole = hole_of(boxes, (220, 300))

    check(plan_crops(hole), hole)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 3), (2, 500), (500, 2)])
@pytest.mark.parametrize("everything", [True, False])
def test_tiny_photos_and_strips_are_planned(shape, everything):
    hole = np.zeros(shape, np.bool_)
    hole[0, 0] = True
    hole |= everything

    crops = plan_crops(hole)

    check(crops, hole)
    assert len(crops) == 1


def test_no_hole_needs_no_crop():
    assert plan_crops(np.zeros((5, 6), np.bool_)) == []


def test_small_holes_are_solved_at_full_scale():
    (crop,) = plan_crops(hole_of([(100, 100, 40, 80)], (400, 400)))

    assert crop.scale == 1.0
    assert crop.working_wh == (crop.box.width, crop.box.height)


def test_context_grows_with_the_hole():
    (crop,) = plan_crops(hole_of([(800, 700, 200, 200)], (1700, 1800)))

    assert crop.box == (650, 550, 1150, 1050)


@pytest.mark.parametrize(("shape", "share"), [((6000, 8000), 0.08), ((3000, 4000), 1.0)])
def test_the_work_for_many_megapixels_is_bounded(shape, share):
    hole = np.zeros(shape, np.bool_)
    hole[: int(shape[0] * share**0.5), : int(shape[1] * share**0.5)] = True

    (crop,) = plan_crops(hole)

    w, h = crop.working_wh
    assert w * h <= 1.02 * DEFAULT_LIMITS.max_crop_px
    assert hole.sum() * (w / crop.box.width) * (h / crop.box.height) <= 1.02 * DEFAULT_LIMITS.max_hole_px
    assert crop.hole.sum() == hole.sum()


def test_a_large_photo_is_planned_to_the_pixel():
    hole = np.zeros((2001, 1503), np.bool_)
    hole[7, 5] = hole[2000, 1502] = hole[1000:1003, 700] = True

    crops = plan_crops(hole)

    assert len(crops) == 3
    np.testing.assert_array_equal(times_covered(crops, hole.shape), hole)


def test_holes_far_apart_get_crops_of_their_own():
    assert len(plan_crops(hole_of([(10, 10, 20, 20), (900, 10, 20, 20)], (100, 1000)))) == 2


def test_holes_that_share_context_are_solved_together():
    (crop,) = plan_crops(hole_of([(100, 100, 20, 20), (150, 100, 20, 20)], (300, 300)))

    assert crop.hole.sum() == 800


def test_holes_that_touch_only_at_a_corner_are_one():
    apart = hole_of([(i * 400, i * 400, 390, 390) for i in range(4)], (1600, 1600))
    touching = hole_of([(i * 400, i * 400, 400, 400) for i in range(4)], (1600, 1600))

    assert len(plan_crops(apart)) > 1
    assert len(plan_crops(touching)) == 1


def test_a_thin_hole_around_a_large_area_is_bounded_too():
    hole = np.ones((1500, 2000), np.bool_)
    hole[3:-3, 3:-3] = False

    crops = plan_crops(hole)

    check(crops, hole)
    assert len(crops) == 1


def test_a_row_of_people_across_a_panorama_stays_nearly_as_sharp_as_one_person():
    row = [(x, 400, 150, 400) for x in range(100, 5800, 320)]
    hole = hole_of(row, (1200, 6000))
    (alone,) = plan_crops(hole_of(row[8:9], hole.shape))

    crops = plan_crops(hole)

    check(crops, hole)
    assert min(crop.scale for crop in crops) >= 0.999 * COARSER * alone.scale
    assert any(np.any(hole[crop.box.slices] & ~crop.hole) for crop in crops), "a neighbour lies in some context"


@pytest.mark.parametrize("count", [MAX_HOLES + 1, 4000])
def test_a_mask_full_of_specks_is_planned_without_a_long_wait(count):
    hole = np.zeros((1100, 1500), np.bool_)
    rng = np.random.default_rng(0)
    hole[rng.integers(0, 1100, count), rng.integers(0, 1500, count)] = True
    begin = time.process_time()

    crops = plan_crops(hole)

    assert time.process_time() - begin < 5.0
    np.testing.assert_array_equal(times_covered(crops, hole.shape), hole)
    assert len(crops) <= MAX_HOLES


def test_the_order_of_crops_does_not_change_from_call_to_call():
    hole = hole_of([(x, y, 30, 60) for x in range(50, 1900, 200) for y in (40, 300)], (500, 2000))

    assert [crop.box for crop in plan_crops(hole)] == [crop.box for crop in plan_crops(hole.copy())]


def test_an_inpainter_gets_the_context_and_the_size_that_it_wants():
    hole = hole_of([(800, 700, 200, 200)], (1700, 1800))

    (near,) = plan_crops(hole, CropLimits(context=0.1, context_min_px=10))
    (small,) = plan_crops(hole, CropLimits(max_crop_px=10_000))
    (coarse,) = plan_crops(hole, CropLimits(max_hole_px=2_500))

    assert near.box == (780, 680, 1020, 920)
    assert np.prod(small.working_wh) <= 10_200
    assert coarse.scale == pytest.approx(0.25)
