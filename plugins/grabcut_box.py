"""What a box or a click encloses, cut out by its colours (OpenCV's GrabCut); needs no weights.

    erase-me photo.jpg --masker grabcut_box --masker-option box=120,80,420,600
    erase-me photo.jpg --masker grabcut_box --masker-option point=250,300

The box goes around what is to vanish, with some background inside and around it. A click stands on it; how far it may
reach from there is ``reach``. Coordinates are pixels of the upright photo, as for ``--at``. Both together are the most
exact. Colours alone decide: where it has those of its background, bring a ``--mask`` or take the masker ``sam_click``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from eraser import Box, MaskerContext, Person
from eraser.errors import MaskerError

LICENCE = "AGPL-3.0-or-later"

_SIDE_PX = 512
"""Longer side of what is cut out: GrabCut takes a second here and a minute on a whole photo."""
_SURROUNDINGS = 0.3
"""How much around the box is looked at as background, in parts of the box."""
_CRUMB = 0.02
"""Pieces smaller than this part of the largest are noise."""
_GAP = 0.05
"""Gaps smaller than this part of what is around them belong to it: eyes, a nose, a buckle."""


@dataclass(frozen=True, slots=True)
class GrabCutOptions:
    """Where it is; one of ``box`` and ``point`` must be given."""

    box: tuple[int, int, int, int] | None = field(
        default=None, metadata={"help": "x0,y0,x1,y1 around what goes; x1 and y1 lie just outside"}
    )
    point: tuple[int, int] | None = field(default=None, metadata={"help": "x,y of a pixel on what goes"})
    reach: float = field(
        default=0.2, metadata={"help": "how far it may reach from the point, in parts of the photo's longer side"}
    )
    rounds: int = field(default=5, metadata={"help": "how often colours and outline are estimated anew"})

    def __post_init__(self) -> None:
        if self.box is not None and Box(*self.box).is_empty():
            raise ValueError(f"box must be x0,y0,x1,y1 with x0 < x1 and y0 < y1, got {self.box}")
        if not 0.0 < self.reach <= 1.0:
            raise ValueError(f"reach must lie above 0 and not above 1, got {self.reach}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, got {self.rounds}")


def load_masker(context: MaskerContext[GrabCutOptions]) -> GrabCut:
    """The masker ``grabcut_box``.

    Raises:
        MaskerError: There is neither a box nor a point.
    """
    options = context.options
    if options.box is None and options.point is None:
        raise MaskerError(
            "grabcut_box must be told where to look: --masker-option box=X0,Y0,X1,Y1 or --masker-option point=X,Y"
        )
    return GrabCut(options)


class GrabCut:
    """Cuts one thing out of each photo (Rother, Kolmogorov and Blake, SIGGRAPH 2004)."""

    def __init__(self, options: GrabCutOptions) -> None:
        self._options = options

    def __call__(self, image: npt.NDArray[np.uint8], /) -> list[Person]:
        """One person or thing at most; none when everything in the box looks like what is around it.

        Raises:
            MaskerError: The box or the point lies off the photo, or the box leaves nothing around it.
        """
        shape = image.shape
        box = self._box(shape)
        region = box.grow(round(box.width * _SURROUNDINGS) + 2, round(box.height * _SURROUNDINGS) + 2, shape)
        if region == box:
            raise MaskerError("grabcut_box: the box is the whole photo: leave some background around it")
        scale = min(1.0, _SIDE_PX / max(region.width, region.height))
        size_wh = (max(2, round(region.width * scale)), max(2, round(region.height * scale)))
        small = cv2.resize(image[region.slices], size_wh, interpolation=cv2.INTER_AREA)
        found = self._cut(small, self._guess(box, region, size_wh))
        mask = cv2.resize(found.astype(np.float32), (region.width, region.height), interpolation=cv2.INTER_LINEAR) > 0.5
        tight = Box.of_mask(mask)
        if tight is None:
            return []
        return [Person(tight.shift(region.x0, region.y0), mask[tight.slices].copy())]

    def _box(self, shape: tuple[int, ...]) -> Box:
        """Where it lies in a photo of ``shape``."""
        photo = Box(0, 0, shape[1], shape[0])
        if self._options.point is not None:
            x, y = self._options.point
            if not (0 <= x < photo.x1 and 0 <= y < photo.y1):
                raise MaskerError(f"grabcut_box: the point {x},{y} lies off a photo of {photo.x1} x {photo.y1} pixels")
        if self._options.box is not None:
            box = Box(*self._options.box).intersect(photo)
            if box.is_empty():
                raise MaskerError(f"grabcut_box: the box lies off a photo of {photo.x1} x {photo.y1} pixels")
            return box
        reach_px = max(2, round(self._options.reach * max(shape[:2])))
        return Box(x, y, x + 1, y + 1).grow(reach_px, reach_px, shape)

    def _guess(self, box: Box, region: Box, size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """(h, w) labels to begin with: sure background around the box, a guess in it, certainty at the click."""
        scale_x, scale_y = size_wh[0] / region.width, size_wh[1] / region.height
        inner = box.shift(-region.x0, -region.y0)
        labels = np.full(size_wh[::-1], cv2.GC_BGD, np.uint8)
        rows = slice(int(inner.y0 * scale_y), max(1, round(inner.y1 * scale_y)))
        columns = slice(int(inner.x0 * scale_x), max(1, round(inner.x1 * scale_x)))
        labels[rows, columns] = cv2.GC_PR_FGD
        if self._options.point is not None:
            centre = (
                int((self._options.point[0] - region.x0) * scale_x),
                int((self._options.point[1] - region.y0) * scale_y),
            )
            if self._options.box is None:
                labels[rows, columns] = cv2.GC_PR_BGD
                cv2.circle(labels, centre, max(3, min(size_wh) // 5), cv2.GC_PR_FGD, -1)
            cv2.circle(labels, centre, max(2, min(size_wh) // 40), cv2.GC_FGD, -1)
        return labels

    def _cut(self, small: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """(h, w), True on it: what is connected to the click, or all but crumbs."""
        certain = labels == cv2.GC_FGD
        cv2.setRNGSeed(0)  # the colour models begin from random clusters: the same photo gives the same outline
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(small, labels, None, *models, self._options.rounds, cv2.GC_INIT_WITH_MASK)
        found: npt.NDArray[np.bool_] = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
        areas_px = stats[1:, cv2.CC_STAT_AREA]
        if not len(areas_px):
            return found
        if certain.any():
            kept = np.unique(pieces[certain & found])
        else:
            kept = 1 + np.flatnonzero(areas_px >= _CRUMB * areas_px.max())
        kept_px: npt.NDArray[np.bool_] = np.isin(pieces, kept)
        return _without_gaps(kept_px)


def _without_gaps(found: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """An (h, w) mask with small gaps filled; what is open to the edge of the picture is none."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats((~found).astype(np.uint8), connectivity=4)
    left, top, width, height, areas_px = stats.T
    inside = (left > 0) & (top > 0) & (left + width < found.shape[1]) & (top + height < found.shape[0])
    gaps = np.flatnonzero(inside & (areas_px < _GAP * np.count_nonzero(found)))
    filled: npt.NDArray[np.bool_] = found | np.isin(pieces, gaps[gaps > 0])  # 0 is what was found
    return filled
