"""Inpainters by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from eraser.inpaint.requirements import DEFAULT_REQUIREMENTS, Requirements
from eraser.plugins import registry
from eraser.plugins.kind import Kind, entry_points_of

GROUP = "eraser.inpainters"

INPAINTERS: Kind[Inpainter] = Kind(
    noun="inpainter",
    group=GROUP,
    factory="load_inpainter",
    context=InpainterContext,
    called_with="a crop and its hole",
    default_kind=False,
    builtins=entry_points_of(
        GROUP,
        {
            "patches": "eraser.inpaint.patches:load_inpainter",
            "guided": "eraser.inpaint.guided:load_inpainter",
            "generator": "eraser.inpaint.generator:load_inpainter",
            "lama": "eraser.inpaint.exported:load_lama",
            "migan": "eraser.inpaint.exported:load_migan",
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


BUILTIN_REQUIREMENTS: Mapping[str, Requirements] = {
    "patches": Requirements(compiles=True),
    "guided": Requirements(has_weights=True, compiles=True),
    "generator": Requirements(has_weights=True),
    "lama": Requirements(has_weights=True),
    "migan": Requirements(has_weights=True),
    "telea": DEFAULT_REQUIREMENTS,
    "navier-stokes": DEFAULT_REQUIREMENTS,
}
"""Of the built-ins, known without importing any of them."""


def requirements(name: str) -> Requirements:
    """What the inpainter of a name wants, before it is loaded. A plugin is taken to have weights."""
    return BUILTIN_REQUIREMENTS.get(name, _OF_PLUGINS)


_OF_PLUGINS = Requirements(has_weights=True)
