"""``eraser setup``: fetch and compile now what the first run would fetch and compile."""

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
    """Fetch weights and compile the patch search before the first run: for servers, container images, and trains."""
    manifest = weights.read_manifest()
    entries = [manifest[name] for name in (*WANTED, *(OPTIONAL if every else ()))]
    missing = [entry for entry in entries if weights.locate(entry) is None]
    typer.echo(_table(entries))
    size = sum(entry.size_bytes or 0 for entry in missing)
    if missing:
        typer.echo(f"{len(missing)} to fetch, {size / 1e6:.0f} MB, into {weights.weights_dir()}")
    if dry_run:
        return
    _compile()  # first: it needs no network
    if not missing:
        typer.echo("everything is here")
        return
    failures = []
    for entry in missing:
        try:
            weights.fetch(entry.name)
        except WeightsError as error:
            failures.append(str(error))
    if failures:
        raise WeightsError("; ".join(failures))


def _compile() -> None:
    """Fill a hole that is large enough for every loop to be used; what was compiled before is only loaded."""
    import numpy as np

    from eraser.config import ModelConfig
    from eraser.engine import Engine

    typer.echo("compiling the patch search")
    image = np.random.default_rng(0).integers(0, 255, (1000, 1600, 3), np.uint8)
    mask = np.zeros(image.shape[:2], np.bool_)
    mask[300:700, 500:1100] = True
    Engine(ModelConfig(inpainter="patches", device="cpu"), plugins=()).erase(image, mask=mask)


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
