"""What a run of the generator is watched by: figures on crops kept aside, and a picture of completions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch

from eraser.training.figures import FillFigures
from eraser.training.fingerprint import digest
from eraser.training.loop import FillTrainer
from eraser.training.monitor import Monitor, Row
from eraser.training.validate import ValidationCrops, baselines, measure

BASELINES = "baselines.csv"


class FillMonitor(Monitor):
    """Validates after a number of steps."""

    def __init__(self, trainer: FillTrainer, run_dir: Path, crops: ValidationCrops | None) -> None:
        """Measure what needs no training, unless that was done before.

        Args:
            trainer: What is watched.
            run_dir: Where everything is written.
            crops: What is validated on; None exports without figures.
        """
        super().__init__(trainer, run_dir)
        self._trainer, self._crops = trainer, crops
        if crops is not None:
            new = trainer.measure_on(digest([crops.pictures.numpy(), crops.holes.numpy()]))
            if new or not (run_dir / BASELINES).is_file():
                _write_baselines(run_dir / BASELINES, crops)
            self._crops = crops.to(trainer.processes.device)

    def is_due(self) -> bool:
        """After every ``validate_every`` steps."""
        return self._trainer.step % self._trainer.settings.validate_every == 0

    def measure(self, losses: Mapping[str, float]) -> Row:
        """Figures of the averaged weights, which are exported."""
        trainer, settings = self._trainer, self._trainer.settings
        metadata = {"arch": "pennet", "attention": settings.attention, "size_px": str(settings.size_px)}
        # In the units of the figures: pictures in [0, 1] instead of [-1, 1], weight taken off.
        row: Row = {"train_l1": round(losses.get("hole", 0.0) / max(settings.hole_weight, 1e-9) / 2, 5)}
        if self._crops is not None:
            figures = measure(trainer.complete, self._crops)
            if not math.isfinite(figures.l1):
                raise trainer.diverged()
            row |= {name: round(value, 5) for name, value in asdict(figures).items()}
            metadata["low_mse"] = f"{figures.low_mse:.6f}"
            self._show(self._crops)
            if trainer.best is None or figures.low_mse < trainer.best:
                trainer.best = figures.low_mse
                self.export(trainer.averaged.network, metadata, best=True)
        self.export(trainer.averaged.network, metadata)
        return row

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
