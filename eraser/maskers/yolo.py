"""The built-in masker: a YOLO segmentation network through ultralytics.

fit       photo -> the network's input: scaled, grey around it
detect    input -> boxes, scores and coarse mask logits, people only
decode    logits -> a mask at the photo's resolution in each person's box
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from eraser.arrays import ImageArray, check_image
from eraser.maskers._doubles import merge_doubles
from eraser.maskers._network import Network, load_network, out_of_memory_is_device_error
from eraser.maskers._prototypes import Placement, decode_person
from eraser.maskers.base import MaskerContext
from eraser.people import Person
from eraser.weights import WeightsFile, find

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

_STRIDE = 32
_SMALLEST_PX, _LARGEST_PX = 640, 1280
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
    return YoloMasker(network, file, context.min_score)


class YoloMasker:
    """Finds people with a loaded network."""

    def __init__(self, network: Network, file: WeightsFile, min_score: float) -> None:
        self.weights_name = file.name
        """The weights' name in the manifest, or their file's name."""
        self.weights_sha256 = file.sha256
        """64 lower-case hex digits."""
        self._network = network
        self._min_score = min_score

    def __call__(self, image: ImageArray, /) -> list[Person]:
        """Find people, the surest first.

        Args:
            image: (H, W, 3) RGB uint8, upright.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        check_image(image)
        size_wh = (image.shape[1], image.shape[0])
        placement = place(size_wh, self._network.fixed_hw, self._network.best_px)
        with out_of_memory_is_device_error():
            found = self._network.detect(_to_tensor(fit(image, placement)), self._min_score)
        log.debug("%d people in an input of %s x %s pixels", len(found.scores), *placement.input_wh)
        boxes = placement.to_photo(found.boxes)
        people = (
            decode_person(logits, box, float(score), placement, size_wh)
            for logits, box, score in zip(found.logits, boxes, found.scores, strict=True)
        )
        return merge_doubles(person for person in people if person is not None)


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
