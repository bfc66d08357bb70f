"""Ultralytics, imported without its habits.

By itself the library asks the DNS whether there is a network, writes a settings file into the home folder, counts
runs for its makers, installs packages that it misses with pip, logs to stdout, turns OpenCV's threads off and sets
OMP_NUM_THREADS to 1 for everything that follows. A tool that opens people's photos does none of that.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from eraser.system.threads import use_passive_waiting

_OFF = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_VERBOSE": "0"}


def import_ultralytics(module: str) -> ModuleType:
    """``importlib.import_module`` for a module of ultralytics, with telemetry, network, pip and log lines off.

    The first caller decides for the whole process: where a program has imported ultralytics before us, its settings
    are left alone.

    Args:
        module: Such as ``ultralytics.nn.tasks``.
    """
    if "ultralytics" not in sys.modules:
        _first_import()
    return importlib.import_module(module)


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Nothing on file descriptor 2, where native runtimes announce themselves past Python's logging."""
    saved: int | None = None
    with suppress(OSError):
        saved = os.dup(2)
    if saved is None:
        yield
        return
    try:
        with Path(os.devnull).open("wb") as sink:
            os.dup2(sink.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _first_import() -> None:
    # Before ultralytics, because torch reads OMP_NUM_THREADS once, while it is loaded.
    use_passive_waiting()
    importlib.import_module("torch")
    import cv2
    import numpy as np
    from PIL import Image

    threads, open_image = cv2.getNumThreads(), Image.open
    with tempfile.TemporaryDirectory(prefix="erase-me-") as folder, _environment(folder), np.printoptions():
        utils = importlib.import_module("ultralytics.utils")
    cv2.setNumThreads(threads)
    Image.open = open_image  # it would answer a file that is no image by asking for another package
    # Past the class's own setter, which would write the settings file again.
    dict.__setitem__(utils.SETTINGS, "sync", False)
    logger = logging.getLogger("ultralytics")
    logger.handlers[:] = [logging.NullHandler()]
    logger.propagate = False


@contextmanager
def _environment(config_dir: str) -> Iterator[None]:
    """The environment as ultralytics reads it while it is imported; afterwards as it was, for child processes."""
    before = dict(os.environ)
    os.environ.update(_OFF, YOLO_CONFIG_DIR=config_dir)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
