"""A whole training run of the person network: data in, weights and a curve out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eraser.training.people.compose import Composer, Sources
from eraser.training.people.cutouts import load_cutouts
from eraser.training.people.loop import PeopleTrainer
from eraser.training.people.monitor import PeopleMonitor
from eraser.training.people.photos import load_backgrounds, load_people
from eraser.training.people.settings import PeopleSettings
from eraser.training.people.validate import load_labelled
from eraser.training.processes import Processes
from eraser.training.runs import run_training


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

    def build(sources: Sources, processes: Processes, start: Path | None) -> PeopleTrainer:
        return PeopleTrainer(settings, Composer(sources, settings), processes, initial=start)

    def watch(trainer: PeopleTrainer) -> PeopleMonitor:
        return PeopleMonitor(trainer, run_dir, load_labelled(data.validation, data.validation_nobody))

    def load(cache_dir: Path) -> Sources:
        photos = load_people(data.photos, data.extra_labels, cache_dir, settings.cache_px)
        return Sources(
            photos,
            load_backgrounds(data.backgrounds, cache_dir, settings.cache_px),
            load_cutouts(list(data.photos), photos, cache_dir, settings.cache_px),
        )

    run_training(run_dir, settings, device, initial, load=load, build=build, watch=watch)
