"""``erase-me``: the command line. The modules in the order in which a run uses them.

options     the options, made from the dataclasses that hold them
request     what was asked for
usage       refuses options that make no sense, before any photo is opened
run         photos in, results out, an exit code at the end
archive     the same over a store or on a cluster
watching    the same for a watched folder, without an end
output       what goes to stdout, what to stderr, and when
report      an outcome as JSON, as a table, as a message

Nothing here imports torch or numpy before there is work: ``--help`` must appear at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from eraser import console
from eraser.cli.options import read, with_options
from eraser.cli.request import Request
from eraser.cli.usage import check
from eraser.cli.watch_usage import watch_config
from eraser.config import BatchConfig, EraseRequest, ModelConfig, OutputConfig
from eraser.storage.base import is_address

# Plain help: rich's would double the time that `erase-me --help` takes.
app = typer.Typer(name="erase-me", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
@with_options
def erase_me(photos: list[str] | None, **values: Any) -> None:  # noqa: ANN401  each option has a type of its own
    """Take the people out of photos. Writes <stem>.erased<ext> beside each; the photos are never touched."""
    quiet, verbose, as_json = (values[name] for name in ("quiet", "verbose", "as_json"))
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose contradict each other")
    if values["strip_metadata"] and values["keep_metadata"]:
        raise typer.BadParameter("--strip-metadata and --keep-metadata contradict each other")
    console.set_verbosity(quiet=quiet, verbose=verbose)
    console.check_opencv()
    request = Request(
        photos=tuple(Path(text) for text in photos or () if not is_address(text)),
        addresses=tuple(text for text in photos or () if is_address(text)),
        watch=watch_config(values),
        batch=read(BatchConfig, values),
        erase=read(EraseRequest, values),
        model=read(ModelConfig, values),
        results=read(OutputConfig, values),
        **{name: values[name] for name in ("list_people", "mask", "invert_mask", "plugins_dir")},
    )
    job = check(request, output=values["output"])
    from eraser.console.progress import show_fetches
    from eraser.weights import go_offline

    show_fetches(quiet=quiet)
    if job.model.offline:
        go_offline()  # plugins and worker processes, too

    from eraser.cli.output import Output

    output = Output(quiet=quiet, verbose=verbose)
    if job.watch.watch is not None:
        from eraser.cli.watching import run_watch

        raise typer.Exit(run_watch(job, output, as_json=as_json))

    if job.archive is not None:
        from eraser.cli.archive import run_over_store

        raise typer.Exit(run_over_store(job, job.archive, output, as_json=as_json))

    from eraser.cli.run import run

    raise typer.Exit(run(job, output, as_json=as_json))


def main() -> None:
    """Console entry point."""
    console.run(app)
