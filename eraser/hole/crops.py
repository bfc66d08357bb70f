"""Stage 4: which parts of the photo are solved together, with how much context and at what scale. No pixels."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import Box, IntArray, MaskArray

COARSER = 0.7
"""Holes that only share context are solved together unless that costs more than this factor of scale."""
LABEL_PX = 2_000_000
"""Connected holes are labelled on a mask of at most this many pixels."""
MAX_HOLES = 144
"""If there are more holes, those around one spot are taken together: bounds the time for a mask full of specks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropLimits:
    """How much an inpainter sees at once."""

    context: float = 0.75
    """Context on each side, as a share of the hole's size (the square root of its box's area)."""
    context_min_px: int = 48
    """Context on each side in photo pixels, at least."""
    max_hole_px: int = 30_000
    """Hole pixels of a crop at working scale, at most: bounds the time."""
    max_crop_px: int = 300_000
    """Pixels of a crop at working scale, at most: bounds time and memory."""


DEFAULT_LIMITS = CropLimits()


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of the photo that is solved at once."""

    box: Box
    """The holes and their context, in photo pixels."""
    hole: MaskArray
    """(box height, box width), the holes that are solved here. Other holes may lie in the context: no pixel of any
    hole is ever taken as known."""
    scale: float
    """Working pixels per photo pixel, at most 1."""

    @property
    def working_wh(self) -> tuple[int, int]:
        """Width and height at which the crop is solved."""
        return max(1, round(self.box.width * self.scale)), max(1, round(self.box.height * self.scale))


@dataclass(frozen=True, slots=True)
class _Cluster:
    labels: tuple[int, ...]
    hole_box: Box
    hole_px: int
    shape: tuple[int, ...]
    limits: CropLimits
    solo_scale: float | None = None
    """Of joined holes, the coarsest scale at which one of them alone would be solved."""

    @property
    def box(self) -> Box:
        size_px = (self.hole_box.width * self.hole_box.height) ** 0.5
        context_px = max(self.limits.context_min_px, round(self.limits.context * size_px))
        return self.hole_box.grow(context_px, context_px, self.shape)

    @property
    def scale(self) -> float:
        area = self.box.width * self.box.height
        return min(1.0, math.sqrt(self.limits.max_hole_px / self.hole_px), math.sqrt(self.limits.max_crop_px / area))

    def join(self, other: _Cluster) -> _Cluster:
        box = self.hole_box.enclose(other.hole_box)
        solo = min(self.solo_scale or self.scale, other.solo_scale or other.scale)
        hole_px = self.hole_px + other.hole_px
        return _Cluster(self.labels + other.labels, box, hole_px, self.shape, self.limits, solo)


def plan_crops(hole: MaskArray, limits: CropLimits = DEFAULT_LIMITS) -> list[Crop]:
    """Divide an (H, W) hole into crops; each hole pixel belongs to exactly one.

    Holes that touch are one. Holes that share context are solved in one crop, unless they lie so far apart that the
    crop would have to be solved at a much coarser scale: a row of people across a panorama stays sharp.
    """
    shrink, labels, clusters = _label(hole, limits)
    return [_crop(cluster, hole, labels, shrink) for cluster in _join(clusters)]


def _label(hole: MaskArray, limits: CropLimits) -> tuple[int, IntArray, list[_Cluster]]:
    """(shrink, labels, clusters): connected holes on a grid of shrink x shrink pixels, 0 = none, and their clusters."""
    shrink = max(1, int(np.ceil((hole.size / LABEL_PX) ** 0.5)))
    hole_px = _pool(hole, shrink)
    found, labels, stats, _ = cv2.connectedComponentsWithStats((hole_px > 0).astype(np.uint8), connectivity=8)
    area_px = np.bincount(labels.ravel(), weights=hole_px.ravel(), minlength=found)
    ends = np.stack([stats[:, 0], stats[:, 1], stats[:, 0] + stats[:, 2], stats[:, 1] + stats[:, 3]], axis=1) * shrink
    ends = np.minimum(ends, np.array([hole.shape[1], hole.shape[0]] * 2))
    clusters = []
    for group in _groups(ends, hole.shape):
        low, high = ends[group, :2].min(axis=0).tolist(), ends[group, 2:].max(axis=0).tolist()
        box, group_px = Box(*low, *high), int(area_px[group].sum())
        clusters.append(_Cluster(tuple(group.tolist()), box, group_px, hole.shape, limits))
    return shrink, labels, clusters


def _groups(ends: IntArray, shape: tuple[int, ...]) -> list[IntArray]:
    """Labels from 1 on, each by itself; of a mask full of specks, those around one spot together."""
    labels = np.arange(1, len(ends), dtype=np.int32)
    if len(labels) <= MAX_HOLES:
        return list(labels[:, None])
    side = int(MAX_HOLES**0.5)
    columns, rows = ((ends[1:, :2] + ends[1:, 2:] - 1) * side // (2 * np.array([shape[1], shape[0]]))).T
    cells = rows * side + columns
    order = np.argsort(cells, kind="stable")
    return np.split(labels[order], np.flatnonzero(np.diff(cells[order])) + 1)


def _pool(values: npt.NDArray[np.generic], side: int) -> IntArray:
    """Sums over blocks of side x side of an (h, w) array, the last ones cut at its edges."""
    h, w = values.shape
    padded = np.pad(values, ((0, -h % side), (0, -w % side))) if h % side or w % side else values
    rows: IntArray = padded.reshape(-1, side, padded.shape[1]).sum(axis=1, dtype=np.int32)
    # Strided sums: a reduction over a short last axis takes five times as long on 48 megapixels.
    out = rows[:, ::side].copy()
    for start in range(1, side):
        out += rows[:, start::side]
    return out


def _join(clusters: list[_Cluster]) -> list[_Cluster]:
    """Unite clusters that share context, the best pair first, until no pair is worth it."""
    alive: dict[int, _Cluster] = {}
    pairs: list[tuple[float, int, int, _Cluster]] = []
    for number, cluster in enumerate(clusters):
        _offer(pairs, alive, number, cluster)
    number = len(clusters)
    while pairs:
        _, i, j, joined = heapq.heappop(pairs)
        if i in alive and j in alive:
            del alive[i], alive[j]
            _offer(pairs, alive, number, joined)
            number += 1
    return list(alive.values())


def _offer(
    pairs: list[tuple[float, int, int, _Cluster]], alive: dict[int, _Cluster], number: int, cluster: _Cluster
) -> None:
    """Put a cluster among those alive, and the pairs with it that are worth joining on the heap."""
    for other, partner in alive.items():
        if cluster.box.intersect(partner.hole_box).is_empty() and partner.box.intersect(cluster.hole_box).is_empty():
            continue
        joined = cluster.join(partner)
        # Against each hole alone, not against the pair: a long row would lose a little with every person it grows by.
        kept = joined.scale / (joined.solo_scale or 1.0)
        if kept >= COARSER:
            heapq.heappush(pairs, (-kept, other, number, joined))
    alive[number] = cluster


def _crop(cluster: _Cluster, hole: MaskArray, labels: IntArray, shrink: int) -> Crop:
    box = cluster.box
    rows, columns = np.arange(box.y0, box.y1) // shrink, np.arange(box.x0, box.x1) // shrink
    own = np.isin(labels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], cluster.labels)
    mine = own[:, columns - columns[0]][rows - rows[0]]  # np.ix_ takes ten times as long
    return Crop(box, mine & hole[box.slices], cluster.scale)
