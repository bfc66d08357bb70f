import numpy as np
import pytest

from eraser.config import EraseRequest, ModelConfig
from eraser.engine import Engine
from eraser.geometry import Box, Person
from eraser.hole.crops import plan_crops
from eraser.inpaint.base import Fill
from eraser.pipeline import Tools, erase
from eraser.second_look import MAX_WINDOWS, plan_windows

PHOTO = np.random.default_rng(0).integers(0, 200, (160, 240, 3), dtype=np.uint8)
BODY, LEGS = Box(100, 40, 120, 80), Box(100, 78, 120, 110)
BESIDE, FAR = Box(118, 40, 138, 80), Box(150, 40, 160, 80)


def somebody(box):
    return Person(box, np.ones((box.height, box.width), np.bool_))


class Finds:
    """Sees in each photo or window, one after another, the people of one list, wherever the window lies."""

    works_on_parts = True

    def __init__(self, *looks):
        self.looks = list(looks)
        self.seen = []

    def __call__(self, image):
        self.seen.append(image)
        boxes = self.looks.pop(0) if self.looks else ()
        if image.shape == PHOTO.shape:
            return [somebody(box) for box in boxes]
        x0, y0 = corner(image)
        return [somebody(box.shift(-x0, -y0)) for box in boxes]


def corner(window):
    """Where a window lies, from its last pixels, which no fill has touched."""
    rows, columns = np.nonzero((window[-1, -1] == PHOTO).all(axis=2))
    return next(
        (x + 1 - window.shape[1], y + 1 - window.shape[0])
        for y, x in zip(rows, columns, strict=True)
        if (PHOTO[y, x + 1 - min(9, window.shape[1]) : x + 1] == window[-1, -9:]).all()
    )


class Greys:
    """Fills with a grey of its own at each call: 250, 251 and so on."""

    calls = 0

    def __call__(self, image, hole):
        self.calls += 1
        return Fill(np.where(hole[..., None], np.uint8(249 + self.calls), image))


def take_out(masker, fill=None, **options):
    options = {"dilate_px": 0, **options}
    return erase(PHOTO, Tools(masker, fill or Greys()), EraseRequest(**options))


def test_what_is_still_seen_next_to_the_hole_is_taken_out_too():
    masker, fill = Finds([BODY], [LEGS], []), Greys()

    result = take_out(masker, fill)

    assert Box.of_mask(result.hole) == (100, 40, 120, 110)
    assert (result.image[result.hole] == 251).all()
    assert (result.leftover_people, result.gone, len(result.people)) == (0, (1,), 1)
    np.testing.assert_array_equal(result.image[~result.hole], PHOTO[~result.hole])


def test_the_second_look_is_at_the_result_around_the_hole():
    masker = Finds([BODY])

    take_out(masker)

    assert len(masker.seen) == 2
    window = masker.seen[1]
    assert window.shape[0] < PHOTO.shape[0] or window.shape[1] < PHOTO.shape[1]
    assert (window == 250).all(axis=2).sum() == BODY.width * BODY.height


def test_who_can_still_be_seen_in_the_end_is_counted_and_left():
    masker, fill = Finds([BODY], [LEGS], [LEGS]), Greys()

    assert take_out(masker, fill).leftover_people == 1
    assert (len(masker.seen), fill.calls) == (3, 2)


def test_somebody_who_only_stands_near_is_left():
    masker, fill = Finds([BODY], [FAR]), Greys()

    result = take_out(masker, fill)

    assert Box.of_mask(result.hole) == BODY
    assert (result.leftover_people, fill.calls) == (0, 1)


def test_somebody_seen_inside_the_fill_is_counted_but_filling_again_would_not_help():
    masker, fill = Finds([BODY], [Box(104, 50, 112, 70)]), Greys()

    assert take_out(masker, fill).leftover_people == 1
    assert fill.calls == 1


@pytest.mark.parametrize("options", [{"who": "1"}, {"who": "main"}, {"at": ((110, 60),)}])
def test_where_one_was_to_go_somebody_cut_by_the_hole_stays(options):
    result = take_out(Finds([BODY], [BESIDE]), **options)

    assert Box.of_mask(result.hole) == BODY
    assert result.leftover_people == 0


def test_where_all_go_somebody_cut_by_the_hole_goes():
    assert Box.of_mask(take_out(Finds([BODY], [BESIDE], [])).hole) == (100, 40, 138, 80)


def test_people_who_stay_are_not_touched_when_they_are_seen_again():
    masker = Finds([BODY, BESIDE], [BESIDE, Box(100, 40, 125, 80)])

    result = take_out(masker, who="2", dilate_px=4)

    beyond = Box(BODY.x1, BESIDE.y0, BESIDE.x1, BESIDE.y1)
    assert [person.box for person in result.people] == [BESIDE, BODY]
    np.testing.assert_array_equal(result.image[beyond.slices], PHOTO[beyond.slices])


def test_a_masker_that_goes_by_coordinates_of_the_photo_is_asked_once():
    calls = []

    take_out(lambda image: calls.append(image) or [somebody(BODY)])

    assert len(calls) == 1


def test_without_a_second_look_the_masker_is_asked_once():
    masker = Finds([BODY], [LEGS])

    assert take_out(masker, second_look=False).leftover_people == 0
    assert len(masker.seen) == 1


def test_a_fast_engine_skips_the_second_look():
    engine = Engine(ModelConfig(fast=True, inpainter="telea"))
    engine._masker = masker = Finds([BODY], [LEGS])

    assert engine.erase(PHOTO).leftover_people == 0
    assert len(masker.seen) == 1


def test_nobody_looks_again_where_only_a_mask_went():
    masker = Finds([])
    mask = np.zeros(PHOTO.shape[:2], np.bool_)
    mask[BODY.slices] = True

    erase(PHOTO, Tools(masker, Greys()), EraseRequest(add_mask=True), mask=mask)

    assert len(masker.seen) == 1


def test_a_crowd_is_looked_at_through_few_windows_that_hold_all_of_it():
    people = [somebody(Box(x, y, x + 6, y + 12)) for y in (50, 900, 1800) for x in range(40, 3000, 450)]
    hole = np.zeros((2000, 3000), np.bool_)
    for person in people:
        hole[person.box.slices] = True

    windows = plan_windows(plan_crops(hole), people)

    assert len(windows) == MAX_WINDOWS
    assert all(any(window.intersect(person.box) == person.box for window in windows) for person in people)
