"""``erase-me``: the command line. The command, and the way through it.

options     every option with its help
usage       what was asked for; what makes no sense ends before any photo is opened
run         photos in, results out, an exit code at the end
watching    the same for a watched folder, without an end
voice       what goes to stdout, what to stderr, and when
report      an outcome as JSON, as a table, as a message

Nothing here imports torch or numpy before there is work: ``--help`` is to come at once.
"""

from __future__ import annotations

import typer

from eraser import console
from eraser.cli import options
from eraser.cli.usage import Request, check
from eraser.cli.watch_usage import watch_config
from eraser.config import (
    BATCH_DEFAULTS,
    MODEL_DEFAULTS,
    OUTPUT_DEFAULTS,
    REQUEST_DEFAULTS,
    WATCH_DEFAULTS,
    BatchConfig,
    EraseRequest,
    ModelConfig,
    OutputConfig,
)

# Plain help: rich's would double the time that `erase-me --help` takes.
app = typer.Typer(name="erase-me", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def erase_me(
    photos: options.Photos = None,
    output: options.Output = None,
    who: options.Who = REQUEST_DEFAULTS.who,
    at: options.At = None,
    list_people: options.ListPeople = False,
    mask: options.Mask = None,
    invert_mask: options.InvertMask = False,
    add_mask: options.AddMask = REQUEST_DEFAULTS.add_mask,
    save_mask: options.SaveMask = OUTPUT_DEFAULTS.save_mask,
    masker: options.Masker = MODEL_DEFAULTS.masker,
    masker_option: options.MaskerOption = None,
    masker_timeout: options.MaskerTimeout = MODEL_DEFAULTS.masker_timeout,
    people_weights: options.PeopleWeights = MODEL_DEFAULTS.people_weights,
    inpainter: options.Inpainter = MODEL_DEFAULTS.inpainter,
    inpainter_option: options.InpainterOption = None,
    fill_weights: options.FillWeights = MODEL_DEFAULTS.fill_weights,
    trust_pickle: options.TrustPickle = MODEL_DEFAULTS.trust_pickle,
    plugins_dir: options.PluginsDir = None,
    device: options.Device = MODEL_DEFAULTS.device,
    min_score: options.MinScore = MODEL_DEFAULTS.min_score,
    with_belongings: options.WithBelongings = MODEL_DEFAULTS.with_belongings,
    fast: options.Fast = MODEL_DEFAULTS.fast,
    second_look: options.SecondLook = REQUEST_DEFAULTS.second_look,
    shadows: options.Shadows = REQUEST_DEFAULTS.shadows,
    dilate_px: options.DilatePx = REQUEST_DEFAULTS.dilate_px,
    feather_px: options.FeatherPx = REQUEST_DEFAULTS.feather_px,
    copy_unchanged: options.CopyUnchanged = OUTPUT_DEFAULTS.copy_unchanged,
    on_conflict: options.OnConflict = OUTPUT_DEFAULTS.on_conflict,
    file_format: options.Format = OUTPUT_DEFAULTS.format,
    quality: options.Quality = OUTPUT_DEFAULTS.quality,
    recursive: options.Recursive = BATCH_DEFAULTS.recursive,
    workers: options.Workers = BATCH_DEFAULTS.workers,
    resume: options.Resume = BATCH_DEFAULTS.resume,
    ledger: options.KeepLedger = BATCH_DEFAULTS.ledger,
    limit: options.Limit = BATCH_DEFAULTS.limit,
    dry_run: options.DryRun = BATCH_DEFAULTS.dry_run,
    review: options.Review = BATCH_DEFAULTS.review,
    watch: options.Watch = WATCH_DEFAULTS.watch,
    once: options.Once = WATCH_DEFAULTS.once,
    poll: options.Poll = WATCH_DEFAULTS.poll,
    settle: options.Settle = WATCH_DEFAULTS.settle,
    after: options.After = WATCH_DEFAULTS.after,
    move_to: options.MoveTo = WATCH_DEFAULTS.move_to,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    version: options.Version = False,
) -> None:
    """Take the people out of photos. Writes <stem>.erased<ext> beside each; the photos are never touched."""
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose contradict each other")
    console.set_verbosity(quiet=quiet, verbose=verbose)
    console.check_opencv()
    request = Request(
        photos=tuple(photos or ()),
        watch=watch_config(watch=watch, once=once, poll=poll, settle=settle, after=after, move_to=move_to),
        batch=BatchConfig(
            recursive=recursive,
            workers=workers,
            resume=resume,
            ledger=ledger,
            limit=limit,
            dry_run=dry_run,
            review=review,
        ),
        list_people=list_people,
        mask=mask,
        invert_mask=invert_mask,
        plugins_dir=plugins_dir,
        erase=EraseRequest(
            who=who,
            add_mask=add_mask,
            second_look=second_look,
            shadows=shadows,
            dilate_px=dilate_px,
            feather_px=feather_px,
        ),
        model=ModelConfig(
            masker=masker,
            masker_options=console.key_values(masker_option or (), "--masker-option"),
            masker_timeout=masker_timeout,
            people_weights=people_weights,
            inpainter=inpainter,
            inpainter_options=console.key_values(inpainter_option or (), "--inpainter-option"),
            fill_weights=fill_weights,
            device=device,
            min_score=min_score,
            with_belongings=with_belongings,
            fast=fast,
            trust_pickle=trust_pickle,
        ),
        results=OutputConfig(
            save_mask=save_mask,
            copy_unchanged=copy_unchanged,
            on_conflict=on_conflict,
            format=file_format,
            quality=quality,
        ),
    )
    job = check(request, output=output, at=at or [])

    from eraser.cli.voice import Voice

    voice = Voice(quiet=quiet, verbose=verbose)
    if job.watch.watch is not None:
        from eraser.cli.watching import run_watch

        raise typer.Exit(run_watch(job, voice, as_json=as_json))

    from eraser.cli.run import run

    raise typer.Exit(run(job, voice, as_json=as_json))


def main() -> None:
    """Console entry point."""
    console.run(app)
