import sys

import numpy as np
import pytest

from eraser.errors import MaskerError, MaskerOptionError


def iou(one, other):
    return np.count_nonzero(one & other) / np.count_nonzero(one | other)


@pytest.mark.parametrize(
    "where", [{"box": "85,30,215,190"}, {"point": "150,110"}, {"box": "85,30,215,190", "point": "150,110"}]
)
def test_what_a_box_or_a_click_is_on_is_cut_out(where, load, meadow, on_photo):
    photo, truth = meadow

    people = load("grabcut_box", **where)(photo)

    assert len(people) == 1
    assert iou(on_photo(people, photo.shape), truth) > 0.95


def test_a_photo_larger_than_what_is_worked_on_has_the_same_outline(load, meadow, on_photo, monkeypatch):
    photo, truth = meadow
    masker = load("grabcut_box", box="425,150,1075,950")
    monkeypatch.setattr(sys.modules["eraser_plugins.grabcut_box"], "_SIDE_PX", 200)
    large, large_truth = (part.repeat(5, axis=0).repeat(5, axis=1) for part in (photo, truth))

    people = masker(large)

    assert iou(on_photo(people, large.shape), large_truth) > 0.95


def test_the_same_photo_gives_the_same_outline(load, meadow, on_photo):
    photo, _ = meadow
    masker = load("grabcut_box", box="85,30,215,190")

    first, second = (on_photo(masker(photo), photo.shape) for _ in range(2))

    assert np.array_equal(first, second)


def test_a_click_takes_only_what_is_connected_to_it(load, meadow, on_photo):
    photo, truth = meadow
    both = photo.copy()
    both[5:25, 285:310] = photo[100:120, 140:165]

    mask = on_photo(load("grabcut_box", point="150,110", reach="0.5")(both), both.shape)

    assert iou(mask, truth) > 0.9
    assert not mask[5:25, 285:310].any()


def test_eyes_and_a_nose_go_with_the_dog_but_what_is_seen_through_a_ring_stays(load, meadow, on_photo):
    photo, truth = meadow
    dog, ring = photo.copy(), photo.copy()
    dog[95:103, 140:148] = (70, 130, 50)
    ring[85:135, 125:175] = photo[185:235, 125:175]
    masker = load("grabcut_box", box="85,30,215,190")

    assert iou(on_photo(masker(dog), dog.shape), truth) > 0.95
    assert on_photo(masker(dog), dog.shape)[99, 144]
    assert not on_photo(masker(ring), ring.shape)[110, 150]


def test_where_all_looks_alike_nothing_need_be_found_and_nothing_fails(load):
    flat = np.full((60, 80, 3), 128, np.uint8)

    assert len(load("grabcut_box", box="20,20,40,40")(flat)) <= 1


def test_without_a_box_or_a_point_it_says_how_to_give_one(load):
    with pytest.raises(MaskerError, match="--masker-option box=X0,Y0,X1,Y1"):
        load("grabcut_box")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box": "85,30,85,190"}, "x0 < x1"),
        ({"box": "1,2,3"}, "1,2,3"),
        ({"point": "1,2", "reach": "0"}, "reach must lie above 0"),
        ({"point": "1,2", "rounds": "0"}, "rounds must be at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_a_photo_is_seen(options, message, load):
    with pytest.raises(MaskerOptionError, match=message):
        load("grabcut_box", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box": "400,30,450,190"}, "off a photo of 320 x 240"),
        ({"point": "320,10"}, "point 320,10 lies off"),
        ({"box": "0,0,320,240"}, "leave some background"),
    ],
)
def test_places_that_the_photo_does_not_have_are_named(options, message, load, meadow):
    with pytest.raises(MaskerError, match=message):
        load("grabcut_box", **options)(meadow[0])
