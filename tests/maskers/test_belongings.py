import numpy as np
import pytest

from eraser.geometry import Person
from eraser.maskers.belongings import Thing, assign_belongings
from eraser.maskers.detection import Detection

STANDING = (100, 50, 140, 200)
"""Somebody 150 px tall: what is within 3 px touches."""


def seen(x0, y0, x1, y1, score=0.5):
    mask = np.zeros((300, 400), bool)
    mask[y0:y1, x0:x1] = True
    person = Person.from_mask(mask, score)
    return Detection(person, person.mask.copy(), 8.0)


def taken(bond, thing, person=STANDING):
    (whole,) = assign_belongings([seen(*person)], [Thing(bond, seen(*thing))])
    return whole.outline.area_px > seen(*person).outline.area_px


@pytest.mark.parametrize(
    ("bond", "thing", "goes"),
    [
        ("carried", (140, 90, 160, 130), True),  # a bag at the hip
        ("carried", (160, 170, 180, 200), False),  # one that stands near
        ("carried", (142, 190, 300, 200), False),  # touched by its end alone
        ("handled", (136, 90, 141, 98), True),  # a phone in the hand
        ("handled", (130, 150, 170, 200), False),  # a bottle on a table before somebody
        ("ridden", (80, 140, 170, 220), True),
        ("ridden", (139, 140, 230, 200), False),  # parked beside
        ("ridden", (80, 140, 170, 185), False),  # parked behind: the feet are nearer
        ("ridden", (80, 40, 170, 220), False),  # taller than its rider
        ("board", (70, 195, 180, 206), True),  # under the feet
        ("board", (138, 40, 160, 200), True),  # under the arm
        ("board", (150, 195, 260, 206), False),  # lying near
    ],
)
def test_a_thing_goes_with_somebody_by_what_it_is_and_where(bond, thing, goes):
    assert taken(bond, thing) == goes


def test_a_thing_joins_whoever_touches_most_of_it():
    people = [seen(*STANDING), seen(150, 50, 200, 200)]

    first, second = assign_belongings(people, [Thing("carried", seen(139, 90, 165, 130))])

    assert first.box == STANDING
    assert second.box == (139, 50, 200, 200)
    assert second.outline.score == 0.5


def test_a_thing_much_larger_than_somebody_is_not_theirs():
    assert not taken("carried", (110, 0, 390, 250))


def test_things_without_people_are_nothing():
    assert assign_belongings([], [Thing("carried", seen(*STANDING))]) == []


def test_large_things_are_judged_from_samples_alike():
    def large(box):
        mask = np.zeros((1800, 2400), bool)
        mask[box[1] * 6 : box[3] * 6, box[0] * 6 : box[2] * 6] = True
        person = Person.from_mask(mask)
        return Detection(person, person.mask.copy(), 48.0)

    bag, other = (140, 90, 160, 130), (160, 170, 180, 200)
    (whole,) = assign_belongings([large(STANDING)], [Thing("carried", large(bag)), Thing("carried", large(other))])

    assert whole.box == (600, 300, 960, 1200)
