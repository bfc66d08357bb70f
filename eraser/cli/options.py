"""Every option of ``erase-me`` as typer sees it; the command lists them with their defaults."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from eraser import __version__
from eraser.config import Device as DeviceName
from eraser.config import Format as FormatName
from eraser.config import OnConflict as ConflictPolicy


def _print_version(version: bool) -> None:
    if version:
        typer.echo(f"erase-me {__version__}")
        raise typer.Exit


def _score(value: float) -> float:
    """The score as it is; ``nan`` passes typer's limits."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no score")
    return value


Photos: TypeAlias = Annotated[
    list[Path], typer.Argument(metavar="PHOTO", show_default=False, help="Photos and folders.")
]
Output: TypeAlias = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="PATH", help="A file for one photo, a folder for several."),
]
Who: TypeAlias = Annotated[
    str, typer.Option(metavar="WHO", help="Who goes: all, main, others, or numbers such as 2,3 (see --list).")
]
At: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="X,Y", help="The person under that pixel goes (with --who others: stays). Can be repeated."),
]
ListPeople: TypeAlias = Annotated[
    bool, typer.Option("--list", help="Print who is found and write <stem>.people.png; erase nothing.")
]
Mask: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Remove what is white in this picture instead."),
]
InvertMask: TypeAlias = Annotated[bool, typer.Option("--invert-mask", help="Remove what is black in the mask.")]
AddMask: TypeAlias = Annotated[bool, typer.Option("--add-mask", help="Remove the mask on top of the people found.")]
SaveMask: TypeAlias = Annotated[
    bool, typer.Option("--save-mask", help="Also write <stem>.mask.png: white is what was replaced.")
]
Masker: TypeAlias = Annotated[str, typer.Option(metavar="NAME", envvar="ERASER_MASKER", help="What finds people.")]
PeopleWeights: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME|PATH", envvar="ERASER_PEOPLE_WEIGHTS", help="The masker's weights.")
]
Inpainter: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", envvar="ERASER_INPAINTER", help="What fills the hole.")
]
FillWeights: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME|PATH", envvar="ERASER_FILL_WEIGHTS", help="The inpainter's weights.")
]
TrustPickle: TypeAlias = Annotated[
    bool, typer.Option("--trust-pickle", help="Allow .pt weights, which can run any code.")
]
PluginsDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", envvar="ERASER_PLUGINS", exists=True, file_okay=False, help="Folder of drop-in maskers."
    ),
]
Device: TypeAlias = Annotated[DeviceName, typer.Option(envvar="ERASER_DEVICE", help="Where networks run.")]
MinScore: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="F", min=0, max=1, callback=_score, help="Leave people alone who are found with less confidence."
    ),
]
DilatePx: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, show_default="grows with the person", help="How far the hole reaches beyond people."
    ),
]
FeatherPx: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, show_default="from the rim", help="Width of the soft edge inside the hole."),
]
CopyUnchanged: TypeAlias = Annotated[
    bool, typer.Option("--copy-unchanged", help="Write a copy of photos without people, too.")
]
OnConflict: TypeAlias = Annotated[
    ConflictPolicy, typer.Option(help="If the output exists: a numbered name, nothing, or replace it.")
]
Format: TypeAlias = Annotated[FormatName, typer.Option("--format", help="File format of results.")]
Quality: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=100, show_default="the photo's, else 90", help="Of JPEG and WebP, 1 to 100."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print a JSON object a photo instead of paths.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("-v", "--verbose", help="Say more, and show tracebacks of errors.")]
Version: TypeAlias = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
]
