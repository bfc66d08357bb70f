"""A view of a photo in a network's input: scaled as one, in the middle, grey around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from eraser.geometry import FloatArray, ImageArray

_BOX_MARGIN = 0.05
"""How far a mask may reach beyond its box, in parts of the box: boxes tend to cut hands and hair."""
_BOX_MARGIN_PX = 2.0
"""At least that far, in pixels of the network's input, which is about how exact its boxes are."""
_STRIDE = 32
_SMALLEST_PX, _LARGEST_PX = 640, 1280
_GREY = 114
"""What ultralytics puts around photos in training."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a photo lies in the network's input."""

    scale_xy: tuple[float, float]
    """Input pixels a photo pixel."""
    offset_xy: tuple[int, int]
    """Input pixels left of and above the photo."""
    input_wh: tuple[int, int]
    """Size of the input."""

    def to_photo(self, boxes: FloatArray) -> FloatArray:
        """(N, 4) boxes x0 y0 x1 y1 from the input's pixels to the photo's."""
        scale, offset = np.array(self.scale_xy * 2, np.float32), np.array(self.offset_xy * 2, np.float32)
        return ((boxes - offset) / scale).astype(np.float32)

    def margin_px(self, box: FloatArray) -> tuple[float, float]:
        """How far a mask may reach beyond a (4,) box of the photo, to the sides and up and down, in photo pixels."""
        width, height = float(box[2] - box[0]), float(box[3] - box[1])
        scale_x, scale_y = self.scale_xy
        return max(_BOX_MARGIN * width, _BOX_MARGIN_PX / scale_x), max(_BOX_MARGIN * height, _BOX_MARGIN_PX / scale_y)

    def cell_px(self, shape: tuple[int, ...]) -> float:
        """Photo pixels a cell of an (h, w) mask over the whole input, along the side where they are larger."""
        sides = zip(self.input_wh, shape[1::-1], self.scale_xy, strict=True)
        return max(input_px / cells / scale for input_px, cells, scale in sides)


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


def _up_to_stride(side: int) -> int:
    return -(-side // _STRIDE) * _STRIDE
