"""Stage 4: which parts of the photo are solved together, with how much context and at what scale. No pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from eraser.arrays import Box, IntArray, MaskArray

CONTEXT = 0.75
"""Context on each side, as a share of the hole's size (the square root of its box's area)."""
CONTEXT_MIN_PX = 48
MAX_HOLE_PX = 30_000
"""Hole pixels of a crop at working scale: bounds the time."""
MAX_CROP_PX = 300_000
"""Pixels of a crop at working scale: bounds time and memory."""
COARSER = 0.7
"""Holes that only share context are solved together unless that costs more than this factor of scale."""
LABEL_PX = 2_000_000
"""Holes are told apart on at most so many pixels."""


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

    @property
    def box(self) -> Box:
        size_px = (self.hole_box.width * self.hole_box.height) ** 0.5
        context_px = max(CONTEXT_MIN_PX, round(CONTEXT * size_px))
        return self.hole_box.grow(context_px, context_px, self.shape)

    @property
    def scale(self) -> float:
        area = self.box.width * self.box.height
        return min(1.0, math.sqrt(MAX_HOLE_PX / self.hole_px), math.sqrt(MAX_CROP_PX / area))

    def join(self, other: _Cluster) -> _Cluster:
        box = self.hole_box.enclose(other.hole_box)
        return _Cluster(self.labels + other.labels, box, self.hole_px + other.hole_px, self.shape)


def plan_crops(hole: MaskArray) -> list[Crop]:
    """Divide an (H, W) hole into crops; each hole pixel belongs to exactly one.

    Holes that touch are one. Holes that share context are solved in one crop, unless they lie so far apart that the
    crop would have to be solved at a much coarser scale: a row of people across a panorama stays sharp.
    """
    shrink, labels = _label(hole)
    clusters = _join(_clusters(labels, shrink, hole.shape))
    return [_crop(cluster, hole, labels, shrink) for cluster in clusters]


def _label(hole: MaskArray) -> tuple[int, IntArray]:
    """(shrink, labels): connected holes on a grid of shrink x shrink pixels; 0 = none."""
    h, w = hole.shape
    shrink = max(1, int(np.ceil((h * w / LABEL_PX) ** 0.5)))
    padded = np.pad(hole, ((0, -h % shrink), (0, -w % shrink))) if shrink > 1 else hole
    blocks = padded.reshape(padded.shape[0] // shrink, shrink, padded.shape[1] // shrink, shrink).any(axis=(1, 3))
    _, labels = cv2.connectedComponents(blocks.astype(np.uint8), connectivity=8)
    return shrink, labels


def _clusters(labels: IntArray, shrink: int, shape: tuple[int, ...]) -> list[_Cluster]:
    """A cluster for each label."""
    photo = Box(0, 0, shape[1], shape[0])
    _, _, stats, _ = cv2.connectedComponentsWithStats((labels > 0).astype(np.uint8), connectivity=8)
    out = []
    for label, (x, y, w, h, area) in enumerate(stats[1:].tolist(), start=1):
        box = Box(x * shrink, y * shrink, (x + w) * shrink, (y + h) * shrink).intersect(photo)
        out.append(_Cluster((label,), box, area * shrink * shrink, shape))
    return out


def _join(clusters: list[_Cluster]) -> list[_Cluster]:
    """Unite clusters that share context, the best pair first, until no pair is worth it."""
    clusters = list(clusters)
    while True:
        pairs = [
            (joined.scale / min(a.scale, b.scale), i, j, joined)
            for i, a in enumerate(clusters)
            for j, b in enumerate(clusters[:i])
            if not a.box.intersect(b.hole_box).is_empty() or not b.box.intersect(a.hole_box).is_empty()
            for joined in (a.join(b),)
        ]
        pairs = [pair for pair in pairs if pair[0] >= COARSER]
        if not pairs:
            return clusters
        _, i, j, joined = max(pairs, key=lambda pair: pair[0])
        clusters = [c for k, c in enumerate(clusters) if k not in (i, j)] + [joined]


def _crop(cluster: _Cluster, hole: MaskArray, labels: IntArray, shrink: int) -> Crop:
    box = cluster.box
    rows, columns = np.arange(box.y0, box.y1) // shrink, np.arange(box.x0, box.x1) // shrink
    own = np.isin(labels, cluster.labels)
    mine = own[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    mine = mine[np.ix_(rows - rows[0], columns - columns[0])]
    return Crop(box, mine & hole[box.slices], cluster.scale)
