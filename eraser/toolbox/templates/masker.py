"""Takes out what is red.

    erase-me photo.jpg --masker example
    erase-me photo.jpg --masker example --masker-option redness=120
    erase-me photo.jpg --masker yolo+example        # the people, and what is red

The first line above is what `eraser maskers list` shows. Replace `Example.__call__` by a way of your own to say which
pixels go: a network, a colour, a click. All that is used from erase-me is imported below.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from eraser import MaskerContext, Person

LICENCE = "your licence, such as MIT"
# WEIGHTS = "example.safetensors"  # a file in context.weights_dir, if you need one: the list says whether it is there


@dataclass(frozen=True)
class ExampleOptions:
    """What can be given as `--masker-option key=value`; `eraser maskers show example` lists it.

    Types are str, int, float, bool, Path, Literal["a", "b"], X | None, and tuple[...] of these. What __post_init__
    raises as a ValueError is shown to the person as one line.
    """

    redness: int = field(default=90, metadata={"help": "how much more red than green and blue, in steps of 255"})
    min_px: int = field(default=30, metadata={"help": "smaller spots are left alone"})

    def __post_init__(self) -> None:
        if not 0 < self.redness <= 255:
            raise ValueError(f"redness must lie in 1 to 255, got {self.redness}")


def load_masker(context: MaskerContext[ExampleOptions]) -> Example:
    """Build the masker, once for a run; load a network here, onto `context.device`."""
    return Example(context.options)


class Example:
    """Each red spot is a "person" of its own, with a number that `--who` can choose."""

    def __init__(self, options: ExampleOptions) -> None:
        self._options = options

    def __call__(self, image: npt.NDArray[np.uint8], /) -> list[Person]:
        """Called once for each photo. With an attribute `works_on_parts = True` also for parts of the result.

        Args:
            image: (H, W, 3) RGB uint8, upright. It cannot be written to: copy it first if you must.

        Returns:
            Anybody or anything that may go; an empty list if there is nothing.
        """
        red, green, blue = (image[..., channel].astype(np.int16) for channel in range(3))
        is_red = red - np.maximum(green, blue) >= self._options.redness
        count, labels = cv2.connectedComponents(is_red.astype(np.uint8))
        spots: list[npt.NDArray[Any]] = [labels == label for label in range(1, count)]
        # A mask has the photo's size and is bool; the score, in [0, 1], must not lie below context.min_score.
        return [Person.from_mask(spot, score=1.0) for spot in spots if np.count_nonzero(spot) >= self._options.min_px]
