"""What ``eraser maskers`` and ``eraser inpainters`` print: the list, and a plugin with its options."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import typer

from eraser.plugins.facts import StaticInfo, read_facts
from eraser.plugins.kind import Kind
from eraser.plugins.options import list_options
from eraser.plugins.registry import Registry, discover
from eraser.plugins.sources import Source
from eraser.system.paths import plugins_dirs, weights_dir

if TYPE_CHECKING:
    from eraser.testing.attempt import Verdict

Weights: TypeAlias = Literal["-", "here", "missing"]
"""It names none; all that it names are on this machine; not all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One plugin of the list."""

    name: str
    origin: str
    """The file, or the object and its package."""
    weights: Weights
    licence: str
    """Empty when it does not say."""
    summary: str
    """First line of its docstring."""
    problem: str
    """Why it cannot be used; empty when nothing is known against it."""
    check: str | None
    """``ok``, ``asks`` or ``broken``; None when it was not checked."""


def find_plugins(kind: Kind[Any], folder: Path | None) -> Registry[Any]:
    """All plugins of a kind: built in, installed, and in the folder, or in those of erase-me."""
    folders = plugins_dirs() if folder is None else (folder,)
    return discover(kind, folders, entry_points(group=kind.group))


def rows(kind: Kind[Any], folder: Path | None, seconds: float | None) -> list[Row]:
    """The list, by name; of a contested name every file.

    Args:
        kind: Maskers or inpainters.
        folder: Of drop-in plugins.
        seconds: That each may take to load; None loads none.
    """
    from eraser.testing import attempt

    registry = find_plugins(kind, folder)
    found = []
    for source in registry.found:
        facts = StaticInfo() if source.file is None else read_facts(source.file)
        verdict = None if seconds is None else attempt.try_plugin(kind, source, seconds)
        found.append(
            Row(
                name=source.name,
                origin=source.origin,
                weights=_weights(facts.weights),
                licence=facts.licence,
                summary=facts.summary,
                problem=_problem(kind, registry, source, facts, verdict),
                check=None if verdict is None else verdict.status,
            )
        )
    return found


def print_rows(found: Sequence[Row], *, as_json: bool) -> None:
    """The list: a table on a terminal; in a pipe a line each, fields separated by tabs, ``-`` for nothing."""
    if as_json:
        for row in found:
            typer.echo(json.dumps(asdict(row)))  # ASCII, since file names may be no valid text
    elif sys.stdout is not None and sys.stdout.isatty():
        _print_table(found)
    else:
        for row in found:
            typer.echo("\t".join(_fields(row)))


def print_plugin(kind: Kind[Any], name: str, folder: Path | None) -> None:
    """A plugin with its options. Its module is run for that, as it is when it is chosen.

    Raises:
        EraserError: No plugin goes by that name, or it cannot be imported.
    """
    loaded = find_plugins(kind, folder).run(name)
    source = loaded.source
    facts = StaticInfo() if source.file is None else read_facts(source.file)
    options = () if loaded.options_class is None else list_options(loaded.options_class)
    weights = ", ".join(facts.weights)
    for label, text in (
        (source.name, facts.summary),
        ("from", source.origin),
        ("licence", facts.licence),
        ("weights", f"{weights} ({_weights(facts.weights)})" if weights else ""),
    ):
        typer.echo(f"{label}: {text or '-'}")
    if not options:
        typer.echo("options: none")
        return
    typer.echo(f"options, as --{kind.noun}-option key=value:")
    for option in options:
        default = option.default_text or "nothing"
        typer.echo(f"  {option.name}: {option.help + '; ' if option.help else ''}{option.expects}; default {default}")


def broken(found: Iterable[Row]) -> list[str]:
    """Names of those that a check found broken."""
    return [row.name for row in found if row.check == "broken"]


def _problem(
    kind: Kind[Any], registry: Registry[Any], source: Source, facts: StaticInfo, verdict: Verdict | None
) -> str:
    if facts.problem:
        return facts.problem
    if source.name in registry.conflicts:
        return str(registry.conflicts[source.name])
    if verdict is not None:
        return verdict.reason
    is_drop_in = source.file is not None and source.origin == str(source.file)
    return f"it does not define {kind.factory}(context)" if is_drop_in and not facts.may_define(kind.factory) else ""


def _weights(names: Sequence[str]) -> Weights:
    if not names:
        return "-"
    from eraser import weights

    manifest = weights.read_manifest()
    there = (
        (name in manifest and weights.locate(manifest[name]) is not None) or (weights_dir() / name).is_file()
        for name in names
    )
    return "here" if all(there) else "missing"


def _fields(row: Row) -> list[str]:
    about = f"{row.check or 'broken'}: {row.problem}" if row.problem else row.check or ""
    fields = (row.name, row.origin, row.weights, row.licence, row.summary, about)
    return [" ".join(text.encode(errors="backslashreplace").decode().split()) or "-" for text in fields]


def _print_table(found: Sequence[Row]) -> None:
    """For a terminal: short facts in columns, then what takes more room, in one line each."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table("name", "weights", "licence", "what it does", box=None, pad_edge=False)
    for row in found:
        table.add_row(*(Text(text) for text in (row.name, row.weights, row.licence or "-", row.summary or "-")))
    console.print(table)
    console.print()
    for row in found:
        name, origin, _, _, _, about = _fields(row)
        about = "" if about == "-" else f" ({about})"
        console.print(f"{name}: {origin}{about}", soft_wrap=True, markup=False)
