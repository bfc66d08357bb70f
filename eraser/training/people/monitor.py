"""Looks at a run from outside the loop: figures, exported weights, the best of them."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from eraser.maskers.detectors.torch_network import load_network
from eraser.maskers.detectors.yolo import YoloDetector
from eraser.maskers.tiled import TiledMasker
from eraser.training.checkpoint import AVERAGED, BEST, export_weights
from eraser.training.fingerprint import digest
from eraser.training.people.loop import PeopleTrainer
from eraser.training.people.network import describe
from eraser.training.people.validate import Figures, LabelledPhoto, measure
from eraser.training.report import Report
from eraser.weights import find

log = logging.getLogger(__name__)

_MIN_SCORE = 0.25
_TALK_EVERY_S = 60.0


class Monitor:
    """Talks, validates and exports in the main process."""

    def __init__(self, trainer: PeopleTrainer, run_dir: Path, photos: Sequence[LabelledPhoto]) -> None:
        """Watch a run.

        Args:
            trainer: What is watched.
            run_dir: Where everything is written.
            photos: What is validated on; none exports without figures.
        """
        self._trainer, self._run_dir, self._photos = trainer, run_dir, photos
        self._report = Report(run_dir)
        if photos:
            trainer.measure_on(digest(array for photo in photos for array in (photo.image, *photo.people)))
        self._since_validation, self._since_talk = _Means(), _Means()
        self._validated_at_s = trainer.seconds
        self._since = self._talked = (time.monotonic(), trainer.images_seen)

    def close(self) -> None:
        """Flush what is left."""
        self._report.close()

    def after_step(self, losses: Mapping[str, Tensor]) -> None:
        """Take note of a step; validate when it is time."""
        for means in (self._since_validation, self._since_talk):
            means.add(losses)
        trainer = self._trainer
        now, seen = time.monotonic(), trainer.images_seen
        if now - self._talked[0] > _TALK_EVERY_S:
            rate = (seen - self._talked[1]) / (now - self._talked[0])
            self._talked = (now, seen)
            parts = "  ".join(f"{name} {mean:.3f}" for name, mean in self._since_talk.take().items())
            where = f"step {trainer.step}  {trainer.seconds / 60:.1f} min  {trainer.size_px} px"
            log.info("%s  %.1f img/s  %s", where, rate, parts)
        if trainer.seconds - self._validated_at_s > trainer.settings.validate_minutes * 60:
            self.validate()

    def validate(self) -> None:
        """Figures of the averaged weights as they are now, and the weights; nothing when no step was made since.

        Raises:
            DivergedError: The weights are lost; the exported ones stay as they were.
        """
        if not self._since_validation.count:
            return
        trainer, settings = self._trainer, self._trainer.settings
        begin, seen = self._since
        row: dict[str, float | int | str] = {
            "step": trainer.step,
            "images_seen": trainer.images_seen,
            "minutes": round(trainer.seconds / 60, 1),
            "size_px": trainer.size_px,
            "images_per_s": round((trainer.images_seen - seen) / max(time.monotonic() - begin, 1e-6), 1),
            "lr": round(trainer.learning_rate(), 7),
        }
        row |= {name: round(mean, 4) for name, mean in self._since_validation.take().items()}
        path = self._run_dir / AVERAGED
        self._export(path, settings.validate_px[0])
        if self._photos:
            figures = {px: self._measure(path, px) for px in settings.validate_px}
            best_px = max(figures, key=lambda px: figures[px].score)
            self._export(path, best_px)
            if trainer.best is None or figures[best_px].score > trainer.best:
                trainer.best = float(figures[best_px].score)
                self._export(self._run_dir / BEST, best_px)
            for px, measured in figures.items():
                row |= {f"{name}_{px}": round(value, 4) for name, value in dataclasses.asdict(measured).items()}
        self._report.row(row)
        self._report.scalars(
            trainer.step, {name: value for name, value in row.items() if not isinstance(value, str)}, "people"
        )
        log.info("%s", "  ".join(f"{name} {value}" for name, value in row.items()))
        self._validated_at_s = trainer.seconds
        self._since = self._talked = (time.monotonic(), trainer.images_seen)

    def _measure(self, weights: Path, input_px: int) -> Figures:
        """Through the file that was written: what is measured is what will be shipped."""
        file = find(str(weights), "people")
        network = load_network(file, str(self._trainer.processes.device))
        network.info = dataclasses.replace(network.info, best_px=input_px)
        detector = YoloDetector(network, file, {network.info.person: _MIN_SCORE})
        return measure(TiledMasker(detector), self._photos)

    def _export(self, path: Path, input_px: int) -> None:
        trainer = self._trainer
        said = describe(trainer.settings.arch, input_px, steps=trainer.step, images_seen=trainer.images_seen)
        export_weights(path, trainer.averaged.network, said)


class _Means:
    """Means of the losses since they were last taken."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor | float] = {}  # stay on their device
        self.count = 0

    def add(self, losses: Mapping[str, Tensor]) -> None:
        for name, loss in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + loss
        self.count += 1

    def take(self) -> dict[str, float]:
        means = {name: float(total) / self.count for name, total in self._sums.items()}
        self._sums, self.count = {}, 0
        return means
