import numpy as np
import pytest
import torch

from eraser.training.people.finds import Finds


def finds(*rows):
    """Finds of rows (photo, label, iou, doubtful); the features hold the row's number."""
    made = Finds()
    for number, (photo, label, iou, doubtful) in enumerate(rows):
        made.pooled.append(torch.full((4,), float(number)))
        made.photo.append(photo)
        made.label.append(label)
        made.iou.append(iou)
        made.doubtful.append(doubtful)
    return made


def kinds(*rows):
    """What each row counts as: True, False, or None if it is left out."""
    pooled, is_somebody = finds(*rows).labelled()
    said = dict(zip(pooled[:, 0].int().tolist(), is_somebody.tolist(), strict=True))
    return [said.get(number) for number in range(len(rows))]


def test_a_find_on_a_labelled_person_is_somebody_and_one_beside_everybody_is_nobody():
    assert kinds((0, 0, 0.8, 0.0), (0, 0, 0.05, 0.0), (1, -1, 0.0, 0.0)) == [True, False, False]


def test_a_part_of_somebody_who_is_found_is_nobody():
    assert kinds((0, 0, 0.8, 0.0), (0, 0, 0.3, 0.0)) == [True, False]


@pytest.mark.parametrize("other", [(0, 1, 0.8, 0.0), (1, 0, 0.8, 0.0)])
def test_a_part_of_somebody_who_is_not_found_otherwise_is_left_out(other):
    assert kinds((0, 0, 0.3, 0.0), other) == [None, True]


def test_a_find_on_a_doubtful_region_is_left_out_unless_it_is_somebody():
    assert kinds((0, 0, 0.05, 0.4), (0, 0, 0.9, 0.9), (0, 0, 0.3, 0.4)) == [None, True, None]


def test_labels_are_those_of_numpy_and_torch_alike():
    pooled, is_somebody = finds((0, 0, np.float64(0.9), 0.0)).labelled()

    assert pooled.shape == (1, 4)
    assert is_somebody.dtype == torch.bool
