"""The built-in masker: a YOLO segmentation network through ultralytics.

plan_tiles      a large photo -> the views beside the whole: small people are large in them
fit             view -> the network's input: scaled, grey around it
detect          input -> boxes, scores and coarse mask logits of people, and of things that may be theirs
decode          logits -> a first outline in each box
merge_views     everybody once, whole
give_to_owners  bags, boards and bicycles become part of their people
refine          outline -> mask at the photo's resolution, along the edges that the photo shows
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import Box, ImageArray, Person, check_image
from eraser.maskers import _belongings
from eraser.maskers._belongings import Thing, give_to_owners
from eraser.maskers._deduplicate import merge_doubles
from eraser.maskers._detections import Sighting
from eraser.maskers._edges import refine
from eraser.maskers._network import Network, load_network, out_of_memory_is_device_error
from eraser.maskers._prototypes import Placement, decode
from eraser.maskers._tiles import is_cut, merge_views, plan_tiles
from eraser.maskers.base import MaskerContext
from eraser.weights import WeightsFile, find

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "people"
"""Those of the default; `eraser maskers list` says whether they are here."""

_STRIDE = 32
_SMALLEST_PX, _LARGEST_PX = 640, 1280
_TILE_PX = 960
"""Longer side of a tile's input, for networks that take any."""
_GREY = 114
"""What ultralytics puts around photos in training."""


def load_masker(context: MaskerContext) -> YoloMasker:
    """The masker ``yolo``, with the weights that the context names.

    Raises:
        WeightsError: They are missing, damaged, of a format without its runtime, or know no people.
        DeviceError: There is no such device.
    """
    file = find(context.weights, "people", trust_pickle=context.trust_pickle)
    network = load_network(file, context.device, trust_pickle=context.trust_pickle)
    min_score = context.min_score
    if context.weights_may_choose_score and network.own_min_score is not None:
        min_score = network.own_min_score
    return YoloMasker(network, file, min_score, with_belongings=context.with_belongings, fast=context.fast)


class YoloMasker:
    """Finds people with a loaded network."""

    works_on_parts = True

    def __init__(
        self, network: Network, file: WeightsFile, min_score: float, *, with_belongings: bool = True, fast: bool = False
    ) -> None:
        self.weights_name = file.name
        """The weights' name in the manifest, or their file's name."""
        self.weights_sha256 = file.sha256
        """64 lower-case hex digits."""
        self._network = network
        self._min_scores = {network.person: min_score}
        if with_belongings:
            self._min_scores |= dict.fromkeys(network.belongings, _belongings.MIN_SCORE)
        self._fast = fast

    def __call__(self, image: ImageArray, /) -> list[Person]:
        """Find people, the surest first.

        Args:
            image: (H, W, 3) RGB uint8, upright.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        seen = look(image, self._network, self._min_scores, fast=self._fast)
        people = merge_views(sighting for kind, sighting in seen if kind == self._network.person)
        bonds = self._network.belongings
        things = [Thing(bonds[kind], thing) for kind, thing in seen if kind != self._network.person and not thing.cut]
        # Two outlines of one person that differed at first may be the same now.
        return merge_doubles(refine(image, person) for person in give_to_owners(people, things))


def look(
    image: ImageArray, network: Network, min_scores: Mapping[int, float], *, fast: bool = False
) -> list[tuple[int, Sighting]]:
    """Class and sighting, in the photo's pixels, of all that a network sees in the photo and in its tiles.

    Args:
        image: (H, W, 3) RGB uint8, upright.
        network: What looks.
        min_scores: Class -> confidence in [0, 1]; other classes are not looked for.
        fast: Leave the tiles out.

    Raises:
        DeviceError: The device's memory does not suffice.
    """
    check_image(image)
    size_wh = (image.shape[1], image.shape[0])
    views = [Box(0, 0, *size_wh)] + ([] if fast else plan_tiles(size_wh))
    seen = [sighting for view in views for sighting in _look_at(image, view, network, min_scores)]
    log.debug("%d sightings in %d views", len(seen), len(views))
    return seen


def _look_at(
    image: ImageArray, view: Box, network: Network, min_scores: Mapping[int, float]
) -> Iterator[tuple[int, Sighting]]:
    """Class and sighting, in the photo's pixels, of all that is seen in a part of the photo."""
    size_wh = (image.shape[1], image.shape[0])
    is_tile = (view.width, view.height) != size_wh
    best_px = network.best_px or (_TILE_PX if is_tile else None)
    placement = place((view.width, view.height), network.fixed_hw, best_px)
    with out_of_memory_is_device_error():
        found = network.detect(_to_tensor(fit(image[view.slices], placement)), min_scores)
    boxes = placement.to_photo(found.boxes)
    for kind, score, box, logits in zip(found.classes, found.scores, boxes, found.logits, strict=True):
        sighting = decode(logits, box, float(score), placement, (view.width, view.height))
        if sighting is not None:
            sighting = sighting.shift(view.x0, view.y0)
            cut = is_tile and is_cut(sighting.box, view, size_wh, min(placement.scale_xy))
            yield int(kind), replace(sighting, cut=cut)


def place(size_wh: tuple[int, int], fixed_hw: tuple[int, int] | None, best_px: int | None) -> Placement:
    """Where a photo goes in the network's input: scaled as one, in the middle.

    Args:
        size_wh: The photo's size.
        fixed_hw: The input's size, where the network takes only one.
        best_px: The input's longer side, where one is best. None takes half of the photo's, between 640 and 1280:
            beyond that, people in the foreground are larger than any the network was trained on.
    """
    longest = max(size_wh)
    if fixed_hw is not None:
        fits = min(fixed_hw[1] / size_wh[0], fixed_hw[0] / size_wh[1])
    else:
        side = best_px or min(max(longest // 2, _SMALLEST_PX), _LARGEST_PX)
        fits = _up_to_stride(side) / longest
    inner = [max(1, round(side * fits)) for side in size_wh]
    outer = (fixed_hw[1], fixed_hw[0]) if fixed_hw is not None else (_up_to_stride(inner[0]), _up_to_stride(inner[1]))
    return Placement(
        scale_xy=(inner[0] / size_wh[0], inner[1] / size_wh[1]),
        offset_xy=((outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2),
        input_wh=outer,
    )


def fit(image: ImageArray, placement: Placement) -> ImageArray:
    """An RGB photo (H, W, 3) as the input that ``placement`` describes, grey where there is no photo."""
    width, height = (round(side * scale) for side, scale in zip(image.shape[1::-1], placement.scale_xy, strict=True))
    smaller = width < image.shape[1]
    inner = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    canvas = np.full((placement.input_wh[1], placement.input_wh[0], 3), _GREY, np.uint8)
    left, top = placement.offset_xy
    canvas[top : top + height, left : left + width] = inner
    return canvas


def _to_tensor(canvas: npt.NDArray[np.uint8]) -> torch.Tensor:
    """(1, 3, H, W) float in [0, 1]."""
    import torch

    return torch.from_numpy(canvas).permute(2, 0, 1)[None].contiguous().float().div_(255.0)


def _up_to_stride(side: int) -> int:
    return -(-side // _STRIDE) * _STRIDE
