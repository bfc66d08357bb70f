"""Run it with `pytest test_example.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eraser.testing import check_inpainter

PLUGIN = Path(__file__).with_name("example.py")


def test_it_keeps_what_erase_me_relies_on() -> None:
    """Whatever an inpainter does, these promises hold; the docstring of check_inpainter lists them."""
    check_inpainter(PLUGIN)


def test_a_hole_in_one_colour_takes_that_colour() -> None:
    """What this inpainter is for."""
    crop = np.full((40, 50, 3), (10, 200, 30), np.uint8)
    hole = np.zeros((40, 50), np.bool_)
    hole[10:30, 20:40] = True

    [fill] = check_inpainter(PLUGIN, crops=[(crop, hole)])

    assert (fill.image[hole] == (10, 200, 30)).all()
