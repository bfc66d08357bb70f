"""Options of settings dataclasses as typer takes them, for both command lines."""

from __future__ import annotations

import math
from typing import Annotated, Any, get_args

import typer
from typer.models import OptionInfo

from eraser.options import OptionField, options_of

_LISTS = (tuple[tuple[str, str], ...], tuple[tuple[int, int], ...], tuple[str, ...])
_PATHS: dict[str, dict[str, bool]] = {
    "mask": {"exists": True, "dir_okay": False},
    "plugins_dir": {"exists": True, "file_okay": False},
    "review": {"dir_okay": False},
    "move_to": {"file_okay": False},
}
"""What a path must be, by the option's name."""


def parameter(field: OptionField) -> tuple[str, Any, Any]:
    """Name, annotation and default of a command's parameter; what can be repeated comes as a list of texts."""
    form, default = field.form, field.default
    if form in _LISTS:
        form, default = list[str] | None, None
    return field.name, Annotated[form, typer_option(field)], default


def option_of(kind: type, name: str) -> OptionInfo:
    """The option of one field of a settings dataclass."""
    return typer_option(next(field for field in options_of(kind) if field.name == name))


def typer_option(field: OptionField) -> OptionInfo:
    """The option of a field, without its type and default."""
    said = field.option
    extra: dict[str, Any] = dict(_PATHS.get(field.name, {}))
    if said.at_least is not None or said.at_most is not None:
        extra |= {"min": said.at_least, "max": said.at_most}
    if said.default_text is not None:
        extra["show_default"] = said.default_text
    if float in (field.form, *get_args(field.form)):
        extra["callback"] = _seconds if said.metavar == "SECONDS" else _number
    info: OptionInfo = typer.Option(*field.flags, metavar=said.metavar, envvar=said.envvar, help=said.help, **extra)
    return info


def _number(value: float | None) -> float | None:
    """The number as it is; NaN passes typer's limits."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is not a number")
    return value


def _seconds(value: float | None) -> float | None:
    """A time that a clock can keep."""
    if value is not None and not 0 < value < math.inf:
        raise typer.BadParameter("it must be a number of seconds above 0")
    return value
