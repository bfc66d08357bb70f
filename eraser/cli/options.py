"""Every option of ``erase-me`` as typer sees it; the command lists them with their defaults."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from eraser import __version__
from eraser.config import After as AfterChoice
from eraser.config import Device as DeviceName
from eraser.config import Format as FormatName
from eraser.config import OnConflict as ConflictPolicy
from eraser.config import Shadows as ShadowChoice


def _print_version(version: bool) -> None:
    if version:
        typer.echo(f"erase-me {__version__}")
        raise typer.Exit


def _score(value: float | None) -> float | None:
    """The score as it is; ``nan`` passes typer's limits."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is no score")
    return value


def _seconds(value: float | None) -> float | None:
    """A time limit that a clock can keep."""
    if value is not None and not 0 < value < math.inf:
        raise typer.BadParameter("it must be a number of seconds above 0")
    return value


Photos: TypeAlias = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PHOTO", show_default=False, help="Photos, folders, patterns; - reads a list of paths."),
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
Masker: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", envvar="ERASER_MASKER", help="What finds people; a+b unites, a-b takes away.")
]
MaskerOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE", help="An option of the masker (see `eraser maskers show NAME`). Can be repeated."
    ),
]
MaskerTimeout: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", callback=_seconds, show_default="none", help="Give up on a masker that hangs."),
]
PeopleWeights: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME|PATH", envvar="ERASER_PEOPLE_WEIGHTS", help="The masker's weights.")
]
Inpainter: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", envvar="ERASER_INPAINTER", help="What fills the hole.")
]
InpainterOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE", help="An option of the inpainter (see `eraser inpainters show NAME`). Can be repeated."
    ),
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
        metavar="DIR", envvar="ERASER_PLUGINS", exists=True, file_okay=False, help="Folder of drop-in plugins."
    ),
]
Device: TypeAlias = Annotated[DeviceName, typer.Option(envvar="ERASER_DEVICE", help="Where networks run.")]
MinScore: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="F",
        min=0,
        max=1,
        callback=_score,
        show_default="the weights' own, else 0.25",
        help="Leave people alone who are found with less confidence.",
    ),
]
WithBelongings: TypeAlias = Annotated[
    bool,
    typer.Option("--with-belongings/--no-belongings", help="Whether what people carry, wear and ride goes with them."),
]
Fast: TypeAlias = Annotated[
    bool, typer.Option("--fast", help="Look once only: quicker, but small and far people and leftovers are missed.")
]
SecondLook: TypeAlias = Annotated[
    bool,
    typer.Option("--second-look/--no-second-look", help="Look at the result, and take out who is left over there."),
]
Shadows: TypeAlias = Annotated[
    ShadowChoice, typer.Option(help="Whether shadows at people's feet go, where they are plain to see.")
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
Recursive: TypeAlias = Annotated[
    bool, typer.Option("--recursive/--no-recursive", help="Take the photos of folders below a folder, too.")
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, show_default="what suits the machine", help="Processes that share the work."),
]
Resume: TypeAlias = Annotated[
    bool, typer.Option("--resume", help="Leave out what an earlier run has done; do what changed and what failed.")
]
KeepLedger: TypeAlias = Annotated[
    bool, typer.Option("--ledger/--no-ledger", help="Keep a list of what was done, for --resume, beside the results.")
]
Limit: TypeAlias = Annotated[int | None, typer.Option(metavar="N", min=1, help="Do so many photos at most.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Review: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE.html", dir_okay=False, help="Write a page to look through: before, mask and after."),
]
Watch: TypeAlias = Annotated[
    Path | None,
    typer.Option("--watch", metavar="FOLDER", help="Erase what comes into a folder, until Ctrl-C. Needs -o."),
]
Once: TypeAlias = Annotated[bool, typer.Option("--once", help="With --watch: do what lies there, then end.")]
Poll: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", show_default="waits for events", help="Look into the folder that often (network folders)."
    ),
]
Settle: TypeAlias = Annotated[
    float, typer.Option(metavar="SECONDS", help="Take a file when nobody has written to it for that long.")
]
After: TypeAlias = Annotated[AfterChoice, typer.Option(help="With --watch: what becomes of originals.")]
MoveTo: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="DIR", file_okay=False, help="With --after move: where originals go.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print a JSON object a photo instead of paths.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("-v", "--verbose", help="Say more, and show tracebacks of errors.")]
Version: TypeAlias = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
]
