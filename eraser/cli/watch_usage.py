"""``erase-me --watch``: whether what was asked for fits together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from eraser.cli.options import differing, read
from eraser.cli.request import Request
from eraser.config import WATCH_DEFAULTS, WatchConfig


def watch_config(values: Mapping[str, Any]) -> WatchConfig:
    """The options of a watch, once they fit together.

    Args:
        values: Of all options, by the names of their fields.

    Raises:
        typer.BadParameter: They do not; the process then ends with 2.
    """
    after, move_to = values["after"], values["move_to"]
    if after == "move" and move_to is None:
        raise typer.BadParameter("say where originals go: --after move --move-to DIR", param_hint="--after")
    if after != "move" and move_to is not None:
        raise typer.BadParameter("it goes with --after move", param_hint="--move-to")
    config = read(WatchConfig, values)
    if config.watch is None:
        for flag in differing(config, WATCH_DEFAULTS):
            raise typer.BadParameter("it needs --watch FOLDER", param_hint=flag)
    return config


def check_watch(request: Request, output: str | None) -> None:
    """Refuse what makes no sense with ``--watch``, or without any photos.

    Raises:
        typer.BadParameter: As in ``watch_config``.
    """
    if request.watch.watch is None:
        if not (request.photos or request.addresses):
            raise typer.BadParameter("name photos or folders, or a folder to --watch", param_hint="PHOTO")
        return
    if request.photos or request.addresses:
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
