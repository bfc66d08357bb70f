from pathlib import Path

import numpy as np
import pytest

from eraser.inpaint.base import Fill, Inpainter, InpainterContext, check_fill
from eraser.inpaint.classic import load_navier_stokes, load_telea

pytestmark = pytest.mark.parametrize("load", [load_telea, load_navier_stokes])
CONTEXT = InpainterContext(weights_dir=Path())


def photo(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def test_a_loaded_classic_is_an_inpainter(load):
    assert isinstance(load(CONTEXT), Inpainter)


def test_the_hole_is_filled_and_the_rest_stays(load):
    image = np.full((40, 50, 3), (200, 20, 90), np.uint8)
    hole = np.zeros((40, 50), np.bool_)
    hole[10:25, 20:30] = True
    image[hole] = 0

    fill = check_fill(load(CONTEXT)(image, hole), image.shape, "classic")

    np.testing.assert_array_equal(fill.image[~hole], image[~hole])
    assert np.abs(fill.image[hole].astype(int) - (200, 20, 90)).max() <= 2
    assert fill.offsets is None


def test_what_lies_under_the_hole_has_no_influence(load):
    image, hole = photo((40, 50)), np.zeros((40, 50), np.bool_)
    hole[10:25, 20:30] = hole[30:, 40:] = True
    poisoned = image.copy()
    poisoned[hole] = (255, 0, 255)

    np.testing.assert_array_equal(load(CONTEXT)(image, hole).image, load(CONTEXT)(poisoned, hole).image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 5), (2, 500), (64, 64)])
@pytest.mark.parametrize("everything", [True, False])
def test_any_size_is_filled_even_when_nothing_is_known(load, shape, everything):
    image, hole = np.full((*shape, 3), 9, np.uint8), np.zeros(shape, np.bool_)
    hole[0, 0] = True
    hole |= everything

    fill = load(CONTEXT)(image, hole)

    assert isinstance(fill, Fill)
    assert fill.image.shape == image.shape
    assert np.abs(fill.image[hole].astype(int) - (127 if hole.all() else 9)).max() <= 2
