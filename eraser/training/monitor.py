"""Looks at a run from outside the loop: progress, figures, exported weights. Kinds of runs say what they measure."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor, nn

from eraser.training.checkpoint import AVERAGED, BEST, LICENCE, export_weights
from eraser.training.report import Report
from eraser.training.trainer import Trainer

log = logging.getLogger(__name__)

_TALK_EVERY_S = 60.0

Row: TypeAlias = dict[str, float]
"""A line of the curve: values by the names of their columns."""


class Monitor(ABC):
    """Talks, validates and exports, in the main process."""

    def __init__(self, trainer: Trainer, run_dir: Path) -> None:
        """Watch a run.

        Args:
            trainer: What is watched.
            run_dir: Where everything is written.
        """
        self._watched, self._run_dir = trainer, run_dir
        self._report = Report(run_dir)
        self._since_validation, self._since_talk = _Means(trainer), _Means(trainer)
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("training", total=None)

    def __enter__(self) -> Monitor:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._report.close()

    @abstractmethod
    def is_due(self) -> bool:
        """Whether it is time to validate."""

    @abstractmethod
    def measure(self, losses: Mapping[str, float]) -> Row:
        """Measure and export the averaged weights.

        Args:
            losses: Means since the last validation, by name.

        Returns:
            Columns of the curve after those that all runs have.
        """

    def after_step(self, losses: Mapping[str, Tensor]) -> None:
        """Take note of a step; validate when it is time. Losses stay on their device until then."""
        for means in (self._since_validation, self._since_talk):
            means.add(losses)
        step, progress = self._watched.step, self._watched.progress
        self._progress.update(self._task, total=1.0, completed=progress, description=f"step {step}")
        if self._since_talk.seconds > _TALK_EVERY_S:
            rate, recent = self._since_talk.take()
            log.info(
                "step %d  %.1f img/s  %s", step, rate, "  ".join(f"{name} {mean:.3f}" for name, mean in recent.items())
            )
        if self.is_due():
            self.validate()

    def validate(self) -> None:
        """Figures and weights as they are now, and a line of the curve; nothing when no step was made since.

        Raises:
            DivergedError: The weights are lost; the exported ones stay as they were.
        """
        if not self._since_validation.count:
            return
        trainer = self._watched
        rate, losses = self._since_validation.take()
        row: Row = {
            "step": trainer.step,
            "images_seen": trainer.images_seen,
            "minutes": round(trainer.seconds / 60, 1),
            "images_per_s": round(rate, 1),
            "lr": round(trainer.learning_rate(), 7),
        }
        row |= self.measure(losses)
        self._report.row(row)
        self._report.scalars(trainer.step, losses, "train")
        self._report.scalars(trainer.step, row, "validation")
        log.info("%s", "  ".join(f"{name} {value}" for name, value in row.items()))
        for means in (self._since_validation, self._since_talk):
            means.restart()  # the time of a validation is no training time

    def export(self, network: nn.Module, metadata: Mapping[str, str], *, best: bool = False) -> Path:
        """Write weights, with what they say of themselves and of the run so far."""
        path = self._run_dir / (BEST if best else AVERAGED)
        trainer = self._watched
        said = {"steps": str(trainer.step), "images_seen": str(trainer.images_seen), "licence": LICENCE}
        export_weights(path, network, {**metadata, **said})
        return path


class _Means:
    """Means of the losses, and pictures a second, since they were last taken."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self.restart()

    def restart(self) -> None:
        self._sums: dict[str, Tensor | float] = {}  # tensors stay on their device
        self.count = 0
        self._begin_s, self._seen = time.monotonic(), self._trainer.images_seen

    def add(self, losses: Mapping[str, Tensor]) -> None:
        for name, loss in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + loss
        self.count += 1

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begin_s

    def take(self) -> tuple[float, dict[str, float]]:
        rate = (self._trainer.images_seen - self._seen) / max(self.seconds, 1e-6)
        means = {name: float(total) / self.count for name, total in self._sums.items()}
        self.restart()
        return rate, means
