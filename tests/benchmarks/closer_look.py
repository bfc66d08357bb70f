"""Somebody of whom a network is unsure is looked at once more, cut out of the photo.

Cut out, a small person is larger in the network's input, and nothing else draws its attention. True people keep their
score there more often than shadows, statues and bushes do, so the mean of both scores tells them apart better than the
first alone. A trial, for ``calibrate.py --closer-px``; docs/experiments/people.md says why it is not in the product.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from eraser.geometry import Box, ImageArray
from eraser.maskers.detection import Detection
from eraser.maskers.tiled import Detector

FLOOR = 0.2
"""Least score of a first look that is worth a closer one."""
_SURE = 0.7
"""From this score on there is no closer look."""
_MOST_LOOKS = 12
"""Closer looks a view, at most: in a crowd the surest have them."""
_MARGIN = 0.3
"""What is shown around a person on each side, in parts of the person's size."""
_MARGIN_PX = 4
_SQUARENESS = 0.7
"""Shorter side of what is cut out, in parts of the longer one, at least."""
_SAME_IOU = 0.4
"""Boxes of the two looks that overlap more than this are of one person."""
_CERTAIN = 0.99
"""Scores beyond this, and below the rest to 1, count as this: one look alone decides nothing."""


class CloserLook:
    """A detector that asks another look about everybody of whom the first is unsure."""

    def __init__(self, detector: Detector, closer: Detector, *, label: str, min_score: float) -> None:
        """Take two detectors into use.

        Args:
            detector: Looks at a whole view; reports people from ``FLOOR`` or ``min_score`` on, whichever is less.
            closer: Looks at one person cut out of it.
            label: Of people.
            min_score: Mean of both scores, in [0, 1], from which on somebody is reported.
        """
        for name in ("weights_name", "weights_sha256", "weights_why"):
            setattr(self, name, getattr(detector, name, None))
        self._detector, self._closer = detector, closer
        self._label, self._min_score = label, min_score

    def detect(self, view: ImageArray, /, *, is_part: bool) -> list[Detection]:
        """Find people and things in an (h, w, 3) RGB uint8 view.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        kept, looks = [], 0
        for detection in sorted(self._detector.detect(view, is_part=is_part), key=lambda d: -d.outline.score):
            if detection.label == self._label:
                if detection.outline.score < _SURE and looks < _MOST_LOOKS:
                    looks += 1
                    detection = self._look_again(view, detection)
                if detection.outline.score < self._min_score:
                    continue
            kept.append(detection)
        return kept

    def _look_again(self, view: ImageArray, first: Detection) -> Detection:
        """The same detection, with the mean of both scores."""
        crop = around(first.box, (view.shape[1], view.shape[0]))
        seen = self._closer.detect(np.ascontiguousarray(view[crop.slices]), is_part=False)
        again = max(
            (
                other.outline.score
                for other in seen
                if other.label == self._label and first.box.iou(other.box.shift(crop.x0, crop.y0)) > _SAME_IOU
            ),
            default=0.0,
        )
        return replace(first, outline=replace(first.outline, score=mean_score(first.outline.score, again)))


def around(box: Box, size_wh: tuple[int, int]) -> Box:
    """What is cut out to look at somebody: the box with a margin, not too narrow, inside the view.

    Args:
        box: Of the person, in pixels of the view.
        size_wh: The view's size.
    """
    half_w = box.width * (0.5 + _MARGIN) + _MARGIN_PX
    half_h = box.height * (0.5 + _MARGIN) + _MARGIN_PX
    least = _SQUARENESS * max(half_w, half_h)
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    half_w, half_h = max(half_w, least), max(half_h, least)
    whole = Box(0, 0, *size_wh)
    return Box(math.floor(x - half_w), math.floor(y - half_h), math.ceil(x + half_w), math.ceil(y + half_h)).intersect(
        whole
    )


def mean_score(first: float, second: float) -> float:
    """The mean of two scores in [0, 1], taken of their log odds."""
    odds = [math.log(score / (1.0 - score)) for score in np.clip((first, second), 1.0 - _CERTAIN, _CERTAIN)]
    return 1.0 / (1.0 + math.exp(-sum(odds) / 2))
