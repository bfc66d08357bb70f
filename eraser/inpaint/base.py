"""The Inpainter protocol, numpy only: what every way to fill a hole looks like from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, runtime_checkable

import numpy as np
from typing_extensions import TypeVar

from eraser.errors import InpainterError, InpainterOutputError
from eraser.geometry import ImageArray, IntArray, MaskArray
from eraser.plugins.calls import call
from eraser.system.device import DeviceField

OUT_OF_MEMORY = "the memory does not suffice to complete the hole: try --device cpu, or --inpainter patches"
"""For inpainters with a network."""
OffsetArray: TypeAlias = IntArray
"""(h, w, 2): (dy, dx) from a hole pixel to the known pixel that it copies; undefined outside the hole."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A completed crop."""

    image: ImageArray
    """(h, w, 3), the size of what was given. Only hole pixels are used."""
    offsets: OffsetArray | None = None
    """Where each hole pixel was copied from, if it was copied: lets the crop be redone at the photo's resolution."""


Options = TypeVar("Options", default=None)
"""The dataclass of options that a factory declares; None for a plain ``InpainterContext``."""


# Without slots: a generic frozen dataclass that has them cannot be made as InpainterContext[X](...).
@dataclass(frozen=True, kw_only=True)
class InpainterContext(Generic[Options]):
    """What an inpainter is told when it is built."""

    device: DeviceField = DeviceField()  # noqa: RUF009 - a descriptor, and reads as a str
    """Where networks run: ``cpu``, ``cuda`` or ``mps``. Found out when it is first read."""
    weights_dir: Path
    """The person's weights folder."""
    weights: str = "fill"
    """Name in the manifest, or path, of the weights asked for."""
    offline: bool = False
    """Whether the network must not be used."""
    trust_pickle: bool = False
    """Whether the person allowed weights that can run code when they are loaded."""
    options: Options = None  # type: ignore[assignment]  # right for a plain InpainterContext, the only one it serves
    """What was given as ``--inpainter-option key=value``, as the dataclass that the factory declares."""


@runtime_checkable
class Inpainter(Protocol):
    """Fills holes."""

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete a crop.

        Args:
            image: (h, w, 3) RGB uint8; hole pixels hold no usable colour.
            hole: (h, w), True = to fill. Never empty; may, at worst, cover the whole crop.
        """


InpainterFactory: TypeAlias = Callable[[InpainterContext[Any]], Inpainter]


def run_inpainter(inpainter: Inpainter, image: ImageArray, hole: MaskArray, name: str) -> Fill:
    """How the inpainter ``name`` completes a crop, checked. It gets arrays of its own, to write to as it likes.

    Raises:
        InpainterOutputError: It returned something else than the completed crop.
        InpainterError: It failed; the cause is chained.
        EraserError: What the inpainter itself reports, such as memory that does not suffice.
    """
    fill = call(lambda: inpainter(image.copy(), hole.copy()), InpainterError, f"the inpainter {name} failed")
    return check_fill(fill, image.shape, name, hole)


def check_fill(fill: object, shape: tuple[int, ...], name: str, hole: MaskArray | None = None) -> Fill:
    """What the inpainter ``name`` returned, once it is known to fit a crop of ``shape``.

    Args:
        fill: What it returned.
        shape: (h, w, 3) of the crop.
        name: For messages.
        hole: (h, w) of the crop; with it, offsets are checked too.

    Raises:
        InpainterOutputError: It is no Fill, its image has another shape or dtype, or its offsets lead elsewhere than
            to known pixels of the crop.
    """
    if not isinstance(fill, Fill):
        raise InpainterOutputError(f"the inpainter {name} must return an eraser.Fill, got {type(fill).__name__}")
    if not isinstance(fill.image, np.ndarray) or fill.image.shape != shape or fill.image.dtype != np.uint8:
        raise InpainterOutputError(
            f"the inpainter {name} must return a uint8 image of shape {shape}, got {_describe(fill.image)}"
        )
    if fill.offsets is None:
        return fill
    offsets, expected = fill.offsets, (*shape[:2], 2)
    if not isinstance(offsets, np.ndarray) or offsets.shape != expected or offsets.dtype != np.int32:
        raise InpainterOutputError(
            f"the inpainter {name} must return int32 offsets of shape {expected}, got {_describe(offsets)}"
        )
    if hole is not None and not _lead_to_known(offsets, hole):
        raise InpainterOutputError(
            f"the inpainter {name} returned offsets that do not lead to known pixels of the crop"
        )
    return fill


def _lead_to_known(offsets: OffsetArray, hole: MaskArray) -> bool:
    """Whether each hole pixel's offset leads to a pixel of the crop that is not hole."""
    rows, columns = np.nonzero(hole)
    rows, columns = rows + offsets[hole, 0], columns + offsets[hole, 1]
    inside = (rows >= 0) & (rows < hole.shape[0]) & (columns >= 0) & (columns < hole.shape[1])
    return bool(inside.all()) and not bool(hole[rows, columns].any())


def _describe(value: object) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
