import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.maskers.closer_look import CloserLook, around, mean_score
from eraser.maskers.detection import Detection

VIEW = np.zeros((400, 600, 3), np.uint8)
SOMEBODY = Box(100, 50, 160, 200)


class FirstLook:
    def __init__(self, *scores, box=SOMEBODY, label="person"):
        self.scores, self.box, self.label = scores, box, label

    def detect(self, view, /, *, is_part):
        mask = np.ones((self.box.height, self.box.width), bool)
        return [Detection.of(Person(self.box, mask, score), self.label) for score in self.scores]


class SecondLook:
    """Sees somebody who fills the middle of what is cut out, with one score."""

    def __init__(self, score, *, moved_px=0):
        self.score, self.moved_px, self.sizes = score, moved_px, []

    def detect(self, view, /, *, is_part):
        self.sizes.append(view.shape[:2])
        height, width = SOMEBODY.height, SOMEBODY.width
        y, x = (view.shape[0] - height) // 2, (view.shape[1] - width) // 2 + self.moved_px
        box = Box(x, y, x + width, y + height)
        return [Detection.of(Person(box, np.ones((height, width), bool), self.score), "person")]


def look(first, second, min_score=0.5):
    return CloserLook(first, second, label="person", min_score=min_score).detect(VIEW, is_part=False)


def test_somebody_unsure_whom_a_closer_look_knows_is_found_with_the_mean_of_both_scores():
    (found,) = look(FirstLook(0.3), SecondLook(0.9))

    assert found.box == SOMEBODY
    assert found.outline.score == pytest.approx(mean_score(0.3, 0.9))
    assert found.outline.score > 0.5


@pytest.mark.parametrize("second", [SecondLook(0.2), SecondLook(0.9, moved_px=60)], ids=["doubted", "somebody else"])
def test_somebody_unsure_whom_a_closer_look_does_not_know_is_nobody(second):
    assert look(FirstLook(0.6), second) == []


def test_there_is_no_closer_look_at_anybody_who_is_sure():
    second = SecondLook(0.0)

    (found,) = look(FirstLook(0.9), second)

    assert found.outline.score == 0.9
    assert second.sizes == []


def test_in_a_crowd_only_the_surest_have_a_closer_look():
    second = SecondLook(0.9)

    found = look(FirstLook(*np.linspace(0.51, 0.65, 40)), second)

    assert len(second.sizes) == 12
    assert len(found) == 40


def test_things_are_reported_as_the_first_look_saw_them():
    second = SecondLook(0.0)

    (found,) = look(FirstLook(0.3, label="backpack"), second)

    assert found.outline.score == 0.3
    assert second.sizes == []


@pytest.mark.parametrize("box", [Box(0, 0, 10, 10), Box(590, 100, 600, 400), Box(0, 0, 600, 400)])
def test_what_is_cut_out_lies_inside_the_view_and_holds_the_person(box):
    crop = around(box, (600, 400))

    assert crop.intersect(Box(0, 0, 600, 400)) == crop
    assert crop.intersect(box) == box


def test_what_is_cut_out_around_a_narrow_person_is_not_narrow():
    crop = around(Box(290, 100, 310, 300), (600, 400))

    assert crop.width >= 0.69 * crop.height


def test_two_equal_scores_have_themselves_as_their_mean():
    assert mean_score(0.3, 0.3) == pytest.approx(0.3)
    assert 0.0 < mean_score(0.0, 1.0) < 1.0
