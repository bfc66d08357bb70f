"""What every training run has in common: step after step until a number, time or a signal ends it; a checkpoint."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from eraser.errors import DivergedError, WeightsMismatchError
from eraser.training.checkpoint import is_finite, load_checkpoint, save_checkpoint
from eraser.training.processes import Processes
from eraser.training.run_settings import RunSettings

log = logging.getLogger(__name__)

LONGEST_STEP_S = 60.0
"""A step that took longer was paused; only this much of it counts as training time."""


class Stateful(Protocol):
    """A network or an optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """What it is made of."""

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object:
        """Become what was kept."""


class Trainer(ABC):
    """Counts, paces, saves and resumes; what a step is, the kinds of trainers say."""

    KEPT: ClassVar[tuple[str, ...]]
    """Settings that a resumed run must share with its checkpoint."""
    LOWEST_RATE: ClassVar[float]
    """Part of the learning rate that is left at the end."""

    def __init__(self, settings: RunSettings, processes: Processes) -> None:
        """Begin at step 0.

        Args:
            settings: The numbers.
            processes: This process among those of the run.
        """
        self.settings, self.processes = settings, processes
        self.step = self.images_seen = 0
        self.seconds = 0.0
        self.best: float | None = None
        """Figure of the best weights so far."""
        self.best_on = ""
        """Digest of what it was measured on."""

    @abstractmethod
    def train_next(self) -> dict[str, Tensor]:
        """Learn from the next batch; losses by name, detached, and the norm of the whole ``gradient``."""

    @abstractmethod
    def parts(self) -> Mapping[str, Stateful]:
        """All that a checkpoint holds besides the counts; the first one tells the kind of run."""

    @property
    def progress(self) -> float:
        """Part of the run that is done, in [0, 1], by steps or time, whichever is nearer its end."""
        done = self.step / self.settings.steps
        if self.settings.minutes is not None:
            done = max(done, self.seconds / 60 / self.settings.minutes)
        return min(done, 1.0)

    def learning_rate(self) -> float:
        """Rising over the first steps, constant, then falling to ``LOWEST_RATE`` over the last part of the run."""
        numbers = self.settings
        warm = min((self.step + 1) / max(numbers.warmup_steps, 1), 1.0)
        left = (1 - self.progress) / numbers.cooldown if numbers.cooldown else 1.0
        return numbers.lr * warm * max(min(left, 1.0), self.LOWEST_RATE)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Half precision where that is quicker: on a GPU."""
        device = self.processes.device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.settings.autocast and device == "cuda")

    def run(self, after_step: Callable[[Mapping[str, Tensor]], None], checkpoint: Path) -> None:
        """Train until the settings' end or a signal; save now and then, and at the end.

        Args:
            after_step: Called with the losses after each step, in every process alike.
            checkpoint: File to save to.

        Raises:
            DivergedError: In every process alike.
        """
        last_save, norm = time.monotonic(), torch.zeros(())
        with _caught_signals() as caught:
            while self.progress < 1.0:
                begin = time.monotonic()
                losses = self.train_next()
                # That of the step before: it is known by now, where this step's may still be on its way.
                if not norm.isfinite():
                    raise self.diverged()
                norm = losses["gradient"]
                took = min(time.monotonic() - begin, LONGEST_STEP_S)
                stop, self.seconds = self.processes.agree(bool(caught), self.seconds + took)
                after_step(losses)
                if stop:
                    log.info("stopped at step %d", self.step)
                    break
                if time.monotonic() - last_save > self.settings.checkpoint_minutes * 60:
                    self.save(checkpoint)
                    last_save = time.monotonic()
            self.save(checkpoint)

    def measure_on(self, digest: str) -> bool:
        """Say what figures are measured on from here; a best one from elsewhere, not comparable, is forgotten.

        Returns:
            Whether it is something new.
        """
        new = digest != self.best_on
        if new:
            self.best, self.best_on = None, digest
        return new

    def save(self, path: Path) -> None:
        """Write a checkpoint, in one of the processes.

        Raises:
            DivergedError: There is nothing worth saving; the checkpoint of before stays.
        """
        if not self.processes.is_main:
            return
        states = {name: part.state_dict() for name, part in self.parts().items()}
        if not is_finite(states):
            raise self.diverged()
        counts = {name: getattr(self, name) for name in ("step", "images_seen", "seconds", "best", "best_on")}
        kept = {name: getattr(self.settings, name) for name in self.KEPT}
        save_checkpoint(path, states | counts | kept | {"settings": self.settings.to_dict()})

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint; other settings than the kept ones may have changed.

        Raises:
            WeightsMismatchError: It is damaged, or of a run that this one cannot go on with.
        """
        parts = self.parts()
        state = load_checkpoint(path, self.processes.device, next(iter(parts)))
        for name in self.KEPT:
            if state.get(name) != getattr(self.settings, name):
                raise WeightsMismatchError(
                    f"{path} was trained with {name} {state.get(name)}: choose that, or another folder"
                )
        for name, part in parts.items():
            part.load_state_dict(state[name])
        self.step, self.images_seen, self.seconds = state["step"], state["images_seen"], state["seconds"]
        self.best, self.best_on = state.get("best"), state.get("best_on", "")

    def diverged(self) -> DivergedError:
        """What to raise when numbers are none."""
        return DivergedError(
            f"the run diverged before step {self.step}: the same command goes on from its last checkpoint, "
            f"if it has one; give it a lower learning rate, --set lr={self.settings.lr / 2:g}"
        )


@contextlib.contextmanager
def _caught_signals() -> Iterator[list[int]]:
    """A list that fills when somebody asks to stop: Ctrl-C, or SIGTERM from torchrun and the like."""
    caught: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: caught.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
