"""A whole run of whatever kind: the data are decoded once, a known run goes on, and the main process watches it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

import cv2
import torch

from eraser.training.checkpoint import CHECKPOINT
from eraser.training.monitor import Monitor
from eraser.training.processes import Processes
from eraser.training.run_settings import RunSettings
from eraser.training.trainer import Trainer

log = logging.getLogger(__name__)

Data = TypeVar("Data")
Kind = TypeVar("Kind", bound=Trainer)

Build: TypeAlias = Callable[[Data, Processes, Path | None], Kind]
"""A trainer of its data, the processes and the weights to begin with."""


def run_training(
    run_dir: Path,
    settings: RunSettings,
    device: str,
    initial: Path | None,
    *,
    load: Callable[[Path], Data],
    build: Build[Data, Kind],
    watch: Callable[[Kind], Monitor],
) -> None:
    """Train; go on where the run in ``run_dir`` stopped.

    Args:
        run_dir: Folder of the run; made when missing.
        settings: The numbers.
        device: ``cpu``, ``cuda`` or ``auto``.
        initial: Exported weights to begin with; only read when the run is new.
        load: Reads the data; decoded photos are kept in the folder that it is given.
        build: Makes the trainer.
        watch: Makes the monitor, in the main process only.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
        cv2.setNumThreads(settings.threads)
    processes = Processes.join(device)
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        if not processes.is_main:
            processes.wait()  # for the first process to fill the cache
        data = load(run_dir / "cache")
        if processes.is_main:
            processes.wait()
        checkpoint = run_dir / CHECKPOINT
        known = checkpoint.is_file()
        trainer = build(data, processes, None if known else initial)
        if known:
            trainer.resume(checkpoint)
            log.info("going on from step %d", trainer.step)
        if not processes.is_main:
            trainer.run(lambda _: None, checkpoint)
            return
        with watch(trainer) as monitor:
            trainer.run(monitor.after_step, checkpoint)
            monitor.validate()
            trainer.save(checkpoint)
    finally:
        processes.leave()
