import tracemalloc

import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.maskers import edges as _edges
from eraser.maskers.detection import Detection
from eraser.maskers.edges import refine

SHAPE = (120, 160)
CELL_PX = 8.0


def rectangle(x0, y0, x1, y1):
    mask = np.zeros(SHAPE, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def photo_of(mask, on=(190, 60, 50), off=(60, 140, 90), noise=6.0):
    """Somebody in one colour before another, with a little noise."""
    grain = np.random.default_rng(0).normal(0.0, noise, (*mask.shape, 3))
    return np.clip(np.where(mask[..., None], on, off) + grain, 0, 255).astype(np.uint8)


def sighting_of(outline, clear=None, cell_px=CELL_PX):
    person = Person.from_mask(outline, 0.7)
    clear = np.zeros_like(outline) if clear is None else clear
    return Detection(person, clear[person.box.slices], cell_px)


def refined(image, detection):
    person = refine(image, detection)
    mask = np.zeros(image.shape[:2], bool)
    mask[person.box.slices] = person.mask
    return mask


def iou(one, other):
    return np.count_nonzero(one & other) / np.count_nonzero(one | other)


@pytest.mark.parametrize("by_px", [-5, 5])
@pytest.mark.parametrize("colour", [(190, 60, 50), (200, 200, 200)])
def test_an_outline_off_by_less_than_a_cell_moves_to_the_photos_edge(by_px, colour):
    truth = rectangle(50, 30, 110, 90)
    coarse = rectangle(50 - by_px, 30 - by_px, 110 + by_px, 90 + by_px)
    image = photo_of(truth, on=colour, off=(90, 90, 90) if len(set(colour)) == 1 else (60, 140, 90))

    fine = refined(image, sighting_of(coarse))

    assert iou(coarse, truth) < 0.85
    assert iou(fine, truth) > 0.97


def test_what_is_clear_stays_where_colours_speak_against_it():
    truth = rectangle(50, 30, 110, 90)
    clear = rectangle(48, 28, 112, 92)

    fine = refined(photo_of(truth), sighting_of(rectangle(45, 25, 115, 95), clear))

    assert fine[clear].all()


def test_far_from_the_outline_nothing_changes():
    truth = rectangle(50, 30, 110, 90)
    image = photo_of(truth)
    image[55:65, 75:85] = (60, 140, 90)  # a patch of the ground's colour on the chest
    image[0:15, 0:15] = (190, 60, 50)  # and of the coat's on the ground

    fine = refined(image, sighting_of(rectangle(48, 28, 112, 92)))

    assert fine[55:65, 75:85].all()
    assert not fine[0:15, 0:15].any()


def test_without_any_contrast_the_outline_stays_about_where_it_was():
    coarse = rectangle(50, 30, 110, 90)

    fine = refined(np.full((*SHAPE, 3), 128, np.uint8), sighting_of(coarse))

    assert iou(fine, coarse) > 0.9


def test_the_blocks_leave_no_seams(monkeypatch):
    truth = rectangle(50, 30, 110, 90)
    detection = sighting_of(rectangle(46, 26, 114, 94))
    image = photo_of(truth)
    whole = refined(image, detection)

    monkeypatch.setattr(_edges, "_BLOCK_PX", 7)
    blocks = refined(image, detection)

    assert np.count_nonzero(whole != blocks) <= 4  # OpenCV rounds positions to a 32nd of a pixel


def test_somebody_at_the_photos_corner_stays_on_the_photo():
    truth = rectangle(0, 70, 40, 120)

    fine = refined(photo_of(truth), sighting_of(rectangle(0, 66, 44, 120)))

    assert iou(fine, truth) > 0.95


def test_the_score_is_kept_and_the_box_is_tight():
    person = refine(photo_of(rectangle(50, 30, 110, 90)), sighting_of(rectangle(46, 26, 114, 94)))

    assert person.score == 0.7
    assert Box.of_mask(person.mask) == (0, 0, person.box.width, person.box.height)


def test_memory_follows_the_mask_and_not_floats_of_it():
    image = np.zeros((2000, 3000, 3), np.uint8)
    mask = np.ones((2000, 3000), bool)
    detection = Detection(Person(Box(0, 0, 3000, 2000), mask), mask, 25.0)
    tracemalloc.start()

    refine(image, detection)

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 5 * mask.size  # one channel in float32 would be 4 more
