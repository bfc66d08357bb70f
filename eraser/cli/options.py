"""The options of ``erase-me``, made from the dataclasses that hold them: a new field is a new option."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from eraser import __version__, console
from eraser.config import BatchConfig, EraseRequest, ModelConfig, OutputConfig, WatchConfig
from eraser.console.options import parameter
from eraser.options import OptionField, option, options_of

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """What only the command line knows."""

    output: str | None = option(
        None,
        "A file for one photo, a folder for several.",
        "`.jpg`, `.png` and so on make it a file; a folder that is there, no suffix, or a slash at the end make it a "
        "folder. Folders are made if missing.",
        flags=("-o", "--output"),
        metavar="PATH",
        default_text="beside each photo",
    )
    list_people: bool = option(
        False,
        "Print who is found and write <stem>.people.png; erase nothing.",
        "Prints number, box, score and share of the photo.",
        flags=("--list",),
    )
    mask: Path | None = option(None, "Remove what is white in this picture instead.", metavar="FILE")
    invert_mask: bool = option(False, "Remove what is black in the mask.")
    plugins_dir: Path | None = option(
        None,
        "Folder of drop-in plugins.",
        metavar="DIR",
        envvar="ERASER_PLUGINS",
        default_text="those that come with erase-me, and those in your data folder",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOptions:
    """What the command says."""

    as_json: bool = option(False, "Print one JSON object for each photo, instead of its path.", flags=("--json",))
    quiet: bool = option(False, "Say nothing but errors.", flags=("-q", "--quiet"))
    verbose: bool = option(False, "Say more, and show tracebacks of errors.", flags=("-v", "--verbose"))


GROUPS: Mapping[str, type] = {
    "Photos in and out": CommandOptions,
    "Who goes": EraseRequest,
    "Networks": ModelConfig,
    "Results": OutputConfig,
    "Many photos": BatchConfig,
    "Watching a folder": WatchConfig,
    "Messages": MessageOptions,
}
"""Every option, in the order of ``--help`` and of the page that lists them."""


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, which takes ``photos`` and ``**values``, a parameter for each option."""
    photos = Annotated[
        list[str] | None,
        typer.Argument(metavar="PHOTO", show_default=False, help="Photos, folders, patterns; - reads a list of paths."),
    ]
    version = Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ]
    parameters = [
        ("photos", photos, None),
        *(parameter(field) for kind in GROUPS.values() for field in options_of(kind)),
        ("version", version, False),
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = [inspect.Parameter(name, keyword, default=value, annotation=form) for name, form, value in parameters]
    command.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]  # inspect reads it
    command.__annotations__ = {name: form for name, form, _ in parameters}
    return command


def read(kind: type[Kind], values: Mapping[str, Any], **other: Any) -> Kind:  # noqa: ANN401  fields of any type
    """The options of one group, from the values of all.

    Args:
        kind: The group's dataclass.
        values: By the names of fields.
        other: Fields that are no options, and values that are read elsewhere.

    Raises:
        typer.BadParameter: A value makes no sense; the process then ends with 2.
    """
    fields = {field.name: _value(field, values[field.name]) for field in options_of(kind) if field.name not in other}
    return kind(**fields, **other)


def differing(config: object, defaults: object) -> Iterator[str]:
    """The flags of options whose value is not the default, as one would write them."""
    for field in options_of(type(config)):
        if getattr(config, field.name) != getattr(defaults, field.name):
            yield field.flags[-1].rpartition("/")[2 if field.default is True else 0] or field.flags[-1]


def refuse(*cases: tuple[bool, str, str]) -> None:
    """Refuse the first option that is given and must not be.

    Args:
        cases: Whether it is given, its name, and why it is refused.

    Raises:
        typer.BadParameter: One is given.
    """
    for given, name, why in cases:
        if given:
            raise typer.BadParameter(why, param_hint=name)


def _value(field: OptionField, value: Any) -> Any:  # noqa: ANN401  as typer read it
    if field.form == tuple[tuple[str, str], ...]:
        return console.key_values(value or (), field.flags[0])
    if field.form == tuple[tuple[int, int], ...]:
        return _points(value or (), field.flags[0])
    if field.form == tuple[str, ...]:
        return _names(value or (), field.flags[0])
    if field.name == "shard" and value is not None:
        _check_shard(value, field.flags[0])
    return value


def _names(texts: Sequence[str], flag: str) -> tuple[str, ...]:
    names = tuple(name.strip() for text in texts for name in text.split(","))
    if not all(names):
        raise typer.BadParameter("write names, with commas between them", param_hint=flag)
    return names


def _check_shard(text: str, flag: str) -> None:
    from eraser.batch.shard import Shard

    try:
        Shard.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=flag) from error


def _points(texts: Sequence[str], flag: str) -> tuple[tuple[int, int], ...]:
    points = []
    for text in texts:
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
            raise typer.BadParameter(f"{text!r} is no pixel: write X,Y such as 640,480", param_hint=flag)
        points.append((int(parts[0]), int(parts[1])))
    return tuple(points)


def _print_version(version: bool) -> None:
    if version:
        typer.echo(f"erase-me {__version__}")
        raise typer.Exit
