"""The contract of inpainters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eraser.geometry import ImageArray, MaskArray
from eraser.inpaint.base import Fill, InpainterContext, run_inpainter
from eraser.inpaint.registry import INPAINTERS
from eraser.testing.subject import Options, Subject, build


def check_inpainter(
    inpainter: Subject,
    *,
    options: Options = (),
    crops: Sequence[tuple[ImageArray, MaskArray]] | None = None,
    context: InpainterContext[Any] | None = None,
) -> list[Fill]:
    """Whether an inpainter keeps what the rest of erase-me relies on.

    It is built by its factory; its options have defaults and help. It returns a picture of the crop's size, and
    offsets, if any, that lead to known pixels. What lies under the hole makes no difference to it. It fills holes at
    the edge, of one pixel, and of the whole crop.

    Args:
        inpainter: Its file, its name as after ``--inpainter``, its factory, or the inpainter itself. A callable is a
            factory if its first parameter is called ``context`` or annotated so, or if it is a class.
        options: Such as ``{"model": "lama.pt"}``.
        crops: (h, w, 3) RGB uint8 with (h, w) bool holes; None takes four small generated ones.
        context: What the factory is told; None for the CPU and a weights folder that is empty.

    Returns:
        How each crop was filled, for tests of one's own.

    Raises:
        AssertionError: It does not keep one of these promises.
        InpainterError: It cannot be built, it fails, or it returns something else than a filled crop.
    """
    given = context or InpainterContext(weights_dir=Path("no-such-weights-folder"))
    name, built = build(INPAINTERS, inpainter, options, given)
    fills = []
    for image, hole in _generated() if crops is None else crops:
        fills.append(run_inpainter(built, _with_hole(image, hole, 0), hole, name))
        before = fills[-1].image.copy()
        other = run_inpainter(built, _with_hole(image, hole, 255), hole, name)
        if not np.array_equal(before[hole], other.image[hole]):
            raise AssertionError(
                f"{name} fills a hole of {int(hole.sum())} pixels in another way when other colours lie under it: it "
                f"must not look there, nor be random"
            )
        if not np.array_equal(before, fills[-1].image):
            raise AssertionError(f"{name} wrote to a picture that it had returned before")
    return fills


def _with_hole(image: ImageArray, hole: MaskArray, value: int) -> ImageArray:
    return np.where(hole[..., None], np.uint8(value), image)


def _generated() -> list[tuple[ImageArray, MaskArray]]:
    """Stripes with holes: in the middle, at the edge of odd sides, of one pixel, and everywhere."""
    crops = []
    for (width, height), box in (
        ((64, 48), (24, 16, 40, 32)),
        ((53, 71), (0, 30, 12, 71)),
        ((40, 40), (20, 20, 21, 21)),
        ((32, 24), (0, 0, 32, 24)),
    ):
        stripes = 90 + 60 * ((np.add.outer(np.arange(height), np.arange(width)) // 6) % 2)
        image = np.stack([stripes, stripes // 2, 200 - stripes], axis=-1).astype(np.uint8)
        hole = np.zeros((height, width), np.bool_)
        hole[box[1] : box[3], box[0] : box[2]] = True
        crops.append((image, hole))
    return crops
