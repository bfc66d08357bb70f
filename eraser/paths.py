"""Folders: where weights and plugins are found."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent


def shipped_weights_dir() -> Path:
    """The weights that come with the project: inside the installed package, or ``weights/`` of a checkout."""
    installed = _PACKAGE / "shipped_weights"
    return installed if installed.is_dir() else _CHECKOUT / "weights"


def weights_dir() -> Path:
    """The person's own weights: ``$ERASER_WEIGHTS``, else the user's data folder. It may not exist yet."""
    if chosen := os.environ.get("ERASER_WEIGHTS"):
        return Path(chosen)
    return _user_data_dir() / "weights"


def plugins_dir() -> Path | None:
    """The folder of drop-in plugins: ``$ERASER_PLUGINS``, else ``plugins/`` of a checkout, else the user's.

    Never the working folder: what lies there is data, not code. None when there is no such folder.
    """
    if chosen := os.environ.get("ERASER_PLUGINS"):
        return Path(chosen)
    if (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "plugins").is_dir():
        return _CHECKOUT / "plugins"
    own = _user_data_dir() / "plugins"
    return own if own.is_dir() else None


def cache_dir() -> Path:
    """Where compiled code is kept between runs. It may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("erase-me", appauthor=False)


def _user_data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path("erase-me", appauthor=False)
