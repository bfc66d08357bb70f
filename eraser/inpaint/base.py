"""The Inpainter protocol, numpy only: what every way to fill a hole looks like from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from eraser.arrays import ImageArray, IntArray, MaskArray
from eraser.errors import InpainterError

OffsetArray: TypeAlias = IntArray
"""(h, w, 2): (dy, dx) from a hole pixel to the known pixel that it copies; undefined outside the hole."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A completed crop."""

    image: ImageArray
    """(h, w, 3), the size of what was given. Only hole pixels are used."""
    offsets: OffsetArray | None = None
    """Where each hole pixel was copied from, if it was copied: lets the crop be redone at the photo's resolution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InpainterContext:
    """What an inpainter is told when it is built."""

    device: str = "cpu"
    """Where networks run: ``cpu``, ``cuda`` or ``mps``."""
    weights_dir: Path
    """The person's weights folder."""
    weights: str = "fill"
    """Name in the manifest, or path, of the weights asked for."""
    trust_pickle: bool = False
    """Whether the person allowed weights that can run code when they are loaded."""


@runtime_checkable
class Inpainter(Protocol):
    """Fills holes."""

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete a crop.

        Args:
            image: (h, w, 3) RGB uint8; hole pixels hold no usable colour.
            hole: (h, w), True = to fill. Never empty; may, at worst, cover the whole crop.
        """


def check_fill(fill: object, shape: tuple[int, ...], name: str) -> Fill:
    """What the inpainter ``name`` returned, once it is known to fit a crop of ``shape``.

    Raises:
        InpainterError: It is no Fill, or its image has another shape or dtype.
    """
    if not isinstance(fill, Fill):
        raise InpainterError(f"the inpainter {name} must return an eraser.Fill, got {type(fill).__name__}")
    if fill.image.shape != shape or fill.image.dtype != np.uint8:
        got = f"{fill.image.dtype} {fill.image.shape}"
        raise InpainterError(f"the inpainter {name} must return a uint8 image of shape {shape}, got {got}")
    return fill
