from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.geometry import Box, Person
from eraser.maskers.detection import Detection
from eraser.maskers.tiles import TILED_PX, is_cut, merge_views, plan_tiles

sides = st.integers(200, 12_000)


@given(sides, sides)
def test_views_of_a_large_photo_or_a_panorama_cover_it_and_overlap(width, height):
    views = plan_tiles((width, height))

    is_panorama = max(width, height) > 2 * min(width, height)
    strips = [view for view in views if is_panorama and min(width, height) in (view.width, view.height)]
    tiles = [view for view in views if view not in strips]
    assert bool(strips) == is_panorama
    assert bool(tiles) == (width * height > TILED_PX)
    for group, overlap in ((strips, 0.49), (tiles, 0.19)):
        assert len({(view.width, view.height) for view in group}) <= 1
        for axis, length in ((0, width), (1, height)) if group else ():
            ranges = sorted({(view[axis], view[axis + 2]) for view in group})
            assert (ranges[0][0], ranges[-1][1]) == (0, length)
            side = ranges[0][1] - ranges[0][0]
            assert all(before[1] - after[0] >= overlap * side - 2 for before, after in pairwise(ranges))


@pytest.mark.parametrize("aspect", [2.5, 4, 9, 20])
def test_somebody_as_tall_as_a_panorama_and_half_as_wide_is_whole_in_a_strip(aspect):
    width, height = round(1000 * aspect), 1000

    for x0 in range(0, width - 500, 130):
        person = Box(x0, 0, x0 + 500, height)
        assert any(strip.intersect(person) == person for strip in plan_tiles((width, height))[: 2 * width // height])


@pytest.mark.parametrize(
    ("size_wh", "count"),
    [((4000, 3000), 6), ((3000, 4000), 6), ((5312, 2988), 6), ((3000, 3000), 4), ((2000, 2000), 0)],
)
def test_the_usual_photos_have_few_tiles(size_wh, count):
    assert len(plan_tiles(size_wh)) == count


@pytest.mark.parametrize(
    ("box", "cut"),
    [
        ((1200, 300, 1300, 500), False),
        ((1008, 300, 1100, 500), True),  # at the tile's left edge, in the middle of the photo
        ((1900, 300, 1990, 500), True),
        ((1200, 0, 1300, 500), False),  # at the photo's upper edge
        ((1200, 800, 1300, 998), True),
    ],
)
def test_only_an_edge_inside_the_photo_cuts(box, cut):
    assert is_cut(Box(*box), Box(1000, 0, 2000, 1000), (4000, 3000), cell_px=10.0) == cut


def seen(x0, y0, x1, y1, score=0.5, cell_px=10.0):
    mask = np.zeros((200, 400), bool)
    mask[y0:y1, x0:x1] = True
    person = Person.from_mask(mask, score)
    return Detection(person, person.mask.copy(), cell_px)


def boxes(detections):
    return {tuple(detection.box) for detection in merge_views(detections)}


def test_somebody_seen_by_two_views_is_one_person():
    coarse, fine = seen(20, 10, 44, 58, 0.5, cell_px=25.0), seen(24, 12, 40, 56, 0.3)

    (person,) = merge_views([coarse, fine])

    assert person.cell_px == 10.0
    assert person.outline.score == 0.5


def test_what_either_view_saw_clearly_is_kept():
    coarse, fine = seen(20, 10, 44, 58, 0.5, cell_px=25.0), seen(24, 12, 46, 56, 0.3)

    (person,) = merge_views([coarse, fine])

    assert person.box == (20, 10, 46, 58)


def test_a_face_that_a_tile_takes_for_somebody_belongs_to_its_person_however_sure_it_is():
    (person,) = merge_views([seen(40, 10, 55, 25, 0.9), seen(20, 5, 80, 190, 0.6, cell_px=25.0)])

    assert person.box == (20, 5, 80, 190)
    assert person.cell_px == 25.0


@pytest.mark.parametrize("cell_px", [25.0, 10.0])
def test_an_outline_around_several_who_are_seen_better_is_nobody(cell_px):
    single = [seen(10, 10, 40, 100, 0.6), seen(40, 10, 70, 100, 0.5)]

    assert boxes([*single, seen(10, 10, 75, 100, 0.3, cell_px)]) == {(10, 10, 40, 100), (40, 10, 70, 100)}


def test_neighbours_in_a_crowd_stay_themselves():
    crowd = [seen(x, 20, x + 30, 120, 0.5, cell_px) for x, cell_px in ((0, 10.0), (24, 25.0), (48, 10.0))]

    assert len(boxes(crowd)) == 3
