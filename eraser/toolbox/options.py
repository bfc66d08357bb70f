"""Options and arguments that several subcommands of ``eraser`` have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from eraser.config import Device as DeviceName
from eraser.config import ModelConfig
from eraser.console.options import option_of

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON object a line, with every field.")]
Device: TypeAlias = Annotated[DeviceName, option_of(ModelConfig, "device")]
PeopleWeights: TypeAlias = Annotated[str, option_of(ModelConfig, "people_weights")]
PhotoFile: TypeAlias = Annotated[Path, typer.Argument(metavar="PHOTO", show_default=False, help="A photo.")]
PluginsDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="ERASER_PLUGINS",
        exists=True,
        file_okay=False,
        show_default="those of erase-me",
        help="Folder of drop-in plugins.",
    ),
]
