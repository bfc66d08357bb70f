"""What a command line asks for, once ``usage.check`` found that it makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eraser.config import (
    BATCH_DEFAULTS,
    WATCH_DEFAULTS,
    BatchConfig,
    EraseRequest,
    ModelConfig,
    OutputConfig,
    WatchConfig,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command line."""

    photos: tuple[Path, ...]
    """Photos, folders, patterns, and ``-`` for a list on stdin."""
    addresses: tuple[str, ...] = ()
    """Photos and folders in a store, such as ``s3://bucket/in/``."""
    archive: str | None = None
    """Where results go in a run over a store or on a cluster; None for any other run."""
    model: ModelConfig
    erase: EraseRequest
    results: OutputConfig
    is_file: bool = False
    """``results.output`` is the name of the one result, not a folder."""
    list_people: bool = False
    mask: Path | None = None
    invert_mask: bool = False
    plugins_dir: Path | None = None
    batch: BatchConfig = BATCH_DEFAULTS
    watch: WatchConfig = WATCH_DEFAULTS
