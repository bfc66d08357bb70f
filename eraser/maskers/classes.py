"""Things of any class that a YOLO segmentation network knows, seen with the means of the masker ``yolo``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eraser.errors import MaskerError
from eraser.geometry import ImageArray, Person
from eraser.maskers.base import MaskerContext
from eraser.maskers.detectors.yolo import YoloDetector, load_detector
from eraser.maskers.edges import refine
from eraser.maskers.tiled import detect_in_views
from eraser.maskers.tiles import merge_views
from eraser.system.words import did_you_mean


def load_class_masker(context: MaskerContext[Any], classes: Sequence[str]) -> ClassMasker:
    """A masker that finds everything of the classes, with the network whose weights the context names.

    Args:
        context: Its weights, device, score, trust and haste count.
        classes: Names as the network has them, such as ``dog``; of a network trained on COCO, 80 are known.

    Raises:
        MaskerError: The network knows no such class.
        WeightsError: The weights are missing, damaged, or of a format without its runtime.
        DeviceError: There is no such device.
    """
    network, file = load_detector(
        context.weights, context.device, trust_pickle=context.trust_pickle, offline=context.offline
    )
    known = {name: index for index, name in enumerate(network.info.names)}
    wanted = [name.strip().lower() for name in classes]
    if unknown := [name for name in wanted if name not in known]:
        raise MaskerError(
            f"the weights {file.name} know no class {unknown[0]!r}; {did_you_mean(unknown[0], known=known, at_most=3)}"
        )
    detector = YoloDetector(network, file, {known[name]: context.min_score for name in wanted})
    return ClassMasker(detector, wanted, fast=context.fast)


class ClassMasker:
    """Finds things with a detector."""

    works_on_parts = True

    def __init__(self, detector: YoloDetector, labels: Sequence[str], *, fast: bool) -> None:
        self.weights_name, self.weights_sha256 = detector.weights_name, detector.weights_sha256
        self._detector, self._labels, self._fast = detector, tuple(labels), fast

    def __call__(self, image: ImageArray, /) -> list[Person]:
        """Find things in an RGB uint8 (H, W, 3) photo, the surest first."""
        found = detect_in_views(image, self._detector, fast=self._fast)
        # Class by class: a dog on a couch is no second outline of the couch.
        things = [thing for label in self._labels for thing in merge_views(d for d in found if d.label == label)]
        return [refine(image, thing) for thing in sorted(things, key=lambda thing: -thing.outline.score)]
