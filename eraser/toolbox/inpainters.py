"""``eraser inpainters``: what fills holes, which options each has, write one."""

from __future__ import annotations

from typing import Annotated

import typer

from eraser.errors import InpainterError
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
    no_args_is_help=True, rich_markup_mode=None, help="What fills holes: list, show and write inpainters."
)


@app.command("list")
def list_inpainters(
    plugins_dir: PluginsDir = None,
    check: Check = False,
    timeout: CheckTimeout = CHECK_TIMEOUT_S,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show all inpainters, and run none of them. Columns and checks are those of `eraser maskers list`."""
    from eraser.inpaint.registry import INPAINTERS

    found = rows(INPAINTERS, plugins_dir, timeout if check else None)
    print_rows(found, as_json=as_json)
    if names := broken(found):
        raise InpainterError(f"broken inpainters: {', '.join(names)}")


@app.command()
def show(name: Name, plugins_dir: PluginsDir = None, verbose: Verbose = False) -> None:
    """Show where an inpainter comes from, and its options."""
    from eraser.inpaint.registry import INPAINTERS

    print_plugin(INPAINTERS, name, plugins_dir)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    plugins_dir: NewPluginsDir = None,
    verbose: Verbose = False,
) -> None:
    """Write an inpainter that works, and its test, to be changed into your own, and print their paths.

    They go into your own folder of plugins, or into the one named by --plugins-dir. No file is replaced.
    """
    from eraser.inpaint.registry import INPAINTERS
    from eraser.toolbox.new_plugin import write_plugin

    for path in write_plugin(INPAINTERS, name, plugins_dir):
        typer.echo(path)
