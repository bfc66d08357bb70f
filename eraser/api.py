"""The Python API: a photo in one call, or an engine for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from typing_extensions import Unpack

from eraser.config import Device, EraseRequest, ModelConfig, Shadows, Unsure
from eraser.engine import shared_engine
from eraser.geometry import MaskArray
from eraser.photo import Picture
from eraser.plugins.options import as_pairs
from eraser.result import EraseResult


class EraseOptions(TypedDict, total=False):
    """Fields of ``ModelConfig`` and ``EraseRequest``, which say what each one means."""

    masker: str
    masker_options: Mapping[str, Any] | Sequence[tuple[str, str]]
    masker_timeout: float | None
    people_weights: str
    inpainter: str
    inpainter_options: Mapping[str, Any] | Sequence[tuple[str, str]]
    fill_weights: str
    device: Device
    min_score: float | None
    with_belongings: bool
    fast: bool
    offline: bool
    trust_pickle: bool
    who: str
    at: Sequence[tuple[int, int]]
    keep: str | Sequence[str]
    unsure: Unsure
    add_mask: bool
    second_look: bool
    shadows: Shadows
    dilate_px: int | None
    feather_px: int | None


_LOADED = frozenset(ModelConfig.__dataclass_fields__)


def erase(photo: Picture, *, mask: MaskArray | None = None, **options: Unpack[EraseOptions]) -> EraseResult:
    """Take people out of a photo.

    Args:
        photo: A Photo, a path, the bytes of a file, a binary file, a Pillow image, or an RGB uint8 (H, W, 3) array.
            All but arrays are turned upright.
        mask: (H, W) bool, removed exactly as it is: instead of the people, or with ``add_mask=True`` on top of them.
        **options: Fields of ``ModelConfig`` and ``EraseRequest``, such as ``who="others"`` or ``dilate_px=12``; options
            of a plugin as a mapping, such as ``masker_options={"box": (10, 20, 300, 400)}``.

    Returns:
        The picture, the hole and who went. Networks stay loaded, and all calls share them.

    Raises:
        EraserError: The photo, the masker, the inpainter or the weights cannot be used.
        TypeError: An option does not exist or is of another type, or the array has another dtype.
        ValueError: An option or a shape makes no sense.
    """
    given: dict[str, Any] = dict(options)
    if "at" in given:  # a list of pixels will do
        given["at"] = tuple((int(x), int(y)) for x, y in given["at"])
    if "keep" in given:  # so will one name
        given["keep"] = (given["keep"],) if isinstance(given["keep"], str) else tuple(given["keep"])
    for name in ("masker_options", "inpainter_options"):
        if name in given:
            given[name] = as_pairs(given[name])
    config = ModelConfig(**{name: value for name, value in given.items() if name in _LOADED})
    request = EraseRequest(**{name: value for name, value in given.items() if name not in _LOADED})
    return shared_engine(config).erase(photo, request, mask=mask)
