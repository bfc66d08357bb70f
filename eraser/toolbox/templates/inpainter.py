"""Fills the hole with the mean colour around it.

    erase-me photo.jpg --inpainter example
    erase-me photo.jpg --inpainter example --inpainter-option ring_px=30

The first line above is what `eraser inpainters list` shows. Replace `Example.__call__` by a way of your own to fill a
hole. All that is used from erase-me is imported below.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from eraser import Fill, InpainterContext

LICENCE = "your licence, such as MIT"
# WEIGHTS = "example.safetensors"  # a file in context.weights_dir, if you need one: the list says whether it is there


@dataclass(frozen=True)
class ExampleOptions:
    """What can be given as `--inpainter-option key=value`; `eraser inpainters show example` lists it.

    Types are str, int, float, bool, Path, Literal["a", "b"], X | None, and tuple[...] of these. What __post_init__
    raises as a ValueError is shown to the person as one line.
    """

    ring_px: int = field(default=8, metadata={"help": "width of the ring whose colours are averaged"})

    def __post_init__(self) -> None:
        if self.ring_px < 1:
            raise ValueError(f"ring_px must be at least 1, got {self.ring_px}")


def load_inpainter(context: InpainterContext[ExampleOptions]) -> Example:
    """Build the inpainter, once for a run; load a network here, onto `context.device`."""
    return Example(context.options)


class Example:
    """One colour a hole."""

    def __init__(self, options: ExampleOptions) -> None:
        self._options = options

    def __call__(self, image: npt.NDArray[np.uint8], hole: npt.NDArray[np.bool_], /) -> Fill:
        """Called once for each hole, with the part of the photo around it, large ones scaled down.

        Args:
            image: (h, w, 3) RGB uint8; what stands in the hole means nothing.
            hole: (h, w), True = to fill. It may cover the whole crop.

        Returns:
            The crop, of the same size, with its hole filled. Only pixels of the hole are used.
        """
        side_px = 2 * self._options.ring_px + 1
        ring = cv2.dilate(hole.astype(np.uint8), np.ones((side_px, side_px), np.uint8)).astype(bool) & ~hole
        filled = image.copy()
        filled[hole] = image[ring].mean(axis=0).round().astype(np.uint8) if ring.any() else 127
        return Fill(filled)
