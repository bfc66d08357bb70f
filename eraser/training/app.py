"""``eraser train``: learn new weights from photos."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from eraser.training.people.settings import PeopleSettings
from eraser.training.settings import Attention, FillSettings

_OPTIONS = ("attention", "minutes")
"""Settings that have an option of their own."""


def _describe_settings(kind: type[FillSettings] | type[PeopleSettings]) -> str:
    """Every setting of ``--set`` with its default, as it is written there."""
    values = kind()
    names = [field.name for field in dataclasses.fields(kind) if field.name not in _OPTIONS]
    return "Settings: " + "   ".join(f"{name}={_format_value(getattr(values, name))}" for name in names)


def _format_value(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{factor}" for name, factor in value.items())
    return str(value).lower()


app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Train weights of our own.")


@app.callback()
def root() -> None:
    """Train weights of our own."""


@app.command("fill", epilog=_describe_settings(FillSettings))
def fill(
    photos: Annotated[list[Path], typer.Argument(help="Folders or .tar files of photos without people.")],
    run_dir: Annotated[Path, typer.Option(help="Folder of the run; one that exists is gone on with.")] = Path(
        "runs/fill"
    ),
    shapes: Annotated[
        list[Path] | None, typer.Option(help="Folder of masks of people, white on black; repeat it for more.")
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="Folder with truth/ and mask/ to validate on; repeat it for more.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU where there is one.")] = "auto",
    attention: Annotated[Attention, typer.Option(help="Variant of the attention transfer.")] = "own",
    start_from: Annotated[
        Path | None, typer.Option(help="Exported weights that a new run begins with, instead of random ones.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="End after this much training, all resumptions together.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any setting of the list below; repeat it for more."),
    ] = None,
) -> None:
    """Train the generator that leads the fill.

    Ctrl-C saves and ends; the same command goes on. For several GPUs, or processes on the CPU, put torchrun
    --nproc-per-node 2 --no-python before it.
    """
    from eraser.training.fill import FillData, train_fill

    try:
        settings = FillSettings(attention=attention, minutes=minutes, **parse_settings(set_ or [], FillSettings))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from error
    data = FillData(photos=photos, shapes=shapes or (), validation=validation or ())
    train_fill(data, run_dir, settings, device=device, initial=start_from)


@app.command("people", epilog=_describe_settings(PeopleSettings))
def people(
    photos: Annotated[
        list[Path], typer.Argument(help="YOLO-seg data sets: images beside labels, masks and cutouts if there are any.")
    ],
    backgrounds: Annotated[
        list[Path], typer.Option(help="Folder or .tar file of photos without people; repeat it for more.")
    ],
    run_dir: Annotated[Path, typer.Option(help="Folder of the run; one that exists is gone on with.")] = Path(
        "runs/people"
    ),
    extra_labels: Annotated[
        Path | None, typer.Option(help="Folder of label files with people whom the data sets' own labels lack.")
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="YOLO-seg data set to validate on; repeat it for more.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU where there is one.")] = "auto",
    start_from: Annotated[
        Path | None, typer.Option(help="Exported weights that a new run begins with, instead of random ones.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="End after this much training, all resumptions together.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any setting of the list below; repeat it for more."),
    ] = None,
) -> None:
    """Train the network that finds people.

    Ctrl-C saves and ends; the same command goes on. For several GPUs, or processes on the CPU, put torchrun
    --nproc-per-node 2 --no-python before it.
    """
    from eraser.training.people.train import PeopleData, train_people

    try:
        settings = PeopleSettings(minutes=minutes, **parse_settings(set_ or [], PeopleSettings))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from error
    data = PeopleData(photos=photos, backgrounds=backgrounds, extra_labels=extra_labels, validation=validation or ())
    train_people(data, run_dir, settings, device=device, initial=start_from)


def parse_settings(pairs: list[str], kind: type[FillSettings] | type[PeopleSettings] = FillSettings) -> dict[str, Any]:
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


def _parse_value(text: str, hint: object) -> object:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if types.NoneType in options and text == "none":
        return None
    kind = next(option for option in options if option is not types.NoneType)
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError("say true or false")
        return text == "true"
    if kind in (int, float):
        return kind(text)
    if typing.get_origin(kind) is Literal:
        if text not in typing.get_args(kind):
            raise ValueError(f"say one of {', '.join(typing.get_args(kind))}")
        return text
    if kind is str:
        return text
    if typing.get_origin(kind) is tuple:
        return tuple(int(part) for part in text.split(","))
    # What is left maps sources to factors, as in a:0.5,b:1
    pairs = (part.partition(":") for part in text.split(","))
    return {name: float(factor) for name, _, factor in pairs}
