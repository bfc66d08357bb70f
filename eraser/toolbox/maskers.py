"""``eraser maskers``: what finds people, which options each has, try one, write one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eraser.config import DEFAULTS, Device, EraseConfig, OutputConfig
from eraser.errors import MaskerError
from eraser.toolbox.console import Verbose
from eraser.toolbox.plugins import (
    CHECK_TIMEOUT_S,
    AsJson,
    Check,
    CheckTimeout,
    Name,
    NewPluginsDir,
    PluginsDir,
    broken,
    print_plugin,
    print_rows,
    rows,
)

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What finds people: list, show, try and write maskers."
)


@app.command("list")
def list_maskers(
    plugins_dir: PluginsDir = None,
    check: Check = False,
    timeout: CheckTimeout = CHECK_TIMEOUT_S,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show all maskers, and run none of them.

    In a pipe: a line each, with name, where it comes from, weights (here, missing, or - for none), licence, what it
    does, and what is wrong with it, separated by tabs, - for what is not known. With --check the last is ok, "asks:"
    with what a masker wants first, such as weights, or "broken:" with the reason; any broken one ends with 4.
    """
    from eraser.maskers.registry import MASKERS

    found = rows(MASKERS, plugins_dir, timeout if check else None)
    print_rows(found, as_json=as_json)
    if names := broken(found):
        raise MaskerError(f"broken maskers: {', '.join(names)}")


@app.command()
def show(name: Name, plugins_dir: PluginsDir = None, verbose: Verbose = False) -> None:
    """Show where a masker comes from, and its options."""
    from eraser.maskers.registry import MASKERS

    print_plugin(MASKERS, name, plugins_dir)


@app.command("try")
def try_masker(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A masker, or several as in yolo+hats.")],
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", show_default=False, help="A photo.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", file_okay=False, help="Folder for the picture; else beside the photo."
        ),
    ] = None,
    masker_option: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the masker. Can be repeated.")
    ] = None,
    masker_timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.001, help="Give up on a masker that hangs.")
    ] = DEFAULTS.masker_timeout,
    people_weights: Annotated[
        str, typer.Option(metavar="NAME|PATH", envvar="ERASER_PEOPLE_WEIGHTS", help="The masker's weights.")
    ] = DEFAULTS.people_weights,
    device: Annotated[Device, typer.Option(envvar="ERASER_DEVICE", help="Where networks run.")] = DEFAULTS.device,
    min_score: Annotated[
        float | None, typer.Option(metavar="F", min=0, max=1, help="Leave out what is found with less confidence.")
    ] = DEFAULTS.min_score,
    plugins_dir: PluginsDir = None,
    verbose: Verbose = False,
) -> None:
    """Run a masker on a photo: prints what it finds and how long it takes, and writes <stem>.people.png."""
    from eraser import console
    from eraser.assembly import Eraser
    from eraser.batch import Batch, InputPhoto, Outputs
    from eraser.batch.table import as_table
    from eraser.paths import plugins_dirs

    if not verbose:
        console.set_verbosity()
    console.check_opencv()
    config = EraseConfig(
        masker=name,
        masker_options=console.key_values(masker_option or (), "--masker-option"),
        masker_timeout=masker_timeout,
        people_weights=people_weights,
        device=device,
        min_score=min_score,
    )
    folders = plugins_dirs() if plugins_dir is None else (plugins_dir,)
    batch = Batch(Eraser(config, folders), Outputs(OutputConfig(output=output), [photo]))
    for outcome in batch.list_people([InputPhoto(photo)]):
        if outcome.error is not None:
            raise outcome.error
        typer.echo(as_table(outcome))
        start, detect = (outcome.seconds.get(stage, 0.0) for stage in ("start", "detect"))
        typer.echo(f"  {start:.2f} s to start, {detect:.2f} s for the photo")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    plugins_dir: NewPluginsDir = None,
    verbose: Verbose = False,
) -> None:
    """Write a masker that works, and its test, to be changed into your own, and print their paths.

    They go into your own folder of plugins, or into the one named by --plugins-dir. No file is replaced.
    """
    from eraser.maskers.registry import MASKERS
    from eraser.toolbox.new_plugin import write_plugin

    for path in write_plugin(MASKERS, name, plugins_dir):
        typer.echo(path)
