import cv2
import numpy as np
import pytest

from eraser.inpaint.base import InpainterContext, check_fill
from eraser.inpaint.patches import Level, PatchParams, _pyramid, load_inpainter, transfer
from eraser.inpaint.smooth import smooth_fill
from eraser.system import jit


def hole_of(shape, *boxes):
    hole = np.zeros(shape, np.bool_)
    for x, y, w, h in boxes:
        hole[y : y + h, x : x + w] = True
    return hole


def photo(shape, seed=0):
    """Something with texture and structure on every scale."""
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[: shape[0], : shape[1]]
    waves = 60 * np.sin(xs / 9)[..., None] + 40 * np.sin((ys + xs)[..., None] / 23 + np.arange(3))
    return np.clip(128 + waves + rng.normal(0, 15, (*shape, 3)), 0, 255).astype(np.uint8)


def stripes(shape, period):
    xs = np.mgrid[: shape[0], : shape[1]][1]
    return np.repeat(np.where(xs // (period // 2) % 2 == 0, 30, 220)[..., None], 3, axis=2).astype(np.uint8)


def checkers(shape, side):
    ys, xs = np.mgrid[: shape[0], : shape[1]]
    on = (ys // side + xs // side) % 2 == 0
    return np.where(on[..., None], np.uint8([200, 160, 40]), np.uint8([20, 60, 180]))


@pytest.mark.parametrize("picture", [stripes((120, 130), 8), checkers((120, 130), 6)])
def test_a_repeating_texture_is_continued(picture):
    hole = hole_of(picture.shape[:2], (50, 40, 30, 36))

    filled = transfer(picture, hole).image

    wrong = np.abs(filled.astype(int) - picture).max(axis=2)[hole]
    assert np.mean(wrong > 8) < 0.03


def test_a_flat_colour_stays_flat():
    picture = np.full((90, 100, 3), (10, 120, 250), np.uint8)

    assert (transfer(picture, hole_of((90, 100), (30, 30, 40, 30))).image == picture).all()


@pytest.mark.parametrize("boxes", [[(40, 30, 30, 40)], [(0, 0, 30, 30), (90, 60, 30, 40)], [(20, 0, 8, 100)]])
def test_every_copy_comes_from_a_known_pixel_and_known_pixels_stay(boxes):
    picture, hole = photo((100, 120)), hole_of((100, 120), *boxes)

    fill = check_fill(transfer(picture, hole), picture.shape, "patches")

    ys, xs = np.nonzero(hole)
    sources = ys + fill.offsets[ys, xs, 0], xs + fill.offsets[ys, xs, 1]
    assert min(index.min() for index in sources) >= 0
    assert not hole[sources].any()
    np.testing.assert_array_equal(fill.image[~hole], picture[~hole])


@pytest.mark.parametrize("other", [(255, 0, 255), (0, 255, 0)])
def test_what_lies_under_any_hole_has_no_influence(other):
    picture = photo((110, 130))
    hole = hole_of((110, 130), (40, 40, 20, 30), (85, 20, 15, 60))
    poisoned = picture.copy()
    poisoned[hole] = other

    first, second = transfer(picture, hole), transfer(poisoned, hole)

    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.offsets, second.offsets)


def test_the_result_does_not_depend_on_the_number_of_threads(monkeypatch):
    picture, hole = photo((100, 120)), hole_of((100, 120), (40, 30, 40, 40))
    results = []

    for threads in (1, 7):
        jit._threads.cache_clear()
        monkeypatch.setattr(jit, "thread_count", lambda threads=threads: threads)
        results.append(transfer(picture, hole).image)
    jit._threads.cache_clear()

    np.testing.assert_array_equal(*results)


def test_the_caller_keeps_what_was_given():
    picture, hole = photo((60, 60)), hole_of((60, 60), (20, 20, 10, 10))
    before = picture.copy(), hole.copy()

    transfer(picture, hole)

    np.testing.assert_array_equal(picture, before[0])
    np.testing.assert_array_equal(hole, before[1])


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (6, 6), (7, 7), (2, 500), (500, 2), (7, 90)])
@pytest.mark.parametrize("everything", [True, False])
def test_crops_too_small_for_a_patch_stay_finite(shape, everything):
    picture = np.full((*shape, 3), 90, np.uint8)
    hole = hole_of(shape, (0, 0, 1, 1))
    hole |= everything

    fill = load_inpainter(InpainterContext(weights_dir=None))(picture, hole)

    assert fill.image.shape == picture.shape
    assert fill.image.dtype == np.uint8
    known_somewhere = not hole.all()
    assert (fill.image == (90 if known_somewhere else 127)).all()


def test_a_crop_that_is_all_hole_is_grey():
    fill = transfer(photo((64, 64)), np.ones((64, 64), np.bool_))

    assert (fill.image == 127).all()
    assert fill.offsets is None


def test_specks_that_leave_no_whole_patch_are_filled_smoothly():
    picture = np.full((200, 200, 3), 60, np.uint8)
    hole = np.zeros((200, 200), np.bool_)
    hole[::5, ::5] = True
    hole[60:140, 60:140] = True  # which coarse levels see, and the specks not
    picture[hole] = 255

    assert (transfer(picture, hole).image == 60).all()


def test_a_thin_wire_that_vanishes_on_coarse_levels_is_filled_like_its_sides():
    picture = stripes((200, 220), 20)
    hole = hole_of((200, 220), (0, 100, 220, 2))

    filled = transfer(picture, hole).image

    assert np.mean(np.abs(filled.astype(int) - picture)[hole] > 8) < 0.05


def test_a_prior_counts_in_the_first_fill_where_it_is_asked_to():
    rng = np.random.default_rng(3)
    halves = np.concatenate([np.full((100, 100, 3), 40), np.full((100, 100, 3), 200)], axis=1)
    picture = np.clip(halves + rng.normal(0, 6, halves.shape), 0, 255).astype(np.uint8)
    hole = hole_of((100, 200), (80, 30, 40, 40))
    all_dark = np.full_like(picture, 40)
    params = PatchParams(coarsest_px=100, rounds_coarsest=1, prior_in_peel=1.0)

    dark = transfer(picture, hole, prior=all_dark, params=params).image[hole].mean()
    bright = transfer(picture, hole, prior=np.full_like(picture, 200), params=params).image[hole].mean()

    filled = transfer(picture, hole, params=params).image[hole].mean()
    assert dark + 10 < filled < bright - 10


def half_and_half(shape):
    picture = np.full((*shape, 3), 60, np.uint8)
    picture[:, shape[1] // 2 :] = 180
    return picture


def test_a_fill_keeps_to_a_prior_of_another_colour_as_far_as_it_is_pulled():
    rng = np.random.default_rng(3)
    halves = np.concatenate([np.full((100, 100, 3), 40), np.full((100, 100, 3), 200)], axis=1)
    picture = np.clip(halves + rng.normal(0, 6, halves.shape), 0, 255).astype(np.uint8)
    hole = hole_of((100, 200), (60, 30, 80, 40))
    all_dark = np.full_like(picture, 40)

    def brightness(prior=None, **weights):
        params = PatchParams(coarsest_px=50, **weights)
        return transfer(picture, hole, prior=prior, params=params).image[hole].mean()

    started = [brightness(all_dark, prior_pull=weight, rim_pull=0.9) for weight in (1.0, 0.5, 0.0)]
    assert started[0] < started[1] < started[2] - 0.5
    assert started[0] < brightness(all_dark) < started[1]


def test_a_large_hole_drifts_less_from_the_colours_that_its_rim_continues_to():
    hole = hole_of((120, 160), (50, 30, 60, 60))

    def drift(seed, **weights):
        rng = np.random.default_rng(seed)
        slow = cv2.GaussianBlur(rng.normal(0, 1, (120, 160)).astype(np.float32), (0, 0), 12)
        slow = 128 + slow / np.abs(slow).max() * 90
        picture = np.clip(slow[..., None] + rng.normal(0, 8, (120, 160, 3)), 0, 255).astype(np.uint8)
        filled = transfer(picture, hole, params=PatchParams(**weights)).image.astype(np.float32)
        continued = smooth_fill(picture.astype(np.float32), ~hole)
        return np.abs(cv2.GaussianBlur(filled - continued, (0, 0), 6)[hole]).mean()

    seeds = range(4)
    assert sum(map(drift, seeds)) < 0.9 * sum(drift(seed, rim_pull=0.0) for seed in seeds)


def test_a_prior_without_texture_does_not_smooth_the_fill():
    picture, hole = photo((128, 160)), hole_of((128, 160), (60, 40, 40, 50))
    smooth = np.full_like(picture, 128)

    filled = transfer(picture, hole, prior=smooth).image

    def texture(image):
        return np.abs(np.diff(image.astype(int), axis=1))[hole[:, 1:]].mean()

    assert texture(filled) > 0.8 * texture(picture)


def test_where_no_patch_is_known_a_prior_is_the_fill():
    picture, hole = photo((40, 40)), np.ones((40, 40), np.bool_)
    hole[:3] = False

    filled = transfer(picture, hole, prior=np.full_like(picture, 77)).image

    assert (filled[hole] == 77).all()
    np.testing.assert_array_equal(filled[~hole], picture[~hole])


def test_a_fill_keeps_to_a_prior_only_where_the_prior_is_sure():
    rng = np.random.default_rng(3)
    halves = np.concatenate([np.full((100, 100, 3), 40), np.full((100, 100, 3), 200)], axis=1)
    picture = np.clip(halves + rng.normal(0, 6, halves.shape), 0, 255).astype(np.uint8)
    hole, all_dark = hole_of((100, 200), (60, 30, 80, 40)), np.full((100, 200, 3), 40, np.uint8)

    def brightness(sure):
        confidence = np.full(hole.shape, sure, np.float32)
        params = PatchParams(coarsest_px=50, unsure_pull=0.0, prior_pull=1.0)
        return transfer(picture, hole, prior=all_dark, confidence=confidence, params=params).image[hole].mean()

    assert brightness(1.0) + 5 < brightness(0.5) < brightness(0.0)


def test_a_patch_comes_from_about_its_own_height():
    rng = np.random.default_rng(0)
    picture = rng.integers(80, 120, (120, 160, 3), np.uint8)  # the same noise everywhere: colour tells nothing
    hole = hole_of((120, 160), (60, 30, 40, 60))

    def climb(weight):
        offsets = transfer(picture, hole, params=PatchParams(height_weight=weight)).offsets
        return np.abs(offsets[hole][:, 0]).mean()

    assert climb(200.0) < 0.7 * climb(0.0)


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ((120, 160), (0, 0, 70, 120)),  # at three borders
        ((160, 160), (20, 18, 124, 124)),  # 60 % of the crop
        ((20, 20), (8, 8, 3, 3)),
        ((90, 90), (40, 40, 1, 1)),
    ],
)
def test_hard_holes_are_filled_by_copies_of_what_is_known(shape, box):
    picture, hole = photo(shape), hole_of(shape, box)

    fill = transfer(picture, hole)

    ys, xs = np.nonzero(hole)
    sources = ys + fill.offsets[ys, xs, 0], xs + fill.offsets[ys, xs, 1]
    assert not hole[sources].any()
    copies = picture[sources].astype(int)
    assert np.abs(fill.image[hole].astype(int) - copies).mean() < 30  # the blend takes out seams, not the copies


@pytest.mark.parametrize(("side", "levels"), [(32, 1), (63, 1), (64, 2), (128, 3), (200, 3)])
def test_levels_halve_down_to_the_coarsest_side(side, levels):
    finest = Level(np.zeros((side, 2 * side, 6), np.float32), np.zeros((side, 2 * side), bool))

    pyramid = _pyramid(finest, 32)

    assert len(pyramid) == levels
    assert 32 <= min(pyramid[-1].hole.shape) < 64


def test_a_pixel_of_a_coarser_level_is_known_if_half_of_what_it_covers_is():
    hole = np.zeros((4, 4), bool)
    hole[:, ::2] = True
    features = np.zeros((4, 4, 6), np.float32)
    features[~hole], features[hole] = 5.0, 99.0

    halved = _pyramid(Level(features, hole), 2)[1]

    assert not halved.hole.any()
    assert (halved.features == 5.0).all()
