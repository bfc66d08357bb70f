"""``erase-me --watch``: whether what was asked for fits together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from eraser.config import WATCH_DEFAULTS, After, WatchConfig

if TYPE_CHECKING:
    from eraser.cli.usage import Request


def watch_config(
    *, watch: Path | None, once: bool, poll: float | None, settle: float, after: After, move_to: Path | None
) -> WatchConfig:
    """The options of a watch, once they fit together.

    Raises:
        typer.BadParameter: They do not; the process then ends with 2.
    """
    if watch is None:
        given = {
            "--once": once,
            "--poll": poll is not None,
            "--settle": settle != WATCH_DEFAULTS.settle,
            "--after": after != WATCH_DEFAULTS.after,
            "--move-to": move_to is not None,
        }
        for name, is_given in given.items():
            if is_given:
                raise typer.BadParameter("it needs --watch FOLDER", param_hint=name)
    if after == "move" and move_to is None:
        raise typer.BadParameter("say where originals go: --after move --move-to DIR", param_hint="--after")
    if after != "move" and move_to is not None:
        raise typer.BadParameter("it goes with --after move", param_hint="--move-to")
    try:
        return WatchConfig(watch=watch, once=once, poll=poll, settle=settle, after=after, move_to=move_to)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--watch") from error


def check_watch(request: Request, output: str | None) -> None:
    """Refuse what makes no sense with ``--watch``, or without any photos.

    Raises:
        typer.BadParameter: As in ``watch_config``.
    """
    if request.watch.watch is None:
        if not request.photos:
            raise typer.BadParameter("name photos or folders, or a folder to --watch", param_hint="PHOTO")
        return
    if request.photos:
        raise typer.BadParameter("a watch takes the photos of its folder, and no others", param_hint="PHOTO")
    if output is None:
        raise typer.BadParameter("it needs -o FOLDER for the results, outside the watched folder", param_hint="--watch")
    if request.list_people:
        raise typer.BadParameter("a watch erases; --list goes with photos", param_hint="--list")
    if request.watch.after == "delete" and request.results.on_conflict == "overwrite":
        raise typer.BadParameter(
            "a result that is overwritten may be all that is left of a photo; take --on-conflict suffix",
            param_hint="--after delete",
        )
    inbox = request.watch.watch.resolve()
    if request.mask is not None and inbox in request.mask.resolve().parents:
        raise typer.BadParameter("in the watched folder it would be taken for a photo", param_hint="--mask")
    folder = request.plugins_dir
    if folder is not None and inbox in (folder.resolve(), *folder.resolve().parents):
        raise typer.BadParameter("what comes into the watched folder would be run", param_hint="--plugins-dir")
