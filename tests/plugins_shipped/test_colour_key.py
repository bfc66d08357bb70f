import cv2
import numpy as np
import pytest

from eraser.errors import MaskerError, MaskerOptionError

PINK = (255, 105, 180)


@pytest.fixture
def pool():
    """Noisy water (200, 300, 3) with a swim ring, half of it in shadow, and a small ball, both pink."""
    photo = np.empty((200, 300, 3), np.float32)
    photo[:] = (60, 150, 190)
    ring = cv2.circle(np.zeros((200, 300), np.uint8), (100, 100), 50, 1, 24)
    ball = cv2.circle(np.zeros((200, 300), np.uint8), (250, 60), 12, 1, -1)
    photo[(ring | ball) > 0] = PINK
    photo[:, :100] *= 0.6
    photo += np.random.default_rng(0).normal(0, 6, photo.shape)
    photo = cv2.GaussianBlur(np.clip(photo, 0, 255).astype(np.uint8), (3, 3), 0)
    return photo, ring > 0, ball > 0


def test_each_piece_of_the_colour_is_one_thing_in_light_and_in_shadow(load, pool):
    photo, ring, ball = pool

    found = load("colour_key", colour="hotpink")(photo)

    assert len(found) == 2
    for piece, truth in zip(sorted(found, key=lambda piece: -piece.area_px), (ring, ball), strict=True):
        whole = np.zeros(ring.shape, bool)
        whole[piece.box.slices] = piece.mask
        assert np.count_nonzero(whole & truth) > 0.97 * np.count_nonzero(truth)
        assert np.count_nonzero(whole & ~truth) < 0.1 * np.count_nonzero(truth)
        assert piece.score > 0.7


def test_a_name_and_its_hex_digits_are_the_same_colour(load, pool, on_photo):
    by_name, by_digits = (on_photo(load("colour_key", colour=c)(pool[0]), (200, 300)) for c in ("hotpink", "#ff69b4"))

    assert np.array_equal(by_name, by_digits)


def test_pieces_below_the_least_area_stay(load, pool):
    share = (np.count_nonzero(pool[2]) + 50) / pool[2].size * 1.5

    assert len(load("colour_key", colour="hotpink", min_area=share)(pool[0])) == 1


def test_a_colour_that_is_not_there_is_nobody(load, pool):
    assert load("colour_key", colour="lime")(pool[0]) == []


def test_with_full_weight_lightness_tells_white_from_grey(load):
    photo = np.full((50, 90, 3), 90, np.uint8)
    photo[10:40, 10:40] = 250

    (white,) = load("colour_key", colour="white", lightness="1")(photo)

    assert tuple(white.box) == (10, 10, 40, 40)


def test_single_pixels_of_noise_are_no_pieces_and_leave_no_gaps(load):
    random = np.random.default_rng(1)
    photo = np.full((120, 120, 3), (60, 150, 190), np.uint8)
    photo[30:90, 30:90] = PINK
    flipped = random.random((120, 120)) < 0.02
    photo[flipped] = np.where(photo[flipped] == PINK, (60, 150, 190), PINK)

    (piece,) = load("colour_key", colour="hotpink", min_area="0", smooth_px="2")(photo)

    assert piece.mask.mean() > 0.98


def test_a_colour_that_nobody_knows_is_named(load):
    with pytest.raises(MaskerError, match="'pinkish' is no colour"):
        load("colour_key", colour="pinkish")


@pytest.mark.parametrize(
    "options", [{"tolerance": "0"}, {"tolerance": "90"}, {"lightness": "2"}, {"min_area": "1"}, {"smooth_px": "-1"}]
)
def test_numbers_out_of_range_are_refused(options, load):
    with pytest.raises(MaskerOptionError, match=next(iter(options))):
        load("colour_key", colour="red", **options)
