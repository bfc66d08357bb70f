"""``eraser``: everything around ``erase-me`` that is not erasing. A group of subcommands is a module of its own.

    eraser weights      list, fetch, import, path, verify
    eraser maskers      list, show, new, try
    eraser inpainters   list, show, new
    eraser faces        add, list, remove, group, check
    eraser setup        fetch now what later runs would fetch
    eraser compare      one photo filled in every way, on one sheet
    eraser serve        a page to click people away, and an HTTP interface
    eraser train        learn weights of our own from photos

A group is a typer app, mounted below; what it needs from torch it imports in its functions, so that ``eraser
--help`` stays quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from eraser import __version__
from eraser.console import Verbose, run
from eraser.console.progress import show_fetches
from eraser.toolbox import faces, inpainters, maskers, weights
from eraser.toolbox.compare import compare_fills
from eraser.toolbox.serve import serve
from eraser.toolbox.setup import setup
from eraser.training import app as training

# Plain help: rich's would double the time that `eraser --help` takes, and keep the line breaks of docstrings.
app = typer.Typer(name="eraser", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(weights.app, name="weights")
app.add_typer(maskers.app, name="maskers")
app.add_typer(inpainters.app, name="inpainters")
app.add_typer(faces.app, name="faces")
app.command("compare")(compare_fills)
app.command("serve")(serve)
app.command("setup")(setup)
app.add_typer(training.app, name="train")


def _print_version(version: bool) -> None:
    if version:
        typer.echo(f"erase-me {__version__}")
        raise typer.Exit


@app.callback()
def root(
    verbose: Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Tools around erase-me: its weights, its plugins, and its ways to fill side by side."""
    show_fetches()


def main() -> None:
    """Console entry point."""
    run(app)
