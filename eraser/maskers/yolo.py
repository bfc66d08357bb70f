"""The built-in masker: a YOLO segmentation network under tiles, belongings and edges."""

from __future__ import annotations

from collections.abc import Mapping

from eraser.maskers import belongings
from eraser.maskers.base import MaskerContext
from eraser.maskers.closer_look import FLOOR, CloserLook
from eraser.maskers.detectors.base import Network
from eraser.maskers.detectors.yolo import YoloDetector, load_detector
from eraser.maskers.tiled import PERSON, Detector, TiledMasker
from eraser.weights import WeightsFile

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "people"
"""Those of the default; `eraser maskers list` says whether they are here."""
_CLOSER_MIN_SCORE = 0.08
"""Least score in a closer look that says more than none."""


def load_masker(context: MaskerContext) -> TiledMasker:
    """The masker ``yolo``, with the weights that the context names.

    Raises:
        WeightsError: They are missing, damaged, of a format without its runtime, or know no people.
        DeviceError: There is no such device.
    """
    network, file = load_detector(
        context.weights, context.device, trust_pickle=context.trust_pickle, offline=context.offline
    )
    min_score = context.min_score
    if context.weights_may_choose_score and network.info.own_min_score is not None:
        min_score = network.info.own_min_score
    min_scores = {network.info.person: min_score}
    if context.with_belongings:
        min_scores |= dict.fromkeys(network.info.belongings, belongings.MIN_SCORE)
    detector = make_detector(network, file, min_scores)
    return TiledMasker(detector, with_belongings=context.with_belongings, fast=context.fast)


def make_detector(network: Network, file: WeightsFile, min_scores: Mapping[int, float]) -> Detector:
    """A loaded network as a detector, with a closer look where its weights gain by one.

    Args:
        network: What looks.
        file: Its weights.
        min_scores: Class -> confidence in [0, 1]; other classes are not looked for.
    """
    person, closer_px = network.info.person, network.info.closer_px
    if closer_px is None:
        return YoloDetector(network, file, min_scores)
    least = min(FLOOR, min_scores[person])
    return CloserLook(
        YoloDetector(network, file, {**min_scores, person: least}),
        YoloDetector(network, file, {person: _CLOSER_MIN_SCORE}, longer_px=closer_px),
        label=PERSON,
        min_score=min_scores[person],
    )
