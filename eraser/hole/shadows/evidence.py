"""Whether an outline on the ground is that of a shadow.

A shadow darkens what it falls on by about the same factor in every channel, whatever the ground: that ratio tells it
from dark objects and dark floors (the criteria of chromaticity and of physics in Sanin et al., Shadow detection: a
survey and comparative evaluation of recent methods, Pattern Recognition 45(4), 2012). Here the ratio is taken across
the outline, where both sides lie on the same ground, so that no picture without the person is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import FloatArray, MaskArray
from eraser.hole.grow import distance_px
from eraser.hole.shadows.ground import Ground

STEP = 0.03
"""Light is compared that far inside and outside an outline, as a share of the person's height: edges are soft."""
CLEAR = 0.4
"""Share of the typical step from which on a step counts as one of the shadow's edge."""
MIN_USABLE = 0.35


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an outline being that of a shadow. Light is a natural logarithm."""

    is_laid: bool
    """Whether it is the person's outline laid on the ground, else that of a dark patch."""
    usable: float
    """Share of the outline that can be judged: the rest lies at people or off the photo."""
    shade: float
    """Step of light from outside to inside, the median along the outline."""
    steady: float
    """Share of the outline with a clear step down."""
    spread: float
    """From the 20th to the 80th percentile of the steps, over the shade."""
    tint: float
    """How far the median step of a channel is from that of all, over the shade."""
    chroma: float
    """The same at each point of the outline, the median, over the shade."""
    agree: float
    """Share of the inside that is clearly darker than the ground outside next to it."""
    rough: float
    """Standard deviation of the light outside from that of the ground next to it, over the shade."""
    area: float
    """Over that of the person."""
    rise: float
    """How far it reaches up from the line of the feet, in heights of the person."""

    @property
    def score(self) -> float:
        """To choose between outlines."""
        return float(_score(self.steady, self.shade, self.spread * -self.shade))


def is_shadow(evidence: Evidence) -> bool:
    """Whether all of the evidence is that of a shadow.

    The limits are those that find no shadow in scenes without one (``tests/benchmarks/shadows.py``). A patch is dark
    along its edge by its making, so that more is asked of it, and that it does not rise: bags stand, shadows lie.
    """
    e = evidence
    fits = e.usable >= MIN_USABLE and 0.02 <= e.area <= 1.0 and -1.6 <= e.shade <= -0.12 and e.tint <= 0.2
    if e.is_laid:
        return fits and e.steady >= 0.86 and e.agree >= 0.9 and e.rough <= 0.57 and e.spread <= 1.0 and e.chroma <= 0.25
    fits = fits and e.steady >= 0.95 and e.agree >= 0.9 and e.rough <= 0.3 and e.spread <= 0.5 and e.chroma <= 0.2
    return fits and e.rise <= 0.22


def score_outlines(ground: Ground, outlines: FloatArray) -> FloatArray:
    """(n,) how promising (n, points, 2) outlines are; those that no shadow can have get -1."""
    return _cross(ground, outlines).score


def best_outline(ground: Ground, outlines: FloatArray, *, is_laid: bool) -> tuple[FloatArray, Evidence] | None:
    """The most promising of (n, points, 2) outlines, with what speaks for it."""
    crossing = _cross(ground, outlines)
    best = int(np.argmax(crossing.score))
    if crossing.score[best] <= -1.0:
        return None
    evidence = _weigh(ground, outlines[best], crossing, best, is_laid)
    return None if evidence is None else (outlines[best], evidence)


def fill_outline(ground: Ground, outline: FloatArray) -> MaskArray:
    """(h, w), what a (points, 2) outline holds."""
    canvas = np.zeros(ground.own.shape, np.uint8)
    cv2.fillPoly(canvas, [np.round(outline).astype(np.int32)], 1)
    return canvas > 0


class _Crossing(NamedTuple):
    """What changes where outlines are crossed."""

    steps: FloatArray
    """(n, points, 3), light inside less light outside."""
    usable: npt.NDArray[np.bool_]
    """(n, points)."""
    shade: FloatArray
    """(n,), and so on for the others."""
    steady: FloatArray
    spread: FloatArray
    score: FloatArray


def _cross(ground: Ground, outlines: FloatArray) -> _Crossing:
    x, y = outlines[..., 0], outlines[..., 1]
    along_x, along_y = np.roll(x, -2, 1) - np.roll(x, 2, 1), np.roll(y, -2, 1) - np.roll(y, 2, 1)
    reach = max(2.0, STEP * ground.height) / np.maximum(np.hypot(along_x, along_y), 1e-3)
    turns = np.sign((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(axis=1, keepdims=True))
    out_x, out_y = turns * reach * along_y, -turns * reach * along_x
    outer, outer_free = _sample(ground, x + out_x, y + out_y)
    inner, inner_free = _sample(ground, x - out_x, y - out_y)
    steps, usable = inner - outer, outer_free & inner_free
    dark, count = steps.mean(axis=2), usable.sum(axis=1)
    ordered = np.sort(np.where(usable, dark, np.inf), axis=1)

    def quantile(share: float) -> FloatArray:
        at = np.rint(share * np.maximum(count - 1, 0)).astype(int)
        return np.where(count > 0, ordered[np.arange(len(ordered)), at], 0.0).astype(np.float32)

    shade, spread = quantile(0.5), quantile(0.8) - quantile(0.2)
    steady = (usable & (dark < CLEAR * shade[:, None])).sum(axis=1) / np.maximum(count, 1)
    can_be = (shade < -0.1) & (count >= MIN_USABLE * dark.shape[1])
    score = np.where(can_be, _score(steady, shade, spread), np.float32(-1.0))
    return _Crossing(steps, usable, shade, steady, spread, score)


def _score(steady: npt.ArrayLike, shade: npt.ArrayLike, spread: npt.ArrayLike) -> FloatArray:
    contrast = np.minimum(1.0, np.divide(shade, -0.2))
    return np.asarray(np.multiply(steady, contrast) - np.multiply(0.3, spread), np.float32)


def _sample(ground: Ground, x: FloatArray, y: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Light at points, and whether it can be judged there."""
    x, y = x.astype(np.float32), y.astype(np.float32)
    free = cv2.remap(ground.free.astype(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return cv2.remap(ground.light, x, y, cv2.INTER_LINEAR), free > 0


def _weigh(ground: Ground, outline: FloatArray, crossing: _Crossing, index: int, is_laid: bool) -> Evidence | None:
    """All the evidence for an outline; None when there is too little ground to see."""
    solid = fill_outline(ground, outline)
    away = distance_px(solid)
    inside = solid & (distance_px(~solid) > 1.5) & ground.free
    outside = (away > 2.0) & (away < 0.1 * ground.height + 2.0) & ground.free
    side = int(0.25 * ground.height) | 1
    weight = cv2.blur(outside.astype(np.float32), (side, side))
    lit = cv2.blur(ground.light * outside[..., None], (side, side)) / np.maximum(weight, 1e-3)[..., None]
    inside &= weight > 0.02
    if np.count_nonzero(inside) < 20 or np.count_nonzero(outside) < 20:
        return None
    ratio = (ground.light - lit).mean(axis=2)
    usable, shade = crossing.usable[index], float(crossing.shade[index])
    steps = crossing.steps[index][usable]
    middle = np.median(steps, axis=0)
    return Evidence(
        is_laid=is_laid,
        usable=float(usable.mean()),
        shade=shade,
        steady=float(crossing.steady[index]),
        spread=float(crossing.spread[index]) / -shade,
        tint=float(np.abs(middle - middle.mean()).max()) / -shade,
        chroma=float(np.median(np.abs(steps - steps.mean(axis=1, keepdims=True)).max(axis=1))) / -shade,
        agree=float((ratio[inside] < CLEAR * shade).mean()),
        rough=float(ratio[outside].std()) / -shade,
        area=float(np.count_nonzero(solid & ~ground.own) / np.count_nonzero(ground.own)),
        rise=float(ground.foot_y - outline[:, 1].min()) / ground.height,
    )
