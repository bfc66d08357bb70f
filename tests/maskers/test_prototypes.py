import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.geometry import Person
from eraser.maskers import prototypes as _prototypes
from eraser.maskers.deduplicate import deduplicate
from eraser.maskers.prototypes import Placement, decode

PLAIN = Placement(scale_xy=(0.5, 0.5), offset_xy=(0, 8), input_wh=(64, 48))
"""A photo of 128 x 64 in an input of 64 x 48: halved, 8 grey rows above and below; logits have 16 x 12 cells of 4."""
SIZE_WH = (128, 64)
EVERYWHERE = np.float32((0, 0, 128, 64))


def ramp(right_of_input_px):
    """Logits that are positive right of a column of the input, and exact under any interpolation of degree 1."""
    centres = (np.arange(16, dtype=np.float32) + 0.5) * 4
    return np.repeat((centres - right_of_input_px)[None], 12, axis=0)


def outline(logits, box=EVERYWHERE, placement=PLAIN, size_wh=SIZE_WH):
    detection = decode(logits, np.float32(box), 0.5, placement, size_wh)
    return detection and detection.outline


def on_photo(box, mask, size_wh=SIZE_WH):
    photo = np.zeros(size_wh[::-1], bool)
    photo[box.slices] = mask
    return photo


@given(st.floats(6, 56), st.sampled_from([(_prototypes._POSSIBLE, "possible"), (_prototypes._CLEAR, "clear")]))
def test_an_edge_between_two_cells_lands_on_the_very_pixel_of_the_photo(edge_input_px, which):
    threshold, name = which

    detection = decode(ramp(edge_input_px) + threshold, EVERYWHERE, 0.5, PLAIN, SIZE_WH)

    seen = on_photo(detection.box, detection.outline.mask if name == "possible" else detection.clear)
    pixel_centres = (np.arange(128) + 0.5) * 0.5
    unclear = np.abs(pixel_centres - edge_input_px) < 1e-3
    assert (seen == (pixel_centres > edge_input_px))[:, ~unclear].all()


def test_what_is_clear_is_possible_and_less_than_it():
    detection = decode(ramp(30), EVERYWHERE, 0.5, PLAIN, SIZE_WH)

    assert (detection.outline.mask | ~detection.clear).all()
    assert detection.clear.sum() < detection.outline.area_px
    assert detection.cell_px == 8  # 4 pixels of the input, which is half of the photo


def test_the_grey_above_a_photo_moves_the_mask_up():
    below_photo_row_20 = np.repeat(((np.arange(12, dtype=np.float32) + 0.5) * 4 - (20 * 0.5 + 8))[:, None], 16, axis=1)

    assert outline(below_photo_row_20 + _prototypes._POSSIBLE).box == (0, 20, 128, 64)


def test_a_mask_reaches_a_little_beyond_its_box_and_no_further():
    # 5 % of 60 is 3, less than 2 pixels of the input, which are 4 of the photo.
    assert outline(np.ones((12, 16), np.float32), (20, 10, 80, 30)).box == (16, 6, 84, 34)


def test_a_mask_ends_at_the_photos_edge():
    box = outline(np.ones((12, 16), np.float32), (-50, 40, 300, 99)).box

    assert (box.x0, box.x1, box.y1) == (0, 128, 64)


@pytest.mark.parametrize("box", [(200, 10, 220, 30), (np.nan, 0, 10, 10), (0, 0, np.inf, 10)])
def test_a_box_off_the_photo_is_nobody(box):
    assert outline(np.ones((12, 16), np.float32), box) is None


def test_a_box_without_a_positive_logit_is_nobody():
    assert outline(-np.ones((12, 16), np.float32)) is None


@pytest.mark.parametrize(("side_px", "somebody"), [(10, False), (16, True)])
def test_a_speck_of_less_than_six_cells_is_nobody(side_px, somebody):
    # With the margin the sides are 18 and 24 pixels of the photo: 81 and 144 of the input.
    found = outline(np.ones((12, 16), np.float32), (20, 20, 20 + side_px, 20 + side_px))

    assert (found is not None) == somebody


def test_masks_made_in_strips_are_the_same(monkeypatch):
    logits = np.random.default_rng(0).normal(size=(12, 16)).astype(np.float32)
    whole = outline(logits)

    monkeypatch.setattr(_prototypes, "_STRIP_PX", 300)
    strips = outline(logits)

    assert whole.box == strips.box
    assert (whole.mask == strips.mask).all()


def test_somebody_who_fills_48_megapixels_takes_little_more_than_the_mask():
    size_wh = (8000, 6000)
    placement = Placement(scale_xy=(0.16, 0.16), offset_xy=(0, 0), input_wh=(1280, 960))
    tracemalloc.start()

    person = outline(np.ones((240, 320), np.float32), (0, 0, *size_wh), placement, size_wh)

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert person.area_px == 48_000_000
    assert peak_bytes < 260e6  # two masks and their copies are 192 MB; the logits alone would be as much


def rectangle(x0, y0, x1, y1, score=1.0):
    mask = np.zeros((60, 60), bool)
    mask[y0:y1, x0:x1] = True
    return Person.from_mask(mask, score)


def test_two_outlines_of_one_person_become_one_that_covers_both():
    (person,) = deduplicate([rectangle(10, 10, 30, 50, 0.9), rectangle(11, 8, 31, 48, 0.4)])

    assert (person.box, person.score) == ((10, 8, 31, 50), 0.9)
    assert person.area_px == 20 * 40 + 20 * 40 - 19 * 38


def test_a_torso_inside_its_person_is_no_second_person():
    assert len(deduplicate([rectangle(10, 10, 30, 50, 0.9), rectangle(12, 12, 28, 20, 0.4)])) == 1


def test_neighbours_and_a_surer_child_before_an_adult_stay_themselves():
    neighbours = [rectangle(0, 0, 20, 40, 0.9), rectangle(14, 0, 34, 40, 0.8)]
    child_first = [rectangle(40, 20, 50, 40, 0.7), rectangle(36, 0, 58, 40, 0.6)]

    assert deduplicate(neighbours + child_first) == neighbours + child_first
