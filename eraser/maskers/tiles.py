"""Small and far people: detection also runs on overlapping tiles of a large photo, and detections are merged.

A tile finds small people and cuts large ones: it shows half of a person, or a face alone. So a detection that a tile
may have cut is dropped. Tiles overlap by more than the size of people who are too small for the view of the whole
photo; larger people are seen whole there. In a panorama the view of the whole photo is too coarse even for people as
tall as the photo: there, strips of its full height are a view between the two, each sharing half of itself with the
next.
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
_MOST_COLUMNS = 40
"""Tiles along the longer side, at most; panoramas of 20 to 1 reach it."""
_PANORAMA = 2.0
"""Photos whose sides differ by more than this factor are looked at in strips."""
_STRIP_SHAPE = 4 / 3
"""Length of a strip along the photo's longer side, in parts of the shorter side."""
_STRIP_OVERLAP = 0.5
"""Part of a strip that it shares with the next: people of up to two thirds of the shorter side are whole in one."""
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
    """Views beside that of the whole photo: strips of a panorama, then tiles of a large photo.

    Strips have one size, and so have tiles, which are about square. Both cover the photo and overlap.

    Args:
        size_wh: The photo's size.
    """
    width, height = size_wh
    strips = _plan_strips(size_wh)
    if width * height <= TILED_PX:
        return strips
    columns = min(_MOST_COLUMNS, int(_ROWS * max(size_wh) / min(size_wh) + _ROUND_UP))
    across, down = (columns, _ROWS) if width >= height else (_ROWS, columns)
    rows, columns_at = _spread(height, down, _OVERLAP), _spread(width, across, _OVERLAP)
    return strips + [Box(x0, y0, x1, y1) for y0, y1 in rows for x0, x1 in columns_at]


def _plan_strips(size_wh: tuple[int, int]) -> list[Box]:
    longer, shorter = max(size_wh), min(size_wh)
    if longer <= _PANORAMA * shorter:
        return []
    step = _STRIP_SHAPE * (1 - _STRIP_OVERLAP) * shorter
    count = math.ceil((longer - _STRIP_SHAPE * shorter) / step) + 1
    along = _spread(longer, count, _STRIP_OVERLAP)
    if size_wh[0] >= size_wh[1]:
        return [Box(start, 0, end, shorter) for start, end in along]
    return [Box(0, start, shorter, end) for start, end in along]


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
    """Each person once, from all views, the highest score first.

    Args:
        detections: In photo pixels, in any order, without those that a tile cut.
    """
    whole = sorted(detections, key=lambda s: -s.outline.score)
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


def _spread(length: int, count: int, overlap: float) -> list[tuple[int, int]]:
    """``count`` ranges of one size over ``length``, each sharing a part of itself with the next."""
    side = min(length, math.ceil(length / (count - (count - 1) * overlap)))
    starts = [round(i * (length - side) / max(1, count - 1)) for i in range(count)]
    return [(start, start + side) for start in starts]
