"""The numbered overlay, on photos of every size."""

import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.photo.overlay import _colour, draw_people


def somebody(x0, y0, x1, y1):
    return Person(Box(x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), np.bool_))


def crowd(count, size_wh):
    rng = np.random.default_rng(0)
    width, height = size_wh
    people = []
    for _ in range(count):
        w, h = max(1, width // 12), max(1, height // 6)
        x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
        people.append(somebody(x, y, x + w, y + h))
    return people


def changed(before, after):
    return (before != after).any(axis=2)


def test_the_photo_given_is_left_alone():
    image = np.full((100, 100, 3), 128, np.uint8)
    image.flags.writeable = False

    drawn = draw_people(image, [somebody(20, 30, 50, 90)], going=[0])

    assert (image == 128).all()
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8


def test_nobody_found_draws_nothing():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)

    np.testing.assert_array_equal(draw_people(image, []), image)


@pytest.mark.parametrize("size_wh", [(1, 1), (3, 200), (200, 150), (640, 480)])
@pytest.mark.parametrize("count", [1, 40])
def test_any_crowd_fits_on_any_photo(size_wh, count):
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)

    drawn = draw_people(image, crowd(count, size_wh), going=range(0, count, 2))

    assert drawn.shape == image.shape
    assert changed(image, drawn).any()


def test_those_who_go_are_tinted_and_those_who_stay_are_not():
    image = np.full((400, 400, 3), 128, np.uint8)
    people = [somebody(40, 60, 160, 360), somebody(240, 60, 360, 360)]

    drawn = draw_people(image, people, going={1})

    assert (drawn[300, 100] == 128).all()
    assert (drawn[300, 300] != 128).any()


def test_the_outline_follows_the_mask_and_its_hole_in_the_persons_colour():
    ring = np.ones((200, 200), np.bool_)
    ring[60:140, 60:140] = False
    image = np.full((400, 400, 3), 128, np.uint8)

    drawn = draw_people(image, [Person(Box(100, 150, 300, 350), ring)])

    for y, x in [(250, 100), (250, 299), (349, 200), (250, 160), (210, 200)]:  # edges outside and around the hole
        around = drawn[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3)
        assert np.abs(around - np.array(_colour(0), float)).max(axis=1).min() < 40, (y, x)  # antialiased
    assert (drawn[250, 200] == 128).all()
    assert (drawn[250, 130] == 128).all()


@pytest.mark.parametrize("corner", [(0, 0), (360, 0), (0, 360), (360, 360)])
def test_a_label_lies_wholly_on_the_photo(corner):
    image = np.full((400, 400, 3), 128, np.uint8)
    x, y = corner
    middle = draw_people(image, [somebody(180, 200, 220, 240)])

    drawn = draw_people(image, [somebody(x, y, x + 40, y + 40)])

    # the plate is the only thing of its colour, so all of it is there when as much of it is seen as in the middle
    plate = [int((photo == (16, 16, 16)).all(axis=2).sum()) for photo in (middle, drawn)]
    assert plate[0] > 0
    assert plate[1] == plate[0]


def test_labels_of_people_in_one_place_do_not_cover_each_other():
    image = np.full((600, 600, 3), 128, np.uint8)
    apart = draw_people(image, [somebody(280, y, 320, y + 40) for y in range(60, 560, 100)])

    drawn = draw_people(image, [somebody(280, 200, 320, 240)] * 5)

    plates = [int((photo == (16, 16, 16)).all(axis=2).sum()) for photo in (apart, drawn)]
    assert plates[1] == pytest.approx(plates[0], abs=10)  # a line may cross the colour by chance


def test_lines_and_letters_grow_with_the_photo():
    shares = []
    for scale in (3, 12):
        image = np.full((400 * scale, 300 * scale, 3), 128, np.uint8)
        drawn = draw_people(image, [somebody(*(edge * scale for edge in (100, 100, 200, 300)))])
        shares.append(changed(image, drawn).mean())

    assert shares[1] == pytest.approx(shares[0], rel=0.3)


def test_forty_numbers_have_colours_that_differ_and_can_be_read_on_the_dark_plate():
    colours = np.array([_colour(index) for index in range(40)], float)

    assert (colours @ (0.299, 0.587, 0.114) > 120).all()
    assert all(np.abs(colours[i] - colours[i + 1]).sum() > 100 for i in range(39))
    assert len({tuple(colour) for colour in colours}) == 40
