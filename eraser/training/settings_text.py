"""Settings as text: every one with its default, and ``name=value`` read by the type of its field."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from eraser.plugins.values import format_value, parse
from eraser.training.people.settings import PeopleSettings
from eraser.training.settings import FillSettings

Settings: TypeAlias = FillSettings | PeopleSettings

_OPTIONS = ("attention", "minutes")
"""Settings that have an option of their own."""


def describe_settings(kind: type[Settings]) -> str:
    """Every setting of ``--set`` with its default, as it is written there."""
    values = kind()
    names = [field.name for field in dataclasses.fields(kind) if field.name not in _OPTIONS]
    return "Settings: " + "   ".join(f"{name}={_format_value(getattr(values, name))}" for name in names)


def _format_value(value: object) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{factor}" for name, factor in value.items())
    return format_value(value)


def parse_settings(pairs: Sequence[str], kind: type[Settings]) -> dict[str, Any]:
    """``name=value`` texts as keyword arguments of a class of settings.

    Raises:
        ValueError: No such setting, or the value is not of its type.
    """
    hints = typing.get_type_hints(kind)
    known = {name: hint for name, hint in hints.items() if name not in _OPTIONS}
    parsed: dict[str, Any] = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or name not in known:
            raise ValueError(f"{pair!r} is not NAME=VALUE with one of the names {', '.join(known)}")
        try:
            parsed[name] = _parse_value(text, known[name])
        except ValueError as error:
            raise ValueError(f"{name} cannot be {text!r}: {error}") from error
    return parsed


def _parse_value(text: str, form: object) -> object:
    if typing.get_origin(form) is not Mapping:
        return parse(text, form)
    pairs = (part.partition(":") for part in text.split(","))  # sources and their factors, as in a:0.5,b:1
    return {name: float(factor) for name, _, factor in pairs}
