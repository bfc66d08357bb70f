"""Folders: where weights, plugins and known faces are found."""

from __future__ import annotations

import logging
import os
import tempfile
from functools import cache
from pathlib import Path

from eraser.errors import EraserError

log = logging.getLogger(__name__)

_PACKAGE = Path(__file__).parents[1]
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


def shipped_plugins_dir() -> Path | None:
    """The plugins that come with the project: inside the installed package, or ``plugins/`` of a checkout."""
    installed = _PACKAGE / "shipped_plugins"
    if installed.is_dir():
        return installed
    # What lies beside an installed package belongs to others.
    return _CHECKOUT / "plugins" if (_CHECKOUT / "pyproject.toml").is_file() else None


def plugins_dirs() -> tuple[Path, ...]:
    """The folders of drop-in plugins: ``$ERASER_PLUGINS``, else that of the project and the user's own.

    Never the working folder: what lies there is data, not code. Existing folders only. A folder
    named in the environment is returned even if it is missing, so that the caller reports it.
    """
    if chosen := os.environ.get("ERASER_PLUGINS"):
        return (Path(chosen),)
    folders = (shipped_plugins_dir(), own_plugins_dir())
    return tuple(folder for folder in folders if folder is not None and folder.is_dir())


def own_plugins_dir() -> Path:
    """The person's own plugins, in the user's data folder. It may not exist yet."""
    return _user_data_dir() / "plugins"


def faces_file() -> Path:
    """The known faces: ``$ERASER_FACES``, else in the user's data folder. It may not exist yet."""
    if chosen := os.environ.get("ERASER_FACES"):
        return Path(chosen)
    return _user_data_dir() / "faces.json"


def memory_dir() -> Path | None:
    """A folder whose files lie in memory and on no disk; None where there is none."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) else None


def cache_dir() -> Path:
    """Where compiled code is kept between runs. It may not exist yet."""
    from platformdirs import user_cache_path

    try:
        return user_cache_path("erase-me", appauthor=False)
    except RuntimeError:
        return _homeless() / "cache"


def _user_data_dir() -> Path:
    from platformdirs import user_data_path

    try:
        return user_data_path("erase-me", appauthor=False)
    except RuntimeError:
        return _homeless() / "data"


@cache
def _homeless() -> Path:
    """A folder for users without a home, as in containers that are run by number. Only the user may write to it.

    Raises:
        EraserError: The folder belongs to another user.
    """
    folder = Path(tempfile.gettempdir(), f"erase-me-{os.getuid()}")
    log.warning("there is no home folder: weights and compiled code are kept in %s", folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise EraserError(f"{folder} belongs to somebody else: set HOME, or ERASER_WEIGHTS and XDG_CACHE_HOME")
    return folder
