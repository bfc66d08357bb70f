"""The inpainter ``patches``: attention carried on in pixels.

Completes the hole from patches of the known part, coarse to fine: Wexler, Shechtman and Irani (PAMI 2007) for the
iteration of search and vote, Barnes et al. (SIGGRAPH 2009) for the search, Newson et al. (SIAM 2014) for the texture
channels that keep a lawn from being matched with a wall of the same colour. On the coarse levels every vote is drawn
towards the colours that the hole's rim continues to, or those of a given start: the search alone drifts off in large
holes. Every pixel of the result is a copy of a known pixel; the offsets say of which, so that the composite can redo
the copy at the photo's resolution.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import takewhile

import cv2
import numpy as np

from eraser.geometry import FloatArray, ImageArray, MaskArray
from eraser.inpaint import kernels
from eraser.inpaint.base import Fill, Inpainter, InpainterContext, OffsetArray
from eraser.inpaint.blend import blend_copies
from eraser.inpaint.peel import peel
from eraser.inpaint.smooth import smooth_fill
from eraser.system.jit import in_strips

log = logging.getLogger(__name__)

LICENCE = "AGPL-3.0-or-later"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchParams:
    """Of the patch search; the defaults were measured (docs/experiments)."""

    coarsest_px: int = 32
    """Shorter side of the coarsest level."""
    rounds_coarsest: int = 10
    rounds_finest: int = 1
    """Rounds of search and vote on the coarsest and on the finest level, linear in between."""
    sweeps: int = 2
    """Sweeps of the search in a round."""
    texture_px: int = 15
    """Side of the window over which texture is averaged."""
    texture_weight: float = 3.0
    height_weight: float = 60.0
    """Cost of a match from another height, in grey levels a pixel of the patch if it came from the other end of the
    crop: scenes lie in layers."""
    prior_in_peel: float = 0.0
    """How much a pixel of the start counts in the first fill, in [0, 1]; a known one counts 1."""
    spread_percentile: float = 75.0
    """Costs at this percentile weigh exp(-1/2) in the vote."""
    trust_falloff: float = 1.3
    """A patch counts less by this factor for each pixel that it lies deeper in the hole (Wexler et al., section 4)."""
    rim_pull: float = 0.3
    """Part of the way, in [0, 1], that each vote moves towards the colours that continue the rim of the hole."""
    prior_pull: float = 0.7
    """The same towards the colours of a prior where that is sure; used instead of ``rim_pull``."""
    unsure_pull: float = 0.2
    """The same where the prior is unsure."""
    pull_until: float = 0.2
    """Depth of the finest level that is pulled: 1 is the coarsest level, 0 the finest."""
    pull_blur_px: float = 6.0
    """Standard deviation of the Gaussian that colours are compared with: low frequencies only, never detail."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the pyramid."""

    features: FloatArray
    """(h, w, CHANNELS); hole pixels are what has been completed so far."""
    hole: MaskArray
    colors: FloatArray | None = None
    """(h, w, 3) low-frequency colours that votes are pulled to; None pulls nowhere."""
    pull: FloatArray | None = None
    """(h, w) how far, in [0, 1]."""


def load_inpainter(context: InpainterContext) -> Inpainter:
    """The inpainter ``patches``; it needs no weights and no device."""
    del context
    return inpaint


def inpaint(image: ImageArray, hole: MaskArray, /) -> Fill:
    """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set."""
    return transfer(image, hole)


def transfer(
    image: ImageArray,
    hole: MaskArray,
    *,
    prior: ImageArray | None = None,
    confidence: FloatArray | None = None,
    params: PatchParams = PatchParams(),
) -> Fill:
    """Complete a crop by patch transfer.

    Args:
        image: (h, w, 3) RGB uint8; what lies under the hole is not looked at.
        hole: (h, w) bool.
        prior: (h, w, 3) uint8, a rough completion whose colours the search keeps to.
        confidence: (h, w) float32 in [0, 1], how sure the prior is; None is sure everywhere.
        params: Of the search.

    Returns:
        The completed crop with its offsets; without offsets, and smooth, where no whole patch is known.
    """
    features = _features(image, hole, params)
    if prior is not None:
        features[hole, :3] = prior[hole]
    pull = _pull(hole.shape, prior, confidence, params)
    pyramid = _pyramid(Level(features, hole), params.coarsest_px)
    # Coarse levels on which the hole has vanished, or no patch is known, have nothing to say.
    levels = list(takewhile(lambda level: level.hole.any() and _sources(level.hole).any(), pyramid))
    if not levels:
        return Fill(_smooth(image, hole) if prior is None else np.where(hole[..., None], prior, image))
    _smooth_features(levels[-1], 0 if prior is None else 3)  # a prior has colours, but its texture means nothing

    match: OffsetArray | None = None
    for index in range(len(levels) - 1, -1, -1):
        level = levels[index]
        depth = index / (len(levels) - 1) if len(levels) > 1 else 1.0
        if depth >= params.pull_until:
            colors = level.features[..., :3]  # of the prior, if there is one: nothing was voted on this level yet
            colors = smooth_fill(colors, ~level.hole) if prior is None else colors.copy()
            size_wh = level.hole.shape[::-1]
            level = replace(level, colors=colors, pull=cv2.resize(pull, size_wh, interpolation=cv2.INTER_AREA))
        rounds = round(params.rounds_finest + depth * (params.rounds_coarsest - params.rounds_finest))
        match, cost, target = _solve(level, match, rounds, params, seed=index)
    assert match is not None
    offsets = np.zeros((*hole.shape, 2), np.int32)
    in_strips(kernels.choose, hole.shape[0], hole, target, match, cost, offsets)
    return Fill(blend_copies(image, hole, offsets), offsets)


def _solve(
    level: Level, coarser: OffsetArray | None, rounds: int, params: PatchParams, seed: int
) -> tuple[OffsetArray, FloatArray, MaskArray]:
    """Rounds of search and vote on one level; completes its features in place."""
    features, hole = level.features, level.hole
    h, w = hole.shape
    source, target = _sources(hole), _targets(hole)
    valid = np.argwhere(source).astype(np.int32)
    area = (2 * kernels.RADIUS_PX + 1) ** 2
    match = np.full((h, w, 2), -1, np.int32)
    cost = np.full((h, w), np.inf, np.float32)
    height = np.float32(area * (params.height_weight / max(h - 1, 1)) ** 2)
    if coarser is None:
        match = peel(features, hole, source, target, height=float(height), prior_weight=params.prior_in_peel)
    else:
        in_strips(kernels.refine, h, coarser, source, target, valid, match, seed)
    trust = params.trust_falloff ** -cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    if coarser is not None:  # the doubled matches paint the finer level before anything is compared
        cost[target] = 0.0
        _vote(level, target, match, cost, trust, params)
    rows = features.reshape(h, -1)
    for turn in range(rounds):
        in_strips(kernels.score, h, rows, target, match, cost, height)
        for number in range(params.sweeps):
            turns = turn * params.sweeps + number
            in_strips(kernels.sweep, h, rows, target, source, match, cost, match.copy(), turns, max(h, w), height)
        if turn < rounds - 1:  # the result of a vote after the last round would not be used
            _vote(level, target, match, cost, trust, params)
    return match, cost, target


def _vote(
    level: Level, target: MaskArray, match: OffsetArray, cost: FloatArray, trust: FloatArray, params: PatchParams
) -> None:
    """Repaint the hole of a level from its matches, in place."""
    out, percentile = level.features.copy(), params.spread_percentile / 100
    in_strips(kernels.vote, len(out), level.features, level.hole, target, match, cost, trust, percentile, out)
    if level.colors is not None and level.pull is not None:
        _pull_to_colors(out, level.colors, level.pull, level.hole, params.pull_blur_px)
    level.features[:] = out


def _pull(
    shape: tuple[int, ...], prior: ImageArray | None, confidence: FloatArray | None, params: PatchParams
) -> FloatArray:
    """(h, w) how far votes are pulled, in [0, 1]."""
    if prior is None or confidence is None:
        return np.full(shape, params.rim_pull if prior is None else params.prior_pull, np.float32)
    return np.asarray(params.unsure_pull + (params.prior_pull - params.unsure_pull) * confidence, np.float32)


def _pull_to_colors(
    features: FloatArray, colors: FloatArray, pull: FloatArray, hole: MaskArray, blur_px: float
) -> None:
    """Take a part of the low-frequency difference to ``colors`` off the hole's colours, in place."""
    size_px, inside = (0, 0), hole.astype(np.float32)
    miss = cv2.GaussianBlur((colors - features[..., :3]) * inside[..., None], size_px, blur_px)
    share = np.maximum(cv2.GaussianBlur(inside, size_px, blur_px), 1e-3)[..., None]
    features[..., :3] += (pull * inside)[..., None] * miss / share


def _features(image: ImageArray, hole: MaskArray, params: PatchParams) -> FloatArray:
    """(h, w, CHANNELS): colour, and the mean |dx| and |dy| of the known pixels around (Newson et al., section 3)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    known = (~hole).astype(np.float32)
    out = np.zeros((*hole.shape, kernels.CHANNELS), np.float32)
    out[..., :3] = image
    size = (params.texture_px, params.texture_px)
    for channel, axis in ((3, 1), (4, 0)):
        step = np.abs(np.diff(grey, axis=axis, append=np.take(grey, [-1], axis)))
        # A difference counts when both of its pixels are known: the rim of the person is no texture.
        weight = known * np.minimum(known, np.roll(known, -1, axis))
        mean = cv2.boxFilter(step * weight, -1, size) / np.maximum(cv2.boxFilter(weight, -1, size), 1e-3)
        out[..., channel] = params.texture_weight * mean
    out[hole] = 0.0
    return out


def _pyramid(level: Level, coarsest_px: int) -> list[Level]:
    """Levels from the finest to the coarsest, each half as large; known colours never mix with the hole's."""
    levels = [level]
    while min(levels[-1].hole.shape) >= 2 * coarsest_px:
        levels.append(_halve(levels[-1]))
    return levels


def _halve(level: Level) -> Level:
    h, w = level.hole.shape
    size_wh = (max(1, w // 2), max(1, h // 2))
    known = (~level.hole).astype(np.float32)
    share = _shrink(known[..., None], size_wh)[..., 0]
    colours = _shrink(level.features * known[..., None], size_wh)
    hole = share < 0.5
    inside = _shrink(level.features, size_wh)
    features = np.where(hole[..., None], inside, colours / np.maximum(share, 1e-3)[..., None])
    return Level(np.ascontiguousarray(features, np.float32), hole)


def _shrink(values: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """Area mean of (h, w, C), a channel at a time: OpenCV stops at four."""
    channels = [cv2.resize(values[..., c], size_wh, interpolation=cv2.INTER_AREA) for c in range(values.shape[2])]
    return np.stack(channels, axis=-1)


def _targets(hole: MaskArray) -> MaskArray:
    """Centres of the patches that touch the hole and lie in the crop."""
    side = 2 * kernels.RADIUS_PX + 1
    touched: MaskArray = cv2.dilate(hole.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return touched & _inside(hole.shape)


def _sources(hole: MaskArray) -> MaskArray:
    """Centres of the patches that lie in the crop and touch no hole."""
    return _inside(hole.shape) & ~_targets(hole)


def _inside(shape: tuple[int, ...]) -> MaskArray:
    inside = np.zeros(shape, np.bool_)
    inside[kernels.RADIUS_PX : -kernels.RADIUS_PX, kernels.RADIUS_PX : -kernels.RADIUS_PX] = True
    return inside


def _smooth_features(level: Level, first: int) -> None:
    """Begin with a smooth fill of the channels from ``first`` on, in place."""
    smooth = smooth_fill(np.ascontiguousarray(level.features[..., first:]), ~level.hole)
    level.features[level.hole, first:] = smooth[level.hole]


def _smooth(image: ImageArray, hole: MaskArray) -> ImageArray:
    """A smooth fill for crops that know no whole patch; mid grey when nothing at all is known."""
    if hole.all():
        return np.full_like(image, 127)
    filled = smooth_fill(image.astype(np.float32), ~hole)
    return np.where(hole[..., None], np.clip(np.rint(filled), 0, 255).astype(np.uint8), image)
