"""Non-maximum suppression in numpy, with the results of ultralytics' own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eraser.geometry import FloatArray, IntArray
from eraser.maskers.detectors.base import MOST_DETECTIONS, SAME_BOX_IOU

_CANDIDATES = 30_000
"""Best ones that are compared, at most."""
_CLASS_OFFSET_PX = 7680.0
"""Boxes are moved by this for each class, so that only those of one class overlap."""


def best_of(raw: FloatArray, classes: int, min_scores: Mapping[int, float]) -> FloatArray:
    """The detections of a network whose boxes still overlap.

    Args:
        raw: (4 + classes + k, A): centre x, y, width, height in pixels of the input; a score for each class; and k
            coefficients of the mask.
        classes: How many there are.
        min_scores: Class -> least score; other classes are not looked for.

    Returns:
        (N, 6 + k), best first: x0, y0, x1, y1, score, class, coefficients.
    """
    scores = raw[4 : 4 + classes].max(axis=0)
    labels = raw[4 : 4 + classes].argmax(axis=0)
    least = np.full(classes, np.inf, np.float32)
    for label, score in min_scores.items():
        least[label] = score
    candidates = np.flatnonzero(scores > np.minimum(least[labels], 1e9))
    candidates = candidates[np.argsort(-scores[candidates], kind="stable")[:_CANDIDATES]]
    raw, scores, labels = raw[:, candidates].T, scores[candidates], labels[candidates].astype(np.float32)
    half = raw[:, 2:4] / 2
    boxes = np.concatenate([raw[:, :2] - half, raw[:, :2] + half], axis=1)
    kept = _suppress(boxes + labels[:, None] * np.float32(_CLASS_OFFSET_PX))
    parts = (boxes, scores[:, None], labels[:, None], raw[:, 4 + classes :])
    found: FloatArray = np.concatenate(parts, axis=1)[kept]
    return found


def _suppress(boxes: FloatArray) -> IntArray:
    """Indices of (N, 4) boxes, best first, that overlap none that is kept before them."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.arange(len(boxes))
    kept: list[int] = []
    while len(left) and len(kept) < MOST_DETECTIONS:
        best, left = left[0], left[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[left, :2])
        high = np.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = np.clip(high - low, 0.0, None).prod(axis=1)
        left = left[shared <= SAME_BOX_IOU * (areas[best] + areas[left] - shared)]
    return np.array(kept, np.int32)
