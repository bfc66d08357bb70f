"""``eraser maskers``: what finds people, which options each has, write one, try one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eraser.config import MODEL_DEFAULTS, ModelConfig, OutputConfig
from eraser.console import Verbose
from eraser.console.options import option_of
from eraser.toolbox.options import Device, PeopleWeights, PhotoFile, PluginsDir
from eraser.toolbox.plugin_commands import plugin_app

if TYPE_CHECKING:
    from eraser.plugins.kind import Kind


def _load_kind() -> Kind[Any]:
    from eraser.maskers.registry import MASKERS

    return MASKERS


app = plugin_app("a masker", "What finds people: list, show, write and try maskers.", _load_kind)


@app.command("try")
def try_masker(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A masker, or several as in yolo+hats.")],
    photo: PhotoFile,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", file_okay=False, help="Folder for the picture; else beside the photo."
        ),
    ] = None,
    masker_option: Annotated[list[str] | None, option_of(ModelConfig, "masker_options")] = None,
    masker_timeout: Annotated[float | None, option_of(ModelConfig, "masker_timeout")] = MODEL_DEFAULTS.masker_timeout,
    people_weights: PeopleWeights = MODEL_DEFAULTS.people_weights,
    device: Device = MODEL_DEFAULTS.device,
    min_score: Annotated[float | None, option_of(ModelConfig, "min_score")] = MODEL_DEFAULTS.min_score,
    plugins_dir: PluginsDir = None,
    verbose: Verbose = False,
) -> None:
    """Run a masker on a photo: prints what it finds and how long it takes, and writes <stem>.people.png."""
    from eraser import console
    from eraser.batch import InputPhoto, Outputs, PhotoProcessor
    from eraser.batch.table import as_table
    from eraser.engine import Engine
    from eraser.system.paths import plugins_dirs

    if not verbose:
        console.set_verbosity()
    console.check_opencv()
    config = ModelConfig(
        masker=name,
        masker_options=console.key_values(masker_option or (), "--masker-option"),
        masker_timeout=masker_timeout,
        people_weights=people_weights,
        device=device,
        min_score=min_score,
    )
    folders = plugins_dirs() if plugins_dir is None else (plugins_dir,)
    processor = PhotoProcessor(Engine(config, folders), Outputs(OutputConfig(output=output), [photo]))
    outcome = processor.list_people(InputPhoto(photo))
    if outcome.error is not None:
        raise outcome.error
    typer.echo(as_table(outcome))
    start, detect = (outcome.seconds.get(stage, 0.0) for stage in ("start", "detect"))
    typer.echo(f"  {start:.2f} s to start, {detect:.2f} s for the photo")
