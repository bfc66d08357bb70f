"""What a shadow might look like."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.geometry import FloatArray, MaskArray
from eraser.hole.grow import distance_px
from eraser.hole.shadows.evidence import score_outlines
from eraser.hole.shadows.ground import Ground

POINTS = 96
"""Of an outline."""
FLATS = (-0.9, -0.7, -0.55, -0.42, -0.32, -0.24, -0.16, 0.16, 0.24, 0.32, 0.42, 0.55, 0.7)
"""How high the person appears when laid on the ground, as a share of the height; below 0 towards the camera."""
SHEARS = tuple(float(shear) for shear in np.linspace(-2.0, 2.0, 33))
"""How far to the right the head comes to lie, in heights of the person."""
FINER_FLATS = (0.85, 0.93, 1.0, 1.07, 1.15)
FINER_SHEARS = (-0.09, -0.06, -0.03, 0.0, 0.03, 0.06, 0.09)
"""Tried around the best few: factors, and differences."""
FEW = 6
PATCH_RATIOS = (-0.15, -0.25, -0.4)
"""Patches are darker than the lit ground by these natural logarithms."""
PATCH_WIDTH, PATCH_HEIGHT = 0.9, 0.6
"""Half the size of the ellipse around the feet that holds a patch, in heights of the person: floors go on."""
EVEN = 0.25
"""How far a channel of a patch may be from the others."""
SMALLEST_PATCH = 0.02
"""Of the person's area."""

_NONE = np.zeros((0, POINTS, 2), np.float32)


def laid_outlines(ground: Ground) -> FloatArray:
    """Outlines of the person laid on the ground, as light from far away does: flattened and sheared about the feet.

    Returns:
        (n, POINTS, 2), x and y in working pixels: around the few most promising of a grid.
    """
    points = _outline(ground.own, 0.05 * ground.height)
    if points is None:
        return _NONE
    shears, flats = (grid.ravel() for grid in np.meshgrid(SHEARS, FLATS))
    scores = score_outlines(ground, _lay(points, ground.foot_y, shears, flats))
    best = np.argsort(-scores, kind="stable")[:FEW]
    finer_shears, finer_flats = (grid.ravel() for grid in np.meshgrid(FINER_SHEARS, FINER_FLATS))
    shears, flats = shears[best, None] + finer_shears, flats[best, None] * finer_flats
    return _lay(points, ground.foot_y, shears.ravel(), flats.ravel())


def patch_outlines(ground: Ground) -> FloatArray:
    """Outlines of patches at the feet that are darker than the lit ground around, (n, POINTS, 2)."""
    feet = ground.own.copy()
    feet[: max(0, round(ground.foot_y - 0.12 * ground.height))] = False
    columns = np.flatnonzero(feet.any(axis=0))
    y, x = np.mgrid[: feet.shape[0], : feet.shape[1]]
    # In heights of the person, from the feet.
    beside = np.maximum(np.maximum(columns[0] - x, x - columns[-1]), 0) / ground.height
    below = (y - ground.foot_y) / ground.height
    near = ground.free & ((beside / 0.6) ** 2 + (below / 0.3) ** 2 <= 1)
    if np.count_nonzero(near) < 50:
        return _NONE
    gray = ground.light.mean(axis=2)
    lit = np.median(ground.light[near & (gray >= np.median(gray[near]))], axis=0)
    ratio = ground.light - lit
    dark = ratio.mean(axis=2)
    reach = (beside / PATCH_WIDTH) ** 2 + (below / PATCH_HEIGHT) ** 2 <= 1
    even = reach & ground.free & (np.abs(ratio - dark[..., None]).max(axis=2) < EVEN)
    edge = reach & (distance_px(~reach) <= 2.0)
    # What is next to the feet is not judged, but it joins them with the patch.
    joint = distance_px(feet) <= 0.045 * ground.height
    found = []
    for threshold in PATCH_RATIOS:
        patch = cv2.morphologyEx(
            (even & (dark < threshold)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
        )
        joined = _joined_to(feet, (patch > 0) | joint)
        is_large = np.count_nonzero(joined & (patch > 0)) >= SMALLEST_PATCH * np.count_nonzero(ground.own)
        outline = _outline(joined, 1.0) if is_large and not (joined & edge).any() else None
        if outline is not None:
            found.append(outline)
    return np.stack(found) if found else _NONE


def _lay(points: FloatArray, foot_y: int, shears: FloatArray, flats: FloatArray) -> FloatArray:
    """(n, points, 2), an outline for each shear and flattening."""
    above = foot_y - points[:, 1]
    laid = np.stack([points[:, 0] + shears[:, None] * above, foot_y - flats[:, None] * above], axis=2)
    return laid.astype(np.float32)


def _joined_to(seeds: MaskArray, mask: MaskArray) -> MaskArray:
    """The parts of a mask that hold a seed."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    wanted = np.unique(labels[seeds])
    return np.isin(labels, wanted[wanted > 0])


def _outline(mask: MaskArray, close_px: float) -> FloatArray | None:
    """(POINTS, 2) along the outside of a mask's largest part, gaps narrower than twice ``close_px`` bridged."""
    reach = max(1, round(close_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    closed = cv2.morphologyEx(np.pad(mask.astype(np.uint8), 2 * reach), cv2.MORPH_CLOSE, disc)
    lines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    line = max(lines, key=cv2.contourArea)[:, 0] - 2 * reach if lines else np.zeros((0, 2))
    if len(line) < 24:
        return None
    points = line[np.linspace(0, len(line), POINTS, endpoint=False).astype(int)].astype(np.float32)
    smooth: FloatArray = (np.roll(points, 1, axis=0) + 2 * points + np.roll(points, -1, axis=0)) / 4
    return smooth
