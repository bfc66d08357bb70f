"""The built-in masker: a YOLO segmentation network under tiles, belongings and edges."""

from __future__ import annotations

from eraser.maskers import belongings
from eraser.maskers.base import MaskerContext
from eraser.maskers.detectors.yolo import YoloDetector, load_detector
from eraser.maskers.tiled import TiledMasker
from eraser.maskers.verified import FLOOR, DetectionVerifier

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "people"
"""Those of the default; `eraser maskers list` says whether they are here."""


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
    verifier = None
    if network.info.can_verify:
        min_scores[network.info.person] = min(FLOOR, min_score)
        verifier = DetectionVerifier(network, min_score=min_score)
    detector = YoloDetector(network, file, min_scores)
    return TiledMasker(detector, verifier=verifier, with_belongings=context.with_belongings, fast=context.fast)
