"""What was asked for. Options that contradict each other end in a usage error, before any photo is opened."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import typer

from eraser.cli.archive_usage import check_actors, check_archive, is_archive
from eraser.cli.options import differing, refuse
from eraser.cli.request import Request
from eraser.cli.watch_usage import check_watch
from eraser.config import BATCH_DEFAULTS, REQUEST_DEFAULTS, EraseRequest


def check(request: Request, *, output: str | None) -> Request:
    """The request with its place for results, once all of it fits together.

    Args:
        request: Without ``results.output``.
        output: What -o says; whether it ends in a slash counts.

    Raises:
        typer.BadParameter: It does not; the process then ends with 2.
    """
    check_watch(request, output)
    _check_choice(request.erase)
    _check_mask(request)
    _check_batch(request)
    check_actors(request)
    if request.list_people:
        _check_list(request)
    if is_archive(request, output):
        return check_archive(request, output)
    if output is None:
        return request
    is_file = _is_file(request, output)
    return replace(request, is_file=is_file, results=replace(request.results, output=Path(output)))


def _check_choice(asked: EraseRequest) -> None:
    from eraser.select import TermSelector, names_somebody

    if names_somebody(asked):
        _check_names(asked)
        return
    if asked.unsure != REQUEST_DEFAULTS.unsure:
        raise typer.BadParameter("it goes with names in --who or --keep", param_hint="--unsure")
    try:
        TermSelector(asked.who)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--who") from error
    try:
        TermSelector(asked.who, asked.at)
    except ValueError as error:
        raise typer.BadParameter(
            "it goes alone (those people go) or with --who others (they stay)", param_hint="--at"
        ) from error


def _check_names(asked: EraseRequest) -> None:
    """Raises FacesError if the known faces cannot be used, which is no fault of the command line."""
    from eraser.select import check_choice, names_somebody

    if asked.at:
        raise typer.BadParameter("it goes alone or with --who others, not with names", param_hint="--at")
    for hint, part in (("--who", replace(asked, keep=())), ("--keep", replace(asked, who="all"))):
        if not names_somebody(part):
            continue
        try:
            check_choice(part)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=hint) from error


def _check_mask(request: Request) -> None:
    asked = request.erase
    if request.mask is None:
        why = "it needs --mask FILE"
        refuse((request.invert_mask, "--invert-mask", why), (asked.add_mask, "--add-mask", why))
    elif not asked.add_mask:
        why = "it is about people, and --mask is used instead of them, exactly as it is; --add-mask uses both"
        refuse(
            (asked.who != REQUEST_DEFAULTS.who, "--who", why),
            (bool(asked.at), "--at", why),
            (bool(asked.keep), "--keep", why),
            (request.list_people, "--list", why),
        )


def _check_list(request: Request) -> None:
    why = "--list erases nothing, it only writes a PNG that shows the people"
    refuse(
        (request.mask is not None, "--mask", why),
        (request.results.save_mask, "--save-mask", why),
        (request.results.copy_unchanged, "--copy-unchanged", why),
        (request.results.format not in ("same", "png"), "--format", why),
        (request.batch.resume, "--resume", why),
        (request.batch.review is not None, "--review", why),
    )


def _check_batch(request: Request) -> None:
    batch = request.batch
    if request.watch.watch is not None:
        for flag in differing(batch, BATCH_DEFAULTS):
            raise typer.BadParameter("it goes with photos, not with --watch", param_hint=flag)
    review = batch.review
    refuse(
        (batch.resume and not batch.ledger, "--resume", "it needs the ledger"),
        (review is not None and batch.dry_run, "--review", "a dry run has no results to look through"),
        (
            review is not None and review.suffix.lower() not in (".html", ".htm"),
            "--review",
            f"{review} does not end in .html",
        ),
    )


def _is_file(request: Request, output: str) -> bool:
    """Whether -o names the one result: it then ends in a suffix that says how to write it."""
    from eraser.batch import is_folder, names_several
    from eraser.photo import format_of_suffix

    path, hint = Path(output), "-o"
    if not output.strip():
        raise typer.BadParameter("it is empty", param_hint=hint)
    if is_folder(path) or output.endswith(tuple(filter(None, (os.sep, os.altsep)))):
        return False
    name = format_of_suffix(path.suffix)
    if len(request.photos) != 1 or names_several(request.photos[0]):
        if name is not None:
            raise typer.BadParameter(f"several photos need a folder, and {output} looks like a file", param_hint=hint)
        return False
    if not path.suffix:
        return False
    if name is None:
        raise typer.BadParameter(
            f"{path.suffix} is no photo format: take .jpg, .png, .webp or .tif; for a folder, end {output} in a slash",
            param_hint=hint,
        )
    wanted = "png" if request.list_people else request.results.format
    if wanted != "same" and format_of_suffix(f".{wanted}") != name:
        what = "--list writes a PNG" if request.list_people else f"--format {wanted} says otherwise"
        raise typer.BadParameter(f"the name {output} asks for {path.suffix}, but {what}", param_hint=hint)
    return True
