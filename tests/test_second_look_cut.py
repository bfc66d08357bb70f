"""Bystanders who are larger than the window that the second look sees them through."""

import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.second_look import find_left_over

SHAPE = (200, 120)
HOLE = Box(40, 80, 60, 100)
WINDOW = Box(20, 60, 90, 120)


class SeesPainted:
    """Sees everybody who is painted on the picture, each in a value of their own, as far as the window goes."""

    works_on_parts = True

    def __init__(self, loose_px=0):
        self.loose_px, self.shapes = loose_px, []

    def __call__(self, image):
        self.shapes.append(image.shape[:2])
        return [self.person(image[..., 0] == value) for value in np.unique(image[..., 0]) if value]

    def person(self, mask):
        tight = Person.from_mask(mask)
        box = tight.box.grow(self.loose_px, self.loose_px, mask.shape)
        return Person(box, mask[box.slices])


def look(masker, *boxes, windows=(WINDOW,), staying=(), all_go=True):
    image = np.zeros((*SHAPE, 3), np.uint8)
    for value, box in enumerate(boxes, 1):
        image[box.slices] = value
    hole = np.zeros(SHAPE, np.bool_)
    hole[HOLE.slices] = True
    return [
        person.box for person in find_left_over(image, masker, "painted", windows, hole, list(staying), all_go=all_go)
    ]


def test_somebody_cut_by_a_window_is_taken_whole():
    masker, whole = SeesPainted(), Box(55, 50, 75, 140)

    assert look(masker, whole) == [whole]
    assert len(masker.shapes) == 2


def test_somebody_whom_the_wider_window_cuts_too_is_left():
    masker = SeesPainted()

    assert look(masker, Box(55, 0, 65, 200), windows=[Box(20, 80, 90, 100)]) == []
    assert masker.shapes == [(20, 70), (60, 50)]


def test_whoever_turns_out_to_stand_outside_the_hole_for_the_most_part_is_left():
    masker = SeesPainted()

    assert look(masker, Box(45, 90, 82, 117), windows=[Box(20, 60, 64, 104)], all_go=False) == []
    assert masker.shapes == [(44, 44), (52, 57)]


@pytest.mark.parametrize("loose_px", [0, 30])
def test_nobody_is_looked_at_again_whom_no_window_cuts(loose_px):
    masker, inside = SeesPainted(loose_px), Box(55, 75, 70, 110)

    assert look(masker, inside) == [inside]
    assert len(masker.shapes) == 1


@pytest.mark.parametrize(
    ("box", "window"),
    [
        (Box(55, 0, 70, 110), Box(20, 0, 90, 120)),
        (Box(0, 70, 60, 110), Box(0, 60, 90, 120)),
        (Box(50, 75, 120, 105), Box(20, 60, 120, 120)),
        (Box(50, 70, 70, 200), Box(20, 60, 90, 200)),
    ],
)
def test_the_edge_of_the_photo_cuts_nobody(box, window):
    masker = SeesPainted()

    assert look(masker, box, windows=[window]) == [box]
    assert len(masker.shapes) == 1


def test_of_several_in_the_wider_window_the_one_who_was_cut_is_taken():
    cut, other = Box(55, 50, 75, 140), Box(80, 122, 100, 165)

    assert look(SeesPainted(), cut, other) == [cut]
    assert look(SeesPainted(), other, cut) == [cut]


def test_a_part_that_the_wider_window_does_not_show_again_is_left():
    class SeesAnotherEachTime(SeesPainted):
        def __call__(self, image):
            return super().__call__(image)[len(self.shapes) - 1 :][:1]

    masker = SeesAnotherEachTime()

    assert look(masker, Box(55, 50, 75, 140), Box(50, 85, 58, 95)) == []
    assert len(masker.shapes) == 2


def test_somebody_cut_by_two_windows_is_looked_at_once_more_and_counted_once():
    masker, whole = SeesPainted(), Box(52, 50, 75, 140)

    assert look(masker, whole, windows=[WINDOW, Box(20, 62, 90, 118)]) == [whole]
    assert len(masker.shapes) == 3


def test_a_part_of_somebody_seen_whole_through_another_window_is_not_looked_at_again():
    masker, whole = SeesPainted(), Box(55, 50, 75, 140)

    assert look(masker, whole, windows=[WINDOW, Box(10, 10, 110, 190)]) == [whole]
    assert len(masker.shapes) == 2


def test_whoever_stays_or_stands_far_from_the_hole_costs_no_further_look():
    masker, stays = SeesPainted(), Box(55, 50, 75, 140)

    assert look(masker, stays, staying=[Person(stays, np.ones((90, 20), np.bool_))]) == []
    assert look(masker, Box(84, 50, 95, 140)) == []
    assert len(masker.shapes) == 2


@pytest.mark.parametrize(("gap_px", "looks"), [(6, 2), (40, 1)])
def test_whoever_ends_within_a_hundredth_of_a_large_window_may_go_on_beyond_it(gap_px, looks):
    image, hole = np.zeros((1400, 1400, 3), np.uint8), np.zeros((1400, 1400), np.bool_)
    window, body = Box(100, 100, 1100, 1100), Box(500, 600, 600, 1100 - gap_px)
    image[body.slices] = 1
    hole[600:1000, 500:600] = True
    masker = SeesPainted()

    found = find_left_over(image, masker, "painted", [window], hole, [], all_go=True)

    assert [person.box for person in found] == [body]
    assert len(masker.shapes) == looks
