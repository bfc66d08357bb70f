"""``eraser setup``: fetch now what later runs would fetch."""

from __future__ import annotations

from typing import Annotated

import typer

from eraser import weights
from eraser.console import Verbose
from eraser.errors import WeightsError
from eraser.weights import PREFERRED, WeightsEntry

WANTED = (*PREFERRED.values(),)
"""What runs fetch without being asked."""
OPTIONAL = ("lama", "migan", "yunet", "sface")
"""What runs fetch when an option asks for it."""


def setup(
    every: Annotated[
        bool, typer.Option("--all", help="Also what only some options need: other fills, and faces.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be fetched.")] = False,
    verbose: Verbose = False,
) -> None:
    """Fetch the weights that later runs would fetch: for servers, images, and trains."""
    manifest = weights.read_manifest()
    entries = [manifest[name] for name in (*WANTED, *(OPTIONAL if every else ()))]
    missing = [entry for entry in entries if weights.locate(entry) is None]
    typer.echo(_table(entries))
    size = sum(entry.size_bytes or 0 for entry in missing)
    if not missing:
        typer.echo("everything is here")
        return
    typer.echo(f"{len(missing)} to fetch, {size / 1e6:.0f} MB, into {weights.weights_dir()}")
    if dry_run:
        return
    failures = []
    for entry in missing:
        try:
            weights.fetch(entry.name)
        except WeightsError as error:
            failures.append(str(error))
    if failures:
        raise WeightsError("; ".join(failures))


def _table(entries: list[WeightsEntry]) -> str:
    rows = [("name", "what for", "size", "licence", "state")]
    for entry in entries:
        size = "-" if entry.size_bytes is None else f"{entry.size_bytes / 1e6:.1f} MB"
        state = "here" if weights.locate(entry) else "to fetch"
        rows.append((entry.name, weights.PURPOSE[entry.kind], size, entry.licence, state))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
