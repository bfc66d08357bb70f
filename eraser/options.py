"""A field of a settings dataclass with all that is said about it: one text for the code, the command and the docs.

``eraser.cli`` makes command-line options from these fields, ``docs/generate.py`` the page that lists them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, get_args, get_type_hints

_KEY = "option"


@dataclass(frozen=True, slots=True)
class Option:
    """What is said about a field besides its name, type and default."""

    help: str
    """One sentence, for ``--help``."""
    more: str = ""
    """What the page of all options adds, in Markdown."""
    flags: tuple[str, ...] = ()
    """As typer takes them; empty makes ``--name-of-the-field`` (and ``--no-...`` where the default is True)."""
    metavar: str | None = None
    """What stands for the value in the help."""
    envvar: str | None = None
    """The environment variable that sets another default."""
    default_text: str | None = None
    """Says what a default of None means."""
    at_least: float | None = None
    """The smallest value, for numbers."""
    at_most: float | None = None
    """The largest value, for numbers."""


@dataclass(frozen=True, slots=True)
class OptionField:
    """An option of a dataclass."""

    name: str
    form: Any
    """Its type, resolved."""
    default: Any
    option: Option

    @property
    def flags(self) -> tuple[str, ...]:
        """As typer takes them, such as ``--ledger/--no-ledger``."""
        if self.option.flags:
            return self.option.flags
        name = self.name.replace("_", "-")
        return (f"--{name}/--no-{name}" if self.default is True else f"--{name}",)


def option(default: Any, help: str, more: str = "", **said: Any) -> Any:  # noqa: A002, ANN401  as dataclasses.field
    """A dataclass field with its documentation; ``said`` are further fields of ``Option``."""
    return dataclasses.field(default=default, metadata={_KEY: Option(help, more, **said)})


def options_of(kind: type) -> Iterator[OptionField]:
    """The options of a dataclass, in order."""
    forms = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if _KEY in field.metadata:
            yield OptionField(field.name, forms[field.name], field.default, field.metadata[_KEY])


def check_choice(name: str, value: str, choices: Any) -> None:  # noqa: ANN401  a Literal has no type of its own
    """Raise ValueError unless a value is one of a Literal's."""
    if value not in get_args(choices):
        raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}, got {value!r}")


def check_seconds(name: str, seconds: float | None) -> None:
    """Raise ValueError unless a time is above 0, finite, or None."""
    if seconds is not None and not 0 < seconds < inf:  # NaN neither
        raise ValueError(f"{name} must be a number of seconds above 0, got {seconds}")
