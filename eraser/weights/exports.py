"""The form of weights that ONNX Runtime runs: made from the same tensors, kept beside the file."""

from __future__ import annotations

import logging
from pathlib import Path

from eraser.system.paths import shipped_weights_dir
from eraser.weights.files import WeightsFile, hash_file

log = logging.getLogger(__name__)


def export_path(file: WeightsFile) -> Path:
    """Where the exported form of a weights file lies, or would lie.

    Shipped weights have a fixed name. For other files the name holds the sha256, so that an old export is never run for
    other weights under the same name.
    """
    if file.entry is not None and file.path.parent == shipped_weights_dir():
        return file.path.with_suffix(".onnx")
    return file.path.with_name(f"{file.path.stem}.{file.sha256[:16]}.onnx")


def find_export(file: WeightsFile) -> Path | None:
    """The exported form of a weights file; None if there is none, or if it is damaged."""
    path = export_path(file)
    if not path.is_file():
        return None
    pinned = None if file.entry is None else file.entry.onnx_sha256
    if pinned and hash_file(path) != pinned:
        log.warning("%s is damaged or belongs to other weights: running %s with torch instead", path, file.path.name)
        return None
    return path
