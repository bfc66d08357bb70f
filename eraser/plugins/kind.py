"""What tells one kind of plugin from the other: maskers from inpainters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Generic, TypeVar

from eraser.errors import EraserError

Made = TypeVar("Made")
"""What a factory of the kind makes: a Masker, an Inpainter."""


FACTORIES = ("load_masker", "load_inpainter")
"""What drop-in files of any kind define."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Made]):
    """A kind of plugin."""

    noun: str
    """``masker``, for messages and for the option that chooses one."""
    group: str
    """Entry point group of installed packages; a line in it reads ``name = "module:factory"``."""
    factory: str
    """What a drop-in file defines."""
    context: type
    """What a factory is called with, a class that is generic in its options."""
    called_with: str
    """In words, what is handed to the thing that a factory makes."""
    default_kind: bool
    """Whether a drop-in file that defines no factory at all is listed with this kind, as broken."""
    builtins: tuple[EntryPoint, ...]
    """Those that come with the project, by the same door."""
    unknown: type[EraserError]
    duplicate: type[EraserError]
    unloadable: type[EraserError]
    """No import, no factory, or no result of it."""
    misconfigured: type[EraserError]
    """Options that it does not know, or that make no sense."""

    @property
    def contexts(self) -> Mapping[str, type]:
        """The context class by its name, for annotations that are texts."""
        return {self.context.__name__: self.context}


def entry_points_of(group: str, values: Mapping[str, str]) -> tuple[EntryPoint, ...]:
    """Built-in plugins as an installed package would declare them."""
    return tuple(EntryPoint(name=name, value=value, group=group) for name, value in values.items())
