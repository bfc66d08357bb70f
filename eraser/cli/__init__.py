"""``erase-me``: the command line. Options here, and the way through it.

usage       what was asked for; what makes no sense ends before any photo is opened
run         photos in, results out, an exit code at the end
voice       what goes to stdout, what to stderr, and when
report      an outcome as JSON, as a table, as a message

Nothing here imports torch or numpy before there is work: ``--help`` is to come at once.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from eraser import __version__, console
from eraser.cli.usage import Request, check
from eraser.config import DEFAULTS, OUTPUT_DEFAULTS, Device, EraseConfig, Format, OnConflict, OutputConfig

# Plain help: rich's would double the time that `erase-me --help` takes.
app = typer.Typer(name="erase-me", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def _print_version(version: bool) -> None:
    if version:
        typer.echo(f"erase-me {__version__}")
        raise typer.Exit


def _score(value: float) -> float:
    """The score as it is; ``nan`` passes typer's limits."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no score")
    return value


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def erase_me(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO", show_default=False, help="Photos and folders.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="PATH", help="A file for one photo, a folder for several."),
    ] = None,
    who: Annotated[
        str, typer.Option(metavar="WHO", help="Who goes: all, main, others, or numbers such as 2,3 (see --list).")
    ] = DEFAULTS.who,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y", help="The person under that pixel goes (with --who others: stays). Can be repeated."
        ),
    ] = None,
    list_people: Annotated[
        bool, typer.Option("--list", help="Print who is found and write <stem>.people.png; erase nothing.")
    ] = False,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Remove what is white in this picture instead."),
    ] = None,
    invert_mask: Annotated[bool, typer.Option("--invert-mask", help="Remove what is black in the mask.")] = False,
    add_mask: Annotated[
        bool, typer.Option("--add-mask", help="Remove the mask on top of the people found.")
    ] = DEFAULTS.add_mask,
    save_mask: Annotated[
        bool, typer.Option("--save-mask", help="Also write <stem>.mask.png: white is what was replaced.")
    ] = OUTPUT_DEFAULTS.save_mask,
    masker: Annotated[
        str, typer.Option(metavar="NAME", envvar="ERASER_MASKER", help="What finds people.")
    ] = DEFAULTS.masker,
    people_weights: Annotated[
        str,
        typer.Option(metavar="NAME|PATH", envvar="ERASER_PEOPLE_WEIGHTS", help="The masker's weights."),
    ] = DEFAULTS.people_weights,
    inpainter: Annotated[
        str, typer.Option(metavar="NAME", envvar="ERASER_INPAINTER", help="What fills the hole.")
    ] = DEFAULTS.inpainter,
    fill_weights: Annotated[
        str,
        typer.Option(metavar="NAME|PATH", envvar="ERASER_FILL_WEIGHTS", help="The inpainter's weights."),
    ] = DEFAULTS.fill_weights,
    trust_pickle: Annotated[
        bool, typer.Option("--trust-pickle", help="Allow .pt weights, which can run any code.")
    ] = DEFAULTS.trust_pickle,
    plugins_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", envvar="ERASER_PLUGINS", exists=True, file_okay=False, help="Folder of drop-in maskers."
        ),
    ] = None,
    device: Annotated[Device, typer.Option(envvar="ERASER_DEVICE", help="Where networks run.")] = DEFAULTS.device,
    min_score: Annotated[
        float,
        typer.Option(
            metavar="F",
            min=0,
            max=1,
            callback=_score,
            help="Leave people alone who are found with less confidence.",
        ),
    ] = DEFAULTS.min_score,
    dilate_px: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, show_default="grows with the person", help="How far the hole reaches beyond people."
        ),
    ] = DEFAULTS.dilate_px,
    feather_px: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, show_default="from the rim", help="Width of the soft edge inside the hole."),
    ] = DEFAULTS.feather_px,
    copy_unchanged: Annotated[
        bool, typer.Option("--copy-unchanged", help="Write a copy of photos without people, too.")
    ] = OUTPUT_DEFAULTS.copy_unchanged,
    on_conflict: Annotated[
        OnConflict, typer.Option(help="If the output exists: a numbered name, nothing, or replace it.")
    ] = OUTPUT_DEFAULTS.on_conflict,
    file_format: Annotated[Format, typer.Option("--format", help="File format of results.")] = OUTPUT_DEFAULTS.format,
    quality: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=100, show_default="the photo's, else 90", help="Of JPEG and WebP, 1 to 100."
        ),
    ] = OUTPUT_DEFAULTS.quality,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a photo instead of paths.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more, and show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the people out of photos. Writes <stem>.erased<ext> beside each; the photos are never touched."""
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose contradict each other")
    console.set_verbosity(quiet=quiet, verbose=verbose)
    console.check_opencv()
    request = Request(
        photos=tuple(photos),
        list_people=list_people,
        mask=mask,
        invert_mask=invert_mask,
        plugins_dir=plugins_dir,
        config=EraseConfig(
            who=who,
            add_mask=add_mask,
            masker=masker,
            people_weights=people_weights,
            inpainter=inpainter,
            fill_weights=fill_weights,
            device=device,
            min_score=min_score,
            dilate_px=dilate_px,
            feather_px=feather_px,
            trust_pickle=trust_pickle,
        ),
        results=OutputConfig(
            save_mask=save_mask,
            copy_unchanged=copy_unchanged,
            on_conflict=on_conflict,
            format=file_format,
            quality=quality,
        ),
    )
    job = check(request, output=output, at=at or [])

    from eraser.cli.run import run
    from eraser.cli.voice import Voice

    raise typer.Exit(run(job, Voice(quiet=quiet, verbose=verbose), as_json=as_json))


def main() -> None:
    """Console entry point."""
    console.run(app)
