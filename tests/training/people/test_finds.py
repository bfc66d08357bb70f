import pytest
import torch

from eraser.training.people.finds import Finds


def kinds(*rows):
    """What finds of (overlap with a person, with a doubtful region) count as: True, False, or None if left out."""
    finds = Finds(
        [torch.full((4,), float(number)) for number in range(len(rows))],
        [iou for iou, _ in rows],
        [doubtful for _, doubtful in rows],
    )
    pooled, is_somebody = finds.labelled()
    said = dict(zip(pooled[:, 0].int().tolist(), is_somebody.tolist(), strict=True))
    return [said.get(number) for number in range(len(rows))]


def test_a_find_on_a_labelled_person_is_somebody_and_one_beside_everybody_is_nobody():
    assert kinds((0.8, 0.0), (0.05, 0.0), (0.0, 0.0)) == [True, False, False]


@pytest.mark.parametrize("iou", [0.1, 0.3, 0.49])
def test_a_part_of_somebody_is_left_out(iou):
    assert kinds((iou, 0.0), (0.5, 0.0)) == [None, True]


def test_a_find_on_a_doubtful_region_is_left_out_unless_it_is_somebody():
    assert kinds((0.05, 0.4), (0.9, 0.9), (0.3, 0.4)) == [None, True, None]
