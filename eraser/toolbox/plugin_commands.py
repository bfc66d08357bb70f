"""The commands that ``eraser maskers`` and ``eraser inpainters`` share: list, show and new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from eraser.console import Verbose
from eraser.toolbox.options import AsJson, PluginsDir
from eraser.toolbox.plugins import broken, print_plugin, print_rows, rows

if TYPE_CHECKING:
    from eraser.plugins.kind import Kind

CHECK_TIMEOUT_S = 120.0
"""For one plugin. Torch and ultralytics take 5 s to start on an idle machine, and ten times that on a busy one."""

Check: TypeAlias = Annotated[
    bool, typer.Option("--check", help="Load each in a process of its own, and say which are broken.")
]
CheckTimeout: TypeAlias = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=1, help="With --check: how long each may take.")
]
Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="A name that the list shows.")]
NewName: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")]
NewPluginsDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="ERASER_PLUGINS",
        file_okay=False,
        show_default="your own",
        help="Folder for it, made if it is missing.",
    ),
]

_LIST_HELP = """Show all {noun}s, and run none of them.

In a pipe: a line each, with name, where it comes from, weights (here, missing, or - for none), licence, what it
does, and what is wrong with it, separated by tabs, - for what is not known. With --check the last is ok, "asks:"
with what {a_noun} wants first, such as weights, or "broken:" with the reason; any broken one ends with 4.
"""
_SHOW_HELP = "Show where {a_noun} comes from, and its options."
_NEW_HELP = """Write {a_noun} that works, and its test, to be changed into your own, and print their paths.

They go into your own folder of plugins, or into the one named by --plugins-dir. No file is replaced.
"""


def plugin_app(a_noun: str, about: str, load_kind: Callable[[], Kind[Any]]) -> typer.Typer:
    """A group of commands for one kind of plugin.

    Args:
        a_noun: The kind with its article, for help: ``a masker``.
        about: Help of the group.
        load_kind: Imports the kind, and numpy with it, which ``eraser --help`` does without.
    """
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=about)
    words = {"a_noun": a_noun, "noun": a_noun.split()[-1]}

    @app.command("list", help=_LIST_HELP.format(**words))
    def list_plugins(
        plugins_dir: PluginsDir = None,
        check: Check = False,
        timeout: CheckTimeout = CHECK_TIMEOUT_S,
        as_json: AsJson = False,
        verbose: Verbose = False,
    ) -> None:
        kind = load_kind()
        found = rows(kind, plugins_dir, timeout if check else None)
        print_rows(found, as_json=as_json)
        if names := broken(found):
            raise kind.unloadable(f"broken {kind.noun}s: {', '.join(names)}")

    @app.command(help=_SHOW_HELP.format(**words))
    def show(name: Name, plugins_dir: PluginsDir = None, verbose: Verbose = False) -> None:
        print_plugin(load_kind(), name, plugins_dir)

    @app.command(help=_NEW_HELP.format(**words))
    def new(name: NewName, plugins_dir: NewPluginsDir = None, verbose: Verbose = False) -> None:
        from eraser.toolbox.new_plugin import write_plugin

        for path in write_plugin(load_kind(), name, plugins_dir):
            typer.echo(path)

    return app
