"""A whole training run of the person network: data in, weights and a curve out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch

from eraser.training.checkpoint import CHECKPOINT
from eraser.training.people.compose import Composer, Sources
from eraser.training.people.cutouts import load_cutouts
from eraser.training.people.loop import PeopleTrainer
from eraser.training.people.monitor import Monitor
from eraser.training.people.photos import load_backgrounds, load_people
from eraser.training.people.settings import PeopleSettings
from eraser.training.people.validate import load_labelled
from eraser.training.processes import Processes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleData:
    """Where the pictures of a run are."""

    photos: Sequence[Path]
    """YOLO-seg data sets: ``images`` beside ``labels``, and where there are any, ``masks`` and ``cutouts``."""
    backgrounds: Sequence[Path]
    """Folders or .tar files of photos without people."""
    extra_labels: Path | None = None
    """Folder of label files with people that the data sets' own labels lack."""
    validation: Sequence[Path] = ()
    """Data sets of photos to validate on."""
    validation_nobody: Sequence[Path] = ()
    """Folders of photos without people to validate on."""


def train_people(
    data: PeopleData, run_dir: Path, settings: PeopleSettings, *, device: str, initial: Path | None = None
) -> None:
    """Train the network; goes on where the run in ``run_dir`` stopped.

    Leaves in ``run_dir``: ``checkpoint.pt``, ``ema.safetensors`` (the averaged weights, float16),
    ``best.safetensors`` (those with the best figures), ``curve.csv``, ``cache/``.

    Args:
        data: Where the pictures are.
        run_dir: Folder of the run; made when missing.
        settings: The numbers.
        device: ``cpu``, ``cuda`` or ``auto``.
        initial: Exported weights to begin with; only read when the run is new.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
        cv2.setNumThreads(settings.threads)
    processes = Processes.join(device)
    run_dir.mkdir(parents=True, exist_ok=True)
    if not processes.is_main:
        processes.wait()  # for the first process to fill the cache
    composer = Composer(_load_sources(data, run_dir / "cache", settings.cache_px), settings)
    if processes.is_main:
        processes.wait()
    checkpoint = run_dir / CHECKPOINT
    known = checkpoint.is_file()
    trainer = PeopleTrainer(settings, composer, processes, initial=None if known else initial)
    if known:
        trainer.resume(checkpoint)
        log.info("going on from step %d", trainer.step)
    try:
        if not processes.is_main:
            trainer.run(lambda _: None, checkpoint)
            return
        monitor = Monitor(trainer, run_dir, load_labelled(data.validation, data.validation_nobody))
        try:
            trainer.run(monitor.after_step, checkpoint)
            monitor.validate()
            trainer.save(checkpoint)
        finally:
            monitor.close()
    finally:
        processes.leave()


def _load_sources(data: PeopleData, cache_dir: Path, cache_px: int) -> Sources:
    photos = load_people(data.photos, data.extra_labels, cache_dir, cache_px)
    return Sources(
        photos,
        load_backgrounds(data.backgrounds, cache_dir, cache_px),
        load_cutouts(list(data.photos), photos, cache_dir, cache_px),
    )
