"""Run it with `pytest test_example.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eraser.testing import check_masker

PLUGIN = Path(__file__).with_name("example.py")


def test_it_keeps_what_erase_me_relies_on() -> None:
    """Whatever a masker does, these promises hold; the docstring of check_masker lists them."""
    check_masker(PLUGIN)


def test_a_red_spot_is_found_and_a_grey_one_is_not() -> None:
    """What this masker is for."""
    photo = np.full((60, 80, 3), 100, np.uint8)
    photo[20:40, 30:50] = (250, 20, 20)
    photo[5:15, 5:15] = 200

    [people] = check_masker(PLUGIN, photos=[photo])

    assert [tuple(person.box) for person in people] == [(30, 20, 50, 40)]


def test_spots_below_the_smallest_size_are_left_alone() -> None:
    """Its options."""
    photo = np.full((60, 80, 3), 100, np.uint8)
    photo[20:23, 30:33] = (250, 20, 20)

    assert check_masker(PLUGIN, photos=[photo]) == [[]]
    [people] = check_masker(PLUGIN, options={"min_px": 9}, photos=[photo])
    assert len(people) == 1
