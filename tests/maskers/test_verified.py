import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.maskers.detection import Detection
from eraser.maskers.verified import CROP_PX, DetectionVerifier, joint_score, picture_of

VIEW = np.zeros((400, 600, 3), np.uint8)
SOMEBODY = Box(100, 50, 160, 200)


class FirstLook:
    def __init__(self, *scores, box=SOMEBODY, label="person"):
        self.scores, self.box, self.label = scores, box, label

    def detect(self, view, /, *, is_part):
        mask = np.ones((self.box.height, self.box.width), bool)
        return [Detection.of(Person(self.box, mask, score), self.label) for score in self.scores]


class Judge:
    def __init__(self, odds):
        self.odds, self.pictures = odds, []

    def verify(self, picture, /):
        self.pictures.append(picture)
        return self.odds


def look(first, judge, min_score=0.5):
    return DetectionVerifier(judge, min_score=min_score)(VIEW, first.detect(VIEW, is_part=False))


def test_an_unsure_find_that_is_confirmed_is_reported_with_the_joint_score():
    (found,) = look(FirstLook(0.2), Judge(2.0))

    assert found.box == SOMEBODY
    assert found.outline.score == pytest.approx(joint_score(0.2, 2.0))
    assert found.outline.score > 0.5


def test_a_sure_find_that_is_doubted_is_not_reported():
    assert look(FirstLook(0.9), Judge(-3.0)) == []


def test_an_undecided_judge_leaves_the_score_as_it_was():
    (found,) = look(FirstLook(0.7), Judge(0.0))

    assert found.outline.score == pytest.approx(0.7)


def test_in_a_crowd_the_best_finds_are_verified_and_the_others_keep_their_score():
    judge = Judge(5.0)

    found = look(FirstLook(*np.linspace(0.3, 0.6, 50)), judge)

    assert len(judge.pictures) == 40
    assert len(found) == 40  # the ten that are not verified have less than 0.5


def test_things_are_reported_as_the_first_look_saw_them():
    judge = Judge(-9.0)

    (found,) = look(FirstLook(0.3, label="backpack"), judge)

    assert found.outline.score == 0.3
    assert judge.pictures == []


@pytest.mark.parametrize("box", [Box(0, 0, 10, 10), Box(590, 100, 600, 400), Box(0, 0, 600, 400), Box(5, 5, 6, 300)])
def test_every_find_is_shown_in_a_square(box):
    assert picture_of(VIEW, box).shape == (CROP_PX, CROP_PX, 3)


def test_the_picture_shows_the_find_in_its_middle_with_surroundings():
    view = VIEW.copy()
    view[SOMEBODY.slices] = 255

    picture = picture_of(view, SOMEBODY)

    assert picture[CROP_PX // 2, CROP_PX // 2].min() == 255
    assert picture[0].max() == picture[-1].max() == picture[:, 0].max() == picture[:, -1].max() == 0


@pytest.mark.parametrize("score", [0.0, 0.3, 1.0])
def test_odds_move_a_score_up_or_down_and_never_out_of_its_range(score):
    assert 0.0 <= joint_score(score, -50.0) < joint_score(score, 0.0) < joint_score(score, 3.0) <= 1.0
