"""``eraser weights``: what there is, fetch or import it, where it lies, whether it is whole."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from eraser import weights
from eraser.console import Verbose
from eraser.errors import WeightsMismatchError
from eraser.system.paths import shipped_weights_dir
from eraser.toolbox.options import AsJson
from eraser.weights import Kind, WeightsEntry

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Weights: list, fetch, import, find and verify them."
)

State: TypeAlias = Literal["shipped", "here", "fetch", "import"]
"""Came with erase-me; in the person's folder; can be fetched; has to be downloaded by hand and imported."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name that `eraser weights list` shows.")]


@app.command("list")
def list_weights(
    kind: Annotated[Kind | None, typer.Option(help="Only weights for this.")] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show all weights that have a name.

    The state is shipped (came with erase-me), here (in your folder), fetch (`eraser weights fetch NAME` gets it) or
    import (download it by hand from its source, then `eraser weights import FILE --name NAME`). In a pipe: a line
    each, name, kind, state, sha256, licence and source separated by tabs, - for what is not known.
    """
    entries = [entry for entry in weights.read_manifest().values() if kind in (None, entry.kind)]
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(_as_json(entry), ensure_ascii=False))
    elif sys.stdout is not None and sys.stdout.isatty():
        _print_table(entries)
    else:
        for entry in entries:
            fields = (entry.name, entry.kind, _state(entry), entry.sha256 or "-", entry.licence, entry.source)
            typer.echo("\t".join(fields))


@app.command()
def fetch(
    name: Name,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="What the file must have; overrules the pin that erase-me knows.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Download weights into your folder, check them, and print their path. Goes on where it broke off."""
    typer.echo(weights.fetch(name, sha256=sha256))


@app.command("import")
def import_weights(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A checkpoint (.pth) of PEN-Net's authors.")],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What to call it: celebahq, dtd, facade, places2, or other.")
    ],
    verbose: Verbose = False,
) -> None:
    """Make a safe file of a generator's checkpoint, put it into your folder, and print its path.

    Nothing in the checkpoint is run. After that `erase-me --inpainter generator --fill-weights NAME` uses it.
    """
    typer.echo(weights.import_published(file.expanduser(), name))


@app.command("export")
def export_weights(name: Name, verbose: Verbose = False) -> None:
    """Write the form of weights that ONNX Runtime runs beside their file, and print what the manifest says of it."""
    from eraser.toolbox.export import export, manifest_lines

    target = export(name)
    typer.echo(target)
    typer.echo(manifest_lines(target))


@app.command()
def path(name: Name, verbose: Verbose = False) -> None:
    """Print where weights lie, once they are found to be whole."""
    entry = weights.read_manifest().get(name)
    # Of an unknown name the kind does not matter: find() says what there is.
    typer.echo(weights.find(name, entry.kind if entry else "people").path)


@app.command()
def verify(verbose: Verbose = False) -> None:
    """Check the sha256 of all weights on this machine; ends with 5 if one is wrong."""
    wrong = []
    for entry in weights.read_manifest().values():
        file = weights.locate(entry)
        if file is None:
            continue
        verdict = "not pinned" if entry.sha256 is None else "ok"
        if entry.sha256 and weights.hash_file(file) != entry.sha256:
            verdict = "WRONG"
            wrong.append(str(file))
        typer.echo(f"{entry.name}\t{verdict}\t{file}")
    if wrong:
        raise WeightsMismatchError(
            f"not the files that the manifest pins: {', '.join(wrong)}; fetch or import them again"
        )


def _state(entry: WeightsEntry) -> State:
    file = weights.locate(entry)
    if file is not None:
        return "shipped" if file.parent == shipped_weights_dir() else "here"
    return "fetch" if entry.url else "import"


def _as_json(entry: WeightsEntry) -> dict[str, Any]:
    file = weights.locate(entry)
    return asdict(entry) | {"state": _state(entry), "path": str(file) if file else None}


def _print_table(entries: list[WeightsEntry]) -> None:
    """For a terminal: columns, then what runs without an option take, and why."""
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "what for", "size", "licence", "state", box=None, pad_edge=False)
    for entry in entries:
        size = "-" if entry.size_bytes is None else f"{entry.size_bytes / 1e6:.1f} MB"
        table.add_row(entry.name, weights.PURPOSE[entry.kind], size, entry.licence, _state(entry))
    console = Console(highlight=False)
    console.print(table)
    sources: dict[str, list[str]] = {}
    for entry in entries:
        sources.setdefault(entry.source, []).append(entry.name)
    for source, names in sources.items():
        console.print(f"\n{', '.join(names)}:\n  {source}", soft_wrap=True, markup=False)
    console.print()
    for text in _defaults({entry.kind for entry in entries}):
        console.print(text, soft_wrap=True, markup=False)


def _defaults(kinds: set[Kind]) -> list[str]:
    """What each kind of weights is by default now, and why."""
    lines = []
    for kind in ("people", "fill"):
        if kind not in kinds:
            continue
        name, preferred = weights.OWN[kind], weights.PREFERRED.get(kind)
        why = "they come with erase-me"
        if preferred is not None:
            entry = weights.read_manifest()[preferred]
            if weights.locate(entry):
                name, why = preferred, "they are here"
            elif weights.is_offline():
                why = f"{preferred} is not here, and the network must not be used"
            elif failed := weights.why_not_fetched(preferred):
                why = f"{preferred} could not be fetched within the last day: {failed}"
            else:
                name, why = preferred, "the next run fetches them"
        lines.append(f"{weights.PURPOSE[kind]}: {name} by default, {why}")
    return lines
