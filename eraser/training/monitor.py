"""Looks at a run from outside the loop: progress, figures, pictures, exported weights."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor

from eraser.training.checkpoint import AVERAGED, BEST, LICENCE, export_weights
from eraser.training.figures import FillFigures
from eraser.training.fingerprint import digest
from eraser.training.loop import FillTrainer
from eraser.training.report import Report
from eraser.training.validate import ValidationCrops, baselines, measure

log = logging.getLogger(__name__)

BASELINES = "baselines.csv"


class Monitor:
    """Validates and exports after a number of steps, in the main process."""

    def __init__(self, trainer: FillTrainer, run_dir: Path, crops: ValidationCrops | None) -> None:
        """Measure what needs no training, unless that was done before.

        Args:
            trainer: What is watched.
            run_dir: Where everything is written.
            crops: What is validated on; None exports without figures.
        """
        self._trainer, self._run_dir, self._crops = trainer, run_dir, crops
        self._report = Report(run_dir)
        self._sums: dict[str, Tensor | int] = {}
        self._steps = 0
        self._since = (time.monotonic(), trainer.images_seen)
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("training", total=None)
        if crops is not None:
            new = trainer.measure_on(digest([crops.pictures.numpy(), crops.holes.numpy()]))
            if new or not (run_dir / BASELINES).is_file():
                _write_baselines(run_dir / BASELINES, crops)
            self._crops = crops.to(trainer.processes.device)

    def __enter__(self) -> Monitor:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._report.close()

    def after_step(self, losses: Mapping[str, Tensor]) -> None:
        """Take note of a step; losses stay on their device until the next validation."""
        for name, loss in losses.items():
            self._sums[name] = self._sums.get(name, 0) + loss
        self._steps += 1
        trainer = self._trainer
        self._progress.update(self._task, total=1.0, completed=trainer.progress, description=f"step {trainer.step}")
        if trainer.step % trainer.settings.validate_every == 0:
            self.validate()

    def validate(self) -> None:
        """Figures, a picture, and the averaged weights as they are now; nothing when no step was made since.

        Raises:
            DivergedError: The weights are lost; the exported ones stay as they were.
        """
        if not self._steps:
            return
        trainer = self._trainer
        begin, seen = self._since
        rate = (trainer.images_seen - seen) / max(time.monotonic() - begin, 1e-6)
        means = {name: float(total) / self._steps for name, total in self._sums.items()}
        self._sums, self._steps = {}, 0
        row: dict[str, float] = {
            "step": trainer.step,
            "images_seen": trainer.images_seen,
            "minutes": round(trainer.seconds / 60, 1),
            "images_per_s": round(rate, 1),
            "lr": round(trainer.learning_rate(), 7),
            # In the units of the figures: pictures in [0, 1] instead of [-1, 1], weight taken off.
            "train_l1": round(means.get("hole", 0.0) / max(trainer.settings.hole_weight, 1e-9) / 2, 5),
        }
        metadata = self._metadata()
        if self._crops is not None:
            figures = measure(trainer.complete, self._crops)
            if not math.isfinite(figures.l1):
                raise trainer.diverged()
            row |= {name: round(value, 5) for name, value in asdict(figures).items()}
            metadata["low_mse"] = f"{figures.low_mse:.6f}"
            self._show(self._crops)
            if trainer.best is None or figures.low_mse < trainer.best:
                trainer.best = figures.low_mse
                export_weights(self._run_dir / BEST, trainer.averaged.network, metadata)
        export_weights(self._run_dir / AVERAGED, trainer.averaged.network, metadata)
        self._report.row(row)
        self._report.scalars(trainer.step, means, "train")
        self._report.scalars(trainer.step, row, "validation")
        log.info("%s", "  ".join(f"{name} {value}" for name, value in row.items()))
        self._since = (time.monotonic(), trainer.images_seen)

    def _metadata(self) -> dict[str, str]:
        settings = self._trainer.settings
        return {
            "arch": "pennet",
            "attention": settings.attention,
            "size_px": str(settings.size_px),
            "steps": str(self._trainer.step),
            "images_seen": str(self._trainer.images_seen),
            "licence": LICENCE,
        }

    def _show(self, crops: ValidationCrops) -> None:
        pictures, holes = crops.pictures[::6][:32], crops.holes[::6][:32]
        filled = torch.where(holes > 0, self._trainer.complete(pictures, holes), pictures)
        self._report.grid(self._trainer.step, pictures, holes, filled)


def _write_baselines(path: Path, crops: ValidationCrops) -> None:
    lines = [",".join(["method", *FillFigures.names()])]
    for name, complete in baselines().items():
        figures = asdict(measure(complete, crops))
        lines.append(",".join([name, *(f"{value:.5f}" for value in figures.values())]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
