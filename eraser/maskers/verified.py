"""Finds are looked at once more, one by one, cut out of the photo.

A network that looks at a whole photo takes some dogs, statues and coats for people, and is unsure of many true people.
Cut out and enlarged, with little around it, most of them can be told apart by a small head over the same network's
features (``eraser.networks.verifier``). A second classifier over the finds of a first detector is what Cheng et al.
(Decoupled Classification Refinement, 2018) found for detectors in general.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np

from eraser.geometry import Box, ImageArray
from eraser.maskers.detection import Detection
from eraser.maskers.tiled import PERSON

FLOOR = 0.12
"""Least score of a find that is verified."""
CROP_PX = 224
"""Side of the square that a find is shown in; what is cut out is stretched to it."""
_MOST = 40
"""Finds that are verified in one view, at most, the best first; those beyond keep their score."""
_MARGIN = 0.3
"""What is shown around a find on each side, in parts of its size."""
_MARGIN_PX = 4
_SQUARENESS = 0.7
"""Shorter side of what is cut out, in parts of the longer one, at least."""
_CERTAIN = 0.99
"""Scores beyond this, and below the rest to 1, count as this."""


class Judge(Protocol):
    """Says of one picture whether somebody is in the middle of it."""

    def verify(self, picture: ImageArray, /) -> float:
        """Log odds to be added to those of a find's score.

        Args:
            picture: (224, 224, 3) RGB uint8.

        Raises:
            DeviceError: The device's memory does not suffice.
        """


class DetectionVerifier:
    """Gives people the score of two looks."""

    def __init__(self, judge: Judge, *, min_score: float) -> None:
        """Take a judge into use.

        Args:
            judge: Looks at one find.
            min_score: Score in [0, 1] after both looks from which on somebody remains.
        """
        self._judge, self._min_score = judge, min_score

    def __call__(self, view: ImageArray, detections: Sequence[Detection], /) -> list[Detection]:
        """Look once more at the people of an (h, w, 3) RGB uint8 view, who were found from ``FLOOR`` on.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        kept, looks = [], 0
        for detection in sorted(detections, key=lambda d: -d.outline.score):
            if detection.label == PERSON:
                if looks < _MOST:
                    detection = self._look_again(view, detection)
                    looks += 1
                if detection.outline.score < self._min_score:
                    continue
            kept.append(detection)
        return kept

    def _look_again(self, view: ImageArray, detection: Detection) -> Detection:
        odds = self._judge.verify(picture_of(view, detection.box))
        score = joint_score(detection.outline.score, odds)
        return replace(detection, outline=replace(detection.outline, score=score))


def picture_of(view: ImageArray, box: Box) -> ImageArray:
    """What the judge is shown of a find: (224, 224, 3) uint8."""
    crop = view[_around(box, (view.shape[1], view.shape[0])).slices]
    shrinks = max(crop.shape[:2]) > CROP_PX
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    picture: ImageArray = cv2.resize(crop, (CROP_PX, CROP_PX), interpolation=interpolation)
    return picture


def joint_score(score: float, odds: float) -> float:
    """The score in [0, 1] after adding log odds to it."""
    clipped = min(max(score, 1.0 - _CERTAIN), _CERTAIN)
    return float(1.0 / (1.0 + np.exp(-(math.log(clipped / (1.0 - clipped)) + odds))))


def _around(box: Box, size_wh: tuple[int, int]) -> Box:
    """The box with a margin, not too narrow, inside the view."""
    half_w = box.width * (0.5 + _MARGIN) + _MARGIN_PX
    half_h = box.height * (0.5 + _MARGIN) + _MARGIN_PX
    least = _SQUARENESS * max(half_w, half_h)
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    half_w, half_h = max(half_w, least), max(half_h, least)
    grown = Box(math.floor(x - half_w), math.floor(y - half_h), math.ceil(x + half_w), math.ceil(y + half_h))
    return grown.intersect(Box(0, 0, *size_wh))
