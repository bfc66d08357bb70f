"""The Python API in one call."""

from __future__ import annotations

from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from eraser.config import EraseConfig
from eraser.engine import Eraser
from eraser.geometry import ImageArray, MaskArray
from eraser.photo import load, upright_rgb
from eraser.pipeline import EraseResult
from eraser.plugins.options import as_pairs

Picture: TypeAlias = "str | PathLike[str] | Image.Image | ImageArray"


def erase(photo: Picture, *, mask: MaskArray | None = None, **options: Any) -> EraseResult:  # noqa: ANN401
    """Take people out of a photo.

    Args:
        photo: A path, a Pillow image, or an RGB uint8 (H, W, 3) array. Paths and Pillow images are turned upright.
        mask: (H, W) bool, removed exactly as it is: instead of the people, or with ``add_mask=True`` on top of them.
        **options: Fields of EraseConfig, such as ``who="others"`` or ``dilate_px=12``; options of a plugin as
            a mapping, such as ``masker_options={"box": (10, 20, 300, 400)}``.

    Returns:
        The picture, the hole and who went. Networks stay loaded for the next call with the same options.

    Raises:
        EraserError: The photo, the masker, the inpainter or the weights cannot be used.
        TypeError: An option does not exist or is of another type, or the array has another dtype.
        ValueError: An option or a shape makes no sense.
    """
    if "at" in options:  # a list of pixels will do, but could not be looked up below
        options["at"] = tuple((int(x), int(y)) for x, y in options["at"])
    for name in ("masker_options", "inpainter_options"):
        if name in options:
            options[name] = as_pairs(options[name])
    return _eraser(EraseConfig(**options))(_pixels(photo), mask)


@lru_cache(maxsize=2)
def _eraser(config: EraseConfig) -> Eraser:
    return Eraser(config)


def _pixels(photo: Picture) -> ImageArray:
    if isinstance(photo, np.ndarray):
        return photo
    if isinstance(photo, Image.Image):
        return upright_rgb(photo)
    return load(Path(photo)).image
