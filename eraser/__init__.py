"""Take the people out of photos.

The flow, a package a stage: photo -> maskers -> select -> hole -> inpaint -> composite -> second_look -> photo.

    from eraser import erase
    result = erase("photo.jpg", who="all")      # result.image is RGB uint8 (H, W, 3)

Nothing heavy is imported until it is used.

Words are explained in docs/glossary.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eraser.api import erase
    from eraser.config import EraseRequest, ModelConfig
    from eraser.engine import Engine
    from eraser.errors import EraserError
    from eraser.geometry import Box, Person
    from eraser.inpaint.base import Fill, InpainterContext
    from eraser.maskers.base import MaskerContext
    from eraser.photo import Photo, load
    from eraser.plugins import INTERFACE_VERSION
    from eraser.result import EraseResult
    from eraser.select import Selection, Selector

__version__ = "0.1.0"

__all__ = [
    "INTERFACE_VERSION",
    "Box",
    "Engine",
    "EraseRequest",
    "EraseResult",
    "EraserError",
    "Fill",
    "InpainterContext",
    "MaskerContext",
    "ModelConfig",
    "Person",
    "Photo",
    "Selection",
    "Selector",
    "erase",
    "load",
]

_HOMES = {
    "INTERFACE_VERSION": "eraser.plugins",
    "Box": "eraser.geometry",
    "Engine": "eraser.engine",
    "EraseRequest": "eraser.config",
    "EraseResult": "eraser.pipeline",
    "EraserError": "eraser.errors",
    "Fill": "eraser.inpaint.base",
    "InpainterContext": "eraser.inpaint.base",
    "MaskerContext": "eraser.maskers.base",
    "ModelConfig": "eraser.config",
    "Person": "eraser.geometry",
    "Photo": "eraser.photo",
    "Selection": "eraser.select",
    "Selector": "eraser.select",
    "erase": "eraser.api",
    "load": "eraser.photo",
}


def __getattr__(name: str) -> object:
    """Public names, imported when they are first asked for: ``erase-me --help`` waits for none of them."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'eraser' has no attribute {name!r}")
