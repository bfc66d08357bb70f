"""``erase-me``: the command line. The command, and the way through it.

options     every option with its help
usage       what was asked for; what makes no sense ends before any photo is opened
run         photos in, results out, an exit code at the end
voice       what goes to stdout, what to stderr, and when
report      an outcome as JSON, as a table, as a message

Nothing here imports torch or numpy before there is work: ``--help`` is to come at once.
"""

from __future__ import annotations

import typer

from eraser import console
from eraser.cli import options
from eraser.cli.usage import Request, check
from eraser.config import DEFAULTS, OUTPUT_DEFAULTS, EraseConfig, OutputConfig

# Plain help: rich's would double the time that `erase-me --help` takes.
app = typer.Typer(name="erase-me", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def erase_me(
    photos: options.Photos,
    output: options.Output = None,
    who: options.Who = DEFAULTS.who,
    at: options.At = None,
    list_people: options.ListPeople = False,
    mask: options.Mask = None,
    invert_mask: options.InvertMask = False,
    add_mask: options.AddMask = DEFAULTS.add_mask,
    save_mask: options.SaveMask = OUTPUT_DEFAULTS.save_mask,
    masker: options.Masker = DEFAULTS.masker,
    people_weights: options.PeopleWeights = DEFAULTS.people_weights,
    inpainter: options.Inpainter = DEFAULTS.inpainter,
    fill_weights: options.FillWeights = DEFAULTS.fill_weights,
    trust_pickle: options.TrustPickle = DEFAULTS.trust_pickle,
    plugins_dir: options.PluginsDir = None,
    device: options.Device = DEFAULTS.device,
    min_score: options.MinScore = DEFAULTS.min_score,
    dilate_px: options.DilatePx = DEFAULTS.dilate_px,
    feather_px: options.FeatherPx = DEFAULTS.feather_px,
    copy_unchanged: options.CopyUnchanged = OUTPUT_DEFAULTS.copy_unchanged,
    on_conflict: options.OnConflict = OUTPUT_DEFAULTS.on_conflict,
    file_format: options.Format = OUTPUT_DEFAULTS.format,
    quality: options.Quality = OUTPUT_DEFAULTS.quality,
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
        photos=tuple(photos),
        list_people=list_people,
        mask=mask,
        invert_mask=invert_mask,
        plugins_dir=plugins_dir,
        config=EraseConfig(
            who=who,
            add_mask=add_mask,
            masker=masker,
            people_weights=people_weights,
            inpainter=inpainter,
            fill_weights=fill_weights,
            device=device,
            min_score=min_score,
            dilate_px=dilate_px,
            feather_px=feather_px,
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

    from eraser.cli.run import run
    from eraser.cli.voice import Voice

    raise typer.Exit(run(job, Voice(quiet=quiet, verbose=verbose), as_json=as_json))


def main() -> None:
    """Console entry point."""
    console.run(app)
