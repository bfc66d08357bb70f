import numpy as np
import pytest

from eraser.maskers.toolkit import person_from_grid


def disc(side, radius):
    """(side, side) positive inside a circle around the middle, falling steadily."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return (radius - np.hypot(x, y)).astype(np.float32)


def test_an_outline_is_a_curve_and_lies_where_the_grid_says():
    person = person_from_grid(disc(16, 5), (100.0, 50.0, 260.0, 210.0), (400, 300), 0.5)

    y, x = np.mgrid[:300, :400] + 0.5
    truth = np.hypot(x - 180, y - 130) < 50
    mask = np.zeros((300, 400), bool)
    mask[person.box.slices] = person.mask
    assert np.count_nonzero(mask ^ truth) < 0.03 * np.count_nonzero(truth)


def test_what_lies_beyond_the_photo_is_cut_off():
    person = person_from_grid(disc(16, 7), (-40.0, -40.0, 40.0, 40.0), (30, 20), 0.5)

    assert tuple(person.box) == (0, 0, 30, 20)


def test_a_grid_that_is_set_everywhere_ends_at_its_edges():
    person = person_from_grid(np.ones((4, 4), np.float32), (10.0, 20.0, 30.0, 50.0), (100, 100), 0.5)

    assert tuple(person.box) == (10, 20, 30, 50)
    assert person.mask.all()


@pytest.mark.parametrize(
    ("values", "edges"),
    [(np.zeros((4, 4), np.float32), (0.0, 0.0, 9.0, 9.0)), (np.ones((4, 4), np.float32), (90.0, 0.0, 99.0, 9.0))],
)
def test_nothing_above_the_threshold_and_nothing_on_the_photo_are_nobody(values, edges):
    assert person_from_grid(values, edges, (50, 50), 0.5) is None


def test_probabilities_have_a_threshold_of_their_own_and_scores_are_kept_in_their_range():
    values = np.full((4, 4), 0.4, np.float32)
    values[:, 2:] = 0.6

    person = person_from_grid(values, (0.0, 0.0, 40.0, 40.0), (40, 40), 1.2, threshold=0.5)

    assert tuple(person.box) == (20, 0, 40, 40)
    assert person.score == 1.0


def test_strips_do_not_show(monkeypatch):
    whole = person_from_grid(disc(16, 6), (3.5, 4.25, 91.0, 77.0), (100, 90), 0.5)
    monkeypatch.setattr("eraser.maskers.toolkit._STRIP_PX", 200)

    stripped = person_from_grid(disc(16, 6), (3.5, 4.25, 91.0, 77.0), (100, 90), 0.5)

    assert stripped.box == whole.box
    assert np.array_equal(stripped.mask, whole.mask)


def test_a_grid_over_nothing_is_refused():
    with pytest.raises(ValueError, match="no grid over a box"):
        person_from_grid(np.ones((4, 4), np.float32), (5.0, 0.0, 5.0, 9.0), (50, 50), 0.5)
