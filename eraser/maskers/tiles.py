"""Small and far people: a large photo is looked at once more in overlapping tiles, and what was seen twice is one.

Slicing finds the small and harms the large: a tile shows half of somebody, or a face alone. So a detection that a tile
may have cut counts for nothing. Tiles overlap by more than the size of anybody whom the view of the whole photo is too
coarse for; whoever is larger was seen whole there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from eraser.geometry import Box, shared_px, union_mask
from eraser.maskers.deduplicate import PART, SAME_IOU
from eraser.maskers.detection import OVERLAP_SAMPLES, Detection

TILED_PX = 4_000_000
"""Photos with more pixels are looked at in tiles."""
_ROWS = 2
"""Tiles along the shorter side: people come out about 2.4 times as large as in the view of the whole photo."""
_ROUND_UP = 0.4
"""Tiles are about square; less than a half, so that 16 to 9 has three columns and not four."""
_MOST_COLUMNS = 8
"""Tiles along the longer side at most, which is reached by panoramas of 4 to 1."""
_OVERLAP = 0.2
"""Part of a tile's side that it shares with the next."""
_CUT_CELLS = 1.5
"""A box that ends so near to a tile's edge, in cells of the network's mask, may go on beyond it."""
_SAME_IOU_ACROSS = 0.45
"""Like ``SAME_IOU``, between views: of somebody small, the coarser outline is off by much of the person's width."""
_PART_ACROSS = 0.75
"""Like ``PART``, between views, in which a face alone may look like somebody."""
_GROUP = 0.75
"""An outline with this much of itself on several people who are seen better was their group."""
_MEMBER = 0.5
"""Part of themselves that members have in their group, at least."""
_ALONE = 0.65
"""Part of a group that lies on one member, at most: with more, the outline is of that person."""


def plan_tiles(size_wh: tuple[int, int]) -> list[Box]:
    """Overlapping tiles of one size, about square, that cover a photo; none for a photo that is small enough.

    Args:
        size_wh: The photo's size.
    """
    width, height = size_wh
    if width * height <= TILED_PX:
        return []
    columns = min(_MOST_COLUMNS, int(_ROWS * max(size_wh) / min(size_wh) + _ROUND_UP))
    across, down = (columns, _ROWS) if width >= height else (_ROWS, columns)
    return [Box(x0, y0, x1, y1) for y0, y1 in _spread(height, down) for x0, x1 in _spread(width, across)]


def is_cut(box: Box, tile: Box, size_wh: tuple[int, int], cell_px: float) -> bool:
    """Whether a tile may end before what it shows does.

    Args:
        box: Of what was seen, in photo pixels.
        tile: In photo pixels.
        size_wh: The photo's size; where a tile ends with the photo, nothing goes on.
        cell_px: Photo pixels a cell of the network's mask.
    """
    near_px = _CUT_CELLS * cell_px
    return (
        (tile.x0 > 0 and box.x0 < tile.x0 + near_px)
        or (tile.y0 > 0 and box.y0 < tile.y0 + near_px)
        or (tile.x1 < size_wh[0] and box.x1 > tile.x1 - near_px)
        or (tile.y1 < size_wh[1] and box.y1 > tile.y1 - near_px)
    )


def merge_views(detections: Iterable[Detection]) -> list[Detection]:
    """Everybody once, from all views, the surest first; whom a tile cut is taken from another view or from none.

    Args:
        detections: In photo pixels, in any order.
    """
    whole = sorted((detection for detection in detections if not detection.cut), key=lambda s: -s.outline.score)
    merged: list[Detection] = []
    for detection in (detection for detection in whole if not _is_group(detection, whole)):
        likeness = [_likeness(detection, surer) for surer in merged]
        best = max(range(len(merged)), key=likeness.__getitem__, default=0)
        if likeness and likeness[best] > 0.0:
            merged[best] = _join(merged[best], detection)
        else:
            merged.append(detection)
    return merged


def _likeness(detection: Detection, surer: Detection) -> float:
    """Intersection over union of two detections of one person; 0 for two people."""
    area_px, surer_px = detection.outline.area_px, surer.outline.area_px
    shared = shared_px(detection.outline, surer.outline, OVERLAP_SAMPLES)
    iou = shared / (area_px + surer_px - shared)
    if _is_across(detection, surer):
        same = iou >= _SAME_IOU_ACROSS or shared >= _PART_ACROSS * min(area_px, surer_px)
    else:
        same = iou >= SAME_IOU or shared >= PART * area_px
    return iou if same else 0.0


def _join(one: Detection, other: Detection) -> Detection:
    """Two detections of one person: the finer, with what was clear in the coarser; or a whole with its part."""
    large, small = sorted((one, other), key=lambda s: -s.outline.area_px)
    if not _is_across(one, other) or small.outline.area_px < _SAME_IOU_ACROSS * large.outline.area_px:
        return large.unite(small)
    fine, coarse = sorted((one, other), key=lambda s: s.cell_px)
    return fine.unite(coarse.only_clear())


def _is_across(one: Detection, other: Detection) -> bool:
    """Whether two detections come from views of different scale."""
    return max(one.cell_px, other.cell_px) > 1.2 * min(one.cell_px, other.cell_px)


def _is_group(detection: Detection, people: Sequence[Detection]) -> bool:
    """Whether an outline is of several people who were told apart, with more confidence or in a finer view."""
    box, group = detection.box, detection.outline
    better = (
        person.outline
        for person in people
        if (person.cell_px < detection.cell_px if _is_across(person, detection) else person.outline.score > group.score)
    )
    shared = [(person, shared_px(person, group, OVERLAP_SAMPLES)) for person in better]
    members = [(person, px) for person, px in shared if px > 0.0 and px >= _MEMBER * person.area_px]
    if len(members) < 2 or max(px for _, px in members) > _ALONE * group.area_px:
        return False
    theirs = union_mask((person for person, _ in members), box)
    return bool(np.count_nonzero(theirs & group.mask) >= _GROUP * group.area_px)


def _spread(length: int, count: int) -> list[tuple[int, int]]:
    """``count`` ranges of one size over ``length``, each sharing the overlap with the next."""
    side = min(length, math.ceil(length / (count - (count - 1) * _OVERLAP)))
    starts = [round(i * (length - side) / max(1, count - 1)) for i in range(count)]
    return [(start, start + side) for start in starts]
