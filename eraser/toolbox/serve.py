"""``eraser serve``: a page to click people away, and an HTTP interface."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import typer

from eraser.config import ModelConfig
from eraser.console import Verbose
from eraser.console.options import parameter
from eraser.errors import EraserError
from eraser.options import options_of
from eraser.serve.settings import ServeConfig
from eraser.toolbox.options import PluginsDir

_LISTS = ("masker_options", "inpainter_options")
_NEEDED = ("fastapi", "uvicorn", "multipart", "fastapi_offline")


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command a parameter for each option of the server and of the networks."""
    fields = [*options_of(ServeConfig), *options_of(ModelConfig)]
    parameters = [parameter(field) for field in fields]
    parameters += [("plugins_dir", PluginsDir, None), ("verbose", Verbose, False)]
    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = [inspect.Parameter(name, keyword, default=value, annotation=form) for name, form, value in parameters]
    command.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]  # inspect reads it
    command.__annotations__ = {name: form for name, form, _ in parameters}
    return command


@_with_options
def serve(**values: Any) -> None:  # noqa: ANN401  options of many types
    """Serve a page to click people away, at http://127.0.0.1:8765, and an interface for programs (see /docs).

    Photos stay in memory and on this machine. Ends with Ctrl-C.
    """
    from eraser import console

    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise EraserError(f"{', '.join(missing)} is missing: pip install 'erase-me[serve]'")
    verbose, plugins_dir = values.pop("verbose"), values.pop("plugins_dir")
    if not verbose:
        console.set_verbosity()
    console.check_opencv()
    for name in _LISTS:
        values[name] = console.key_values(values[name] or (), f"--{name[:-1].replace('_', '-')}")
    values["allow_host"] = tuple(values["allow_host"] or ())
    names = {field.name for field in options_of(ServeConfig)}
    try:
        config = ServeConfig(**{name: value for name, value in values.items() if name in names})
        model = ModelConfig(**{name: value for name, value in values.items() if name not in names})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    _serve(config, model, plugins_dir)


def _serve(config: ServeConfig, model: ModelConfig, plugins_dir: Any) -> None:  # noqa: ANN401  a Path or None
    from eraser.engine import Engine
    from eraser.serve.app import create_app
    from eraser.serve.compute import Compute, LocalCompute, ProcessCompute
    from eraser.serve.server import address, listen, open_browser
    from eraser.serve.server import serve as run
    from eraser.system.paths import plugins_dirs

    folders = plugins_dirs() if plugins_dir is None else (plugins_dir,)
    listener = listen(config)
    port = listener.getsockname()[1]
    config = replace(config, port=port)
    compute: Compute
    if config.workers == 1:
        compute = LocalCompute(Engine(model, folders))
    else:
        compute = ProcessCompute(model, folders, config.workers)
    url = address(config, port)

    def on_ready() -> None:
        reach = "only this machine can reach it" if config.is_local else "others can reach it, with the token"
        typer.echo(f"{url}  ({reach}; Ctrl-C ends it)", err=True)
        if config.browser:
            open_browser(url, None if config.token is None else app.state.invitation.make())

    app = create_app(config, compute)
    run(app, listener, on_ready)
