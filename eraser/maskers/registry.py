"""Maskers by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TypeAlias

from eraser.errors import (
    DuplicateMaskerError,
    MaskerLoadError,
    MaskerOptionError,
    UnknownMaskerError,
)
from eraser.maskers.base import Masker, MaskerContext
from eraser.plugins import registry
from eraser.plugins.kind import Kind, entry_points_of

GROUP = "eraser.maskers"

MASKERS: Kind[Masker] = Kind(
    noun="masker",
    group=GROUP,
    factory="load_masker",
    context=MaskerContext,
    called_with="a photo",
    default_kind=True,
    builtins=entry_points_of(GROUP, {"yolo": "eraser.maskers.yolo:load_masker"}),
    unknown=UnknownMaskerError,
    duplicate=DuplicateMaskerError,
    unloadable=MaskerLoadError,
    misconfigured=MaskerOptionError,
)
"""What finds people."""

MaskerRegistry: TypeAlias = registry.Registry[Masker]


def discover(folders: Sequence[Path] = (), installed: Iterable[EntryPoint] = ()) -> MaskerRegistry:
    """All maskers, as ``eraser.plugins.registry.discover`` finds them.

    Raises:
        MaskerLoadError: A folder cannot be read.
    """
    return registry.discover(MASKERS, folders, installed)
