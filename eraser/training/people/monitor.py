"""What a run of the person network is watched by: how the masker that users get does with its weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from eraser.maskers.detectors.torch_network import load_network
from eraser.maskers.detectors.yolo import YoloDetector
from eraser.maskers.tiled import TiledMasker
from eraser.training.fingerprint import digest
from eraser.training.monitor import Monitor, Row
from eraser.training.people.loop import PeopleTrainer
from eraser.training.people.network import describe
from eraser.training.people.validate import Figures, LabelledPhoto, measure
from eraser.weights import find

_MIN_SCORE = 0.25


class PeopleMonitor(Monitor):
    """Validates after a number of minutes."""

    def __init__(self, trainer: PeopleTrainer, run_dir: Path, photos: Sequence[LabelledPhoto]) -> None:
        """Watch a run.

        Args:
            trainer: What is watched.
            run_dir: Where everything is written.
            photos: What is validated on; none exports without figures.
        """
        super().__init__(trainer, run_dir)
        self._trainer, self._photos = trainer, photos
        if photos:
            trainer.measure_on(digest(array for photo in photos for array in (photo.image, *photo.people)))
        self._validated_at_s = trainer.seconds

    def is_due(self) -> bool:
        """After ``validate_minutes`` of training."""
        return self._trainer.seconds - self._validated_at_s > self._trainer.settings.validate_minutes * 60

    def measure(self, losses: Mapping[str, float]) -> Row:
        """Figures of the averaged weights at each input size; the best size is written into the exported weights."""
        trainer, sizes = self._trainer, self._trainer.settings.validate_px
        self._validated_at_s = trainer.seconds
        row: Row = {"size_px": trainer.size_px} | {name: round(mean, 4) for name, mean in losses.items()}
        weights = self._export(sizes[0])
        if self._photos:
            figures = {px: self._measure(weights, px) for px in sizes}
            best_px = max(figures, key=lambda px: figures[px].score)
            self._export(best_px)
            if trainer.best is None or figures[best_px].score > trainer.best:
                trainer.best = float(figures[best_px].score)
                self._export(best_px, best=True)
            for px, measured in figures.items():
                row |= {f"{name}_{px}": round(value, 4) for name, value in dataclasses.asdict(measured).items()}
        return row

    def _measure(self, weights: Path, input_px: int) -> Figures:
        """Through the file that was written: what is measured is what will be shipped."""
        file = find(str(weights), "people")
        network = load_network(file, str(self._trainer.processes.device))
        network.info = dataclasses.replace(network.info, best_px=input_px)
        detector = YoloDetector(network, file, {network.info.person: _MIN_SCORE})
        return measure(TiledMasker(detector), self._photos)

    def _export(self, input_px: int, *, best: bool = False) -> Path:
        said = describe(self._trainer.settings.arch, input_px)
        return self.export(self._trainer.averaged.network, said, best=best)
