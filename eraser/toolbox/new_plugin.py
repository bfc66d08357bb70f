"""``eraser maskers new NAME``: a plugin that works, and its test, to be changed into one's own."""

from __future__ import annotations

import keyword
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer

from eraser.errors import EraserError
from eraser.plugins.kind import Kind
from eraser.system.paths import own_plugins_dir
from eraser.toolbox.plugins import find_plugins

_EXAMPLE = "example"


def write_plugin(kind: Kind[Any], name: str, folder: Path | None) -> tuple[Path, Path]:
    """Write ``NAME.py`` and ``test_NAME.py`` into a folder of plugins; both or neither, and nothing is replaced.

    Args:
        kind: Maskers or inpainters.
        name: What the plugin is to be called.
        folder: None for the person's own folder of plugins, which is made if it is missing.

    Raises:
        typer.BadParameter: It cannot be called so.
        EraserError: The name is taken, a file is there already, or the folder cannot be written to.
    """
    is_word = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    if not is_word or name.startswith(("_", "test_")) or name == "conftest":
        raise typer.BadParameter(
            f"{name!r} cannot be a plugin's name: take letters, digits and _, and no _ or test_ at the start",
            param_hint="NAME",
        )
    folder = folder or own_plugins_dir()
    paths = folder / f"{name}.py", folder / f"test_{name}.py"
    texts = [_template(f"{kind.noun}.py", name), _template(f"test_{kind.noun}.py", name)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            if os.path.lexists(path):
                raise kind.duplicate(f"{path} is there already, and nothing was written: take another name")
        if name in find_plugins(kind, folder).names:
            article = "an" if kind.noun[0] in "aeiou" else "a"
            raise kind.duplicate(
                f"{article} {kind.noun} is called {name} already, and nothing was written: take another name"
            )
        for path, text in zip(paths, texts, strict=True):
            with path.open("x", encoding="utf-8") as file:  # never over a file that came there meanwhile
                file.write(text)
    except OSError as error:
        raise EraserError(f"cannot write the plugin to {folder}: {error.strerror or error}") from error
    return paths


def _template(file: str, name: str) -> str:
    text = files("eraser.toolbox.templates").joinpath(file).read_text(encoding="utf-8")
    title = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return text.replace(_EXAMPLE.title(), title).replace(_EXAMPLE, name)
