"""Things of any class that a YOLO segmentation network knows, seen with the means of the masker ``yolo``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eraser.errors import MaskerError
from eraser.geometry import ImageArray, Person
from eraser.maskers._edges import refine
from eraser.maskers._network import Network, load_network
from eraser.maskers._tiles import merge_views
from eraser.maskers.base import MaskerContext
from eraser.maskers.yolo import look
from eraser.weights import WeightsFile, find
from eraser.weights.files import did_you_mean


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
    file = find(context.weights, "people", trust_pickle=context.trust_pickle)
    network = load_network(file, context.device, trust_pickle=context.trust_pickle)
    known = {str(name).lower(): int(index) for index, name in network.backend.names.items()}
    wanted = [name.strip().lower() for name in classes]
    if unknown := [name for name in wanted if name not in known]:
        raise MaskerError(f"the weights {file.name} know no class {unknown[0]!r}{did_you_mean(unknown[0], known)}")
    return ClassMasker(network, file, {known[name]: context.min_score for name in wanted}, fast=context.fast)


class ClassMasker:
    """Finds things with a loaded network."""

    works_on_parts = True

    def __init__(self, network: Network, file: WeightsFile, min_scores: dict[int, float], *, fast: bool) -> None:
        self.weights_name, self.weights_sha256 = file.name, file.sha256
        self._network, self._min_scores, self._fast = network, min_scores, fast

    def __call__(self, image: ImageArray, /) -> list[Person]:
        """Find things in an RGB uint8 (H, W, 3) photo, the surest first."""
        seen = look(image, self._network, self._min_scores, fast=self._fast)
        # Class by class: a dog on a couch is no second outline of the couch.
        things = [thing for kind in self._min_scores for thing in merge_views(s for k, s in seen if k == kind)]
        return [refine(image, thing) for thing in sorted(things, key=lambda thing: -thing.outline.score)]
