"""Runs over a store or on a cluster: whether what was asked for fits together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from eraser.cli.options import differing, refuse
from eraser.cli.request import Request
from eraser.config import BATCH_DEFAULTS
from eraser.storage.base import is_address


def is_archive(request: Request, output: str | None) -> bool:
    """Whether a store or a cluster was named."""
    return bool(request.addresses) or request.batch.ray is not None or is_address(output or "")


def check_archive(request: Request, output: str | None) -> Request:
    """The request with its folder of results.

    Raises:
        typer.BadParameter: It makes no sense; the process then ends with 2.
    """
    batch = request.batch
    if output is None or not output.strip():
        raise typer.BadParameter("say where results go: -o s3://bucket/folder/, or a shared folder", param_hint="-o")
    if request.addresses and request.photos:
        raise typer.BadParameter("name photos of a store or files, not both at once", param_hint="PHOTO")
    if bool(request.addresses) != is_address(output):
        raise typer.BadParameter(
            "photos of a store go to a store, and files to a folder: copy one of them first", param_hint="-o"
        )
    refuse(
        (request.watch.watch is not None, "--watch", "it goes with a folder of this machine"),
        (request.list_people, "--list", "it goes with files, without --ray"),
        (request.results.verify, "--verify", "only files are read back"),
        (batch.review is not None, "--review", "it goes with files, without --ray"),
        (not batch.ledger, "--no-ledger", "records take the place of the ledger, and are always written"),
    )
    from eraser.photo import format_of_suffix

    if format_of_suffix(Path(output).suffix) is not None and not output.endswith("/"):
        raise typer.BadParameter(f"it must be a folder, and {output} looks like a file", param_hint="-o")
    if batch.ray is not None and not batch.ray.strip():
        raise typer.BadParameter("write auto, local or an address", param_hint="--ray")
    where = output.rstrip("/") if is_address(output) else str(Path(output).absolute())
    return replace(request, archive=where)


def check_actors(request: Request) -> None:
    """Refuse options of actors without a cluster.

    Raises:
        typer.BadParameter: There are some; the process then ends with 2.
    """
    batch = request.batch
    if batch.ray is None:
        given = replace(BATCH_DEFAULTS, actor_cpus=batch.actor_cpus, actor_gpus=batch.actor_gpus)
        for flag in differing(given, BATCH_DEFAULTS):
            raise typer.BadParameter("it needs --ray", param_hint=flag)
