"""A whole training run of the generator: data in, weights and a curve out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from eraser.training.checkpoint import CHECKPOINT
from eraser.training.decode import decode_photos
from eraser.training.loop import FillTrainer
from eraser.training.monitor import Monitor
from eraser.training.procedural import draw_pictures
from eraser.training.processes import Processes
from eraser.training.scenes import build_pool
from eraser.training.settings import FillSettings
from eraser.training.shapes import load_shapes
from eraser.training.validate import load_validation, merge

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillData:
    """Where the pictures of a run are."""

    photos: Sequence[Path]
    """Folders or .tar files of photos without people."""
    shapes: Sequence[Path] = ()
    """Folders of masks of people; none trains on ellipses."""
    validation: Sequence[Path] = ()
    """Folders with ``truth`` and ``mask``."""


def train_fill(
    data: FillData, run_dir: Path, settings: FillSettings, *, device: str, initial: Path | None = None
) -> None:
    """Train the generator; goes on where the run in ``run_dir`` stopped.

    Leaves in ``run_dir``: ``checkpoint.pt``, ``ema.safetensors`` (the averaged weights, float16),
    ``best.safetensors`` (those with the least low-frequency error), ``curve.csv``, ``grid.png``, ``cache/``.

    Args:
        data: Where the pictures are.
        run_dir: Folder of the run; made when missing.
        settings: The numbers.
        device: ``cpu``, ``cuda`` or ``auto``.
        initial: Exported weights to begin with; only read when the run is new.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    processes = Processes.join(device)
    run_dir.mkdir(parents=True, exist_ok=True)
    if not processes.is_main:
        processes.wait()  # for the first process to fill the cache
    photos = decode_photos(data.photos, run_dir / "cache", settings.cache_px)
    bank = load_shapes(data.shapes, run_dir / "cache")
    if processes.is_main:
        processes.wait()
    count = settings.procedural_count if settings.procedural_share > 0 else 0
    pool = build_pool(
        photos,
        draw_pictures(count, settings.cache_px, settings.seed),
        temper=settings.source_temper,
        source_weights=dict(settings.source_weights),
        procedural_share=settings.procedural_share,
        device=processes.device,
    )
    checkpoint = run_dir / CHECKPOINT
    known = checkpoint.is_file()
    trainer = FillTrainer(settings, pool, bank.to(processes.device), processes, initial=None if known else initial)
    if known:
        trainer.resume(checkpoint)
        log.info("going on from step %d", trainer.step)
    crops = (
        merge([load_validation(folder, settings.size_px) for folder in data.validation]) if data.validation else None
    )
    try:
        if not processes.is_main:
            trainer.run(lambda _: None, checkpoint)
            return
        with Monitor(trainer, run_dir, crops) as monitor:
            trainer.run(monitor.after_step, checkpoint)
            monitor.validate()
            trainer.save(checkpoint)
    finally:
        processes.leave()
