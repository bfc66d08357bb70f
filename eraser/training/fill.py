"""A whole training run of the generator: data in, weights and a curve out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eraser.training.decode import DecodedPhotos, decode_photos
from eraser.training.fill_monitor import FillMonitor
from eraser.training.loop import FillTrainer
from eraser.training.procedural import draw_pictures
from eraser.training.processes import Processes
from eraser.training.runs import run_training
from eraser.training.scenes import build_pool
from eraser.training.settings import FillSettings
from eraser.training.shapes import ShapeBank, load_shapes
from eraser.training.validate import load_validation, merge


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

    def load(cache_dir: Path) -> tuple[DecodedPhotos, ShapeBank]:
        return decode_photos(data.photos, cache_dir, settings.cache_px), load_shapes(data.shapes, cache_dir)

    def build(decoded: tuple[DecodedPhotos, ShapeBank], processes: Processes, start: Path | None) -> FillTrainer:
        photos, bank = decoded
        count = settings.procedural_count if settings.procedural_share > 0 else 0
        pool = build_pool(
            photos,
            draw_pictures(count, settings.cache_px, settings.seed),
            temper=settings.source_temper,
            source_weights=dict(settings.source_weights),
            procedural_share=settings.procedural_share,
            device=processes.device,
        )
        return FillTrainer(settings, pool, bank.to(processes.device), processes, initial=start)

    def watch(trainer: FillTrainer) -> FillMonitor:
        crops = [load_validation(folder, settings.size_px) for folder in data.validation]
        return FillMonitor(trainer, run_dir, merge(crops) if crops else None)

    run_training(run_dir, settings, device, initial, load=load, build=build, watch=watch)
