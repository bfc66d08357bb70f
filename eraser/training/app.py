"""``eraser train``: learn new weights from photos."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from eraser.training.people.settings import PeopleSettings
from eraser.training.settings import Attention, FillSettings
from eraser.training.settings_text import describe_settings, parse_settings

RunDir: TypeAlias = Annotated[
    Path, typer.Option(file_okay=False, help="Folder of the run; one that exists is gone on with.")
]
Device: TypeAlias = Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU where there is one.")]
StartFrom: TypeAlias = Annotated[
    Path | None, typer.Option(help="Exported weights that a new run begins with, instead of random ones.")
]
Minutes: TypeAlias = Annotated[
    float | None, typer.Option(help="End after this much training, all resumptions together.")
]
Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting of the list below; repeat it for more."),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Train weights of our own.")


@app.command("fill", epilog=describe_settings(FillSettings))
def fill(
    photos: Annotated[list[Path], typer.Argument(help="Folders or .tar files of photos without people.")],
    run_dir: RunDir = Path("runs/fill"),
    shapes: Annotated[
        list[Path] | None, typer.Option(help="Folder of masks of people, white on black; repeat it for more.")
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="Folder with truth/ and mask/ to validate on; repeat it for more.")
    ] = None,
    device: Device = "auto",
    attention: Annotated[Attention, typer.Option(help="Variant of the attention transfer.")] = "own",
    start_from: StartFrom = None,
    minutes: Minutes = None,
    set_: Set = None,
) -> None:
    """Train the generator that leads the fill.

    Ctrl-C saves and ends; the same command goes on. For several GPUs, or processes on the CPU, put torchrun
    --nproc-per-node 2 --no-python before it.
    """
    from eraser.training.fill import FillData, train_fill

    with _usage_errors():
        settings = FillSettings(attention=attention, minutes=minutes, **parse_settings(set_ or (), FillSettings))
    data = FillData(photos=photos, shapes=shapes or (), validation=validation or ())
    train_fill(data, run_dir, settings, device=device, initial=start_from)
    _say_where(run_dir)


@app.command("people", epilog=describe_settings(PeopleSettings))
def people(
    photos: Annotated[
        list[Path], typer.Argument(help="YOLO-seg data sets: images beside labels, masks and cutouts if there are any.")
    ],
    backgrounds: Annotated[
        list[Path], typer.Option(help="Folder or .tar file of photos without people; repeat it for more.")
    ],
    run_dir: RunDir = Path("runs/people"),
    extra_labels: Annotated[
        Path | None, typer.Option(help="Folder of label files with people whom the data sets' own labels lack.")
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="YOLO-seg data set to validate on; repeat it for more.")
    ] = None,
    validation_nobody: Annotated[
        list[Path] | None, typer.Option(help="Folder of photos without people to validate on; repeat it for more.")
    ] = None,
    device: Device = "auto",
    start_from: StartFrom = None,
    minutes: Minutes = None,
    set_: Set = None,
) -> None:
    """Train the network that finds people.

    Ctrl-C saves and ends; the same command goes on. For several GPUs, or processes on the CPU, put torchrun
    --nproc-per-node 2 --no-python before it.
    """
    from eraser.training.people.train import PeopleData, train_people

    with _usage_errors():
        settings = PeopleSettings(minutes=minutes, **parse_settings(set_ or (), PeopleSettings))
    data = PeopleData(
        photos=photos,
        backgrounds=backgrounds,
        extra_labels=extra_labels,
        validation=validation or (),
        validation_nobody=validation_nobody or (),
    )
    train_people(data, run_dir, settings, device=device, initial=start_from)
    _say_where(run_dir)


@app.command("verifier")
def verifier(
    photos: Annotated[list[Path], typer.Argument(help="YOLO-seg data sets: images beside labels.")],
    backgrounds: Annotated[
        list[Path], typer.Option(help="Folder or .tar file of photos without people; repeat it for more.")
    ],
    weights: Annotated[
        str, typer.Option(help="Name or .safetensors file of the network that gets the head.")
    ] = "people",
    run_dir: RunDir = Path("runs/verifier"),
    per_source: Annotated[int, typer.Option(min=1, help="Photos of one source, at most.")] = 200,
    min_score: Annotated[float, typer.Option(min=0.0, max=1.0, help="Confidence that the new weights ask for.")] = 0.45,
) -> None:
    """Train the head that looks at each find of the people network once more.

    The network stays as it is. Choose the confidence with tests/benchmarks/calibrate.py and write it with --min-score.
    """
    from eraser.training.people.verifier import VerifierData, train_verifier

    data = VerifierData(photos=photos, backgrounds=backgrounds, per_source=per_source)
    typer.echo(train_verifier(data, weights, run_dir, min_score=min_score))


def _say_where(run_dir: Path) -> None:
    """Name the weights that a run has left, once of all the processes that torchrun started."""
    from eraser.training.checkpoint import AVERAGED

    if os.environ.get("RANK", "0") == "0" and (run_dir / AVERAGED).is_file():
        typer.echo(run_dir / AVERAGED)


@contextlib.contextmanager
def _usage_errors() -> Iterator[None]:
    """A setting that is none, or out of its range, is an error of usage."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
