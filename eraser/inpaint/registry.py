"""Inpainters by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TypeAlias

from eraser.errors import (
    DuplicateInpainterError,
    InpainterLoadError,
    InpainterOptionError,
    UnknownInpainterError,
)
from eraser.inpaint.base import Inpainter, InpainterContext
from eraser.plugins import registry
from eraser.plugins.kind import Kind, entry_points_of

GROUP = "eraser.inpainters"

NETWORK_INPAINTERS = frozenset({"guided", "generator"})
"""Built-ins that run on a device and have weights: the others work where torch finds none, without importing it."""
SEARCHING_INPAINTERS = frozenset({"patches", "guided"})
"""Built-ins that run the patch search, which is compiled on a machine's first run."""

INPAINTERS: Kind[Inpainter] = Kind(
    noun="inpainter",
    group=GROUP,
    factory="load_inpainter",
    context=InpainterContext,
    called_with="a crop and its hole",
    takes_strays=False,
    builtins=entry_points_of(
        GROUP,
        {
            "patches": "eraser.inpaint.patches:load_inpainter",
            "guided": "eraser.inpaint.guided:load_inpainter",
            "generator": "eraser.inpaint.generator:load_inpainter",
            "telea": "eraser.inpaint.classic:load_telea",
            "navier-stokes": "eraser.inpaint.classic:load_navier_stokes",
        },
    ),
    unknown=UnknownInpainterError,
    duplicate=DuplicateInpainterError,
    unloadable=InpainterLoadError,
    misconfigured=InpainterOptionError,
)
"""What fills holes."""

InpainterRegistry: TypeAlias = registry.Registry[Inpainter]


def discover(folders: Sequence[Path] = (), installed: Iterable[EntryPoint] = ()) -> InpainterRegistry:
    """All inpainters, as ``eraser.plugins.registry.discover`` finds them.

    Raises:
        InpainterLoadError: A folder cannot be read.
    """
    return registry.discover(INPAINTERS, folders, installed)


def needs_device(name: str) -> bool:
    """Whether an inpainter runs on a device; of a plugin that is taken for granted."""
    builtin = {entry_point.name for entry_point in INPAINTERS.builtins}
    return name in NETWORK_INPAINTERS or name not in builtin
