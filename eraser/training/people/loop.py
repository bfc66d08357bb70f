"""The training loop of the person network: a step, a checkpoint now and then, an end by time or steps."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eraser.errors import WeightsMismatchError
from eraser.training.checkpoint import load_checkpoint, save_checkpoint
from eraser.training.ema import AveragedWeights
from eraser.training.people.batches import Batches, Draw, load_ahead
from eraser.training.people.compose import Composer
from eraser.training.people.network import build_network, losses_of
from eraser.training.people.optim import build_optimizers
from eraser.training.people.settings import PeopleSettings
from eraser.training.processes import Processes
from eraser.training.signals import caught_signals

log = logging.getLogger(__name__)

LONGEST_STEP_S = 60.0
"""A step that took longer was paused; only this much of it counts as training time."""
_KIND = "segmenter"


class PeopleTrainer:
    """A network, its average, and all that has to be kept to go on with them."""

    def __init__(
        self, settings: PeopleSettings, composer: Composer, processes: Processes, *, initial: Path | None = None
    ) -> None:
        """Build the network and the optimisers.

        Args:
            settings: The numbers.
            composer: Draws the pictures.
            processes: This process among those of the run.
            initial: Exported weights to begin with instead of random ones.
        """
        torch.manual_seed(settings.seed)
        self.settings, self.processes = settings, processes
        self._batches = Batches(composer, settings.batch, settings.seed, processes.rank)
        self.network = build_network(settings.arch, initial).to(processes.device).to(memory_format=torch.channels_last)
        self.averaged = AveragedWeights(self.network, settings.ema_decay)
        self._optimizers = build_optimizers(self.network, settings)
        if settings.compile:
            self.network.compile()
        self._trained = processes.wrap(self.network)
        self.step = self.images_seen = 0
        self.seconds = 0.0
        self.best_score = float("-inf")

    @property
    def progress(self) -> float:
        """Part of the run that is done, in [0, 1], by steps or time, whichever is nearer its end."""
        done = self.step / self.settings.steps
        if self.settings.minutes is not None:
            done = max(done, self.seconds / 60 / self.settings.minutes)
        return min(done, 1.0)

    @property
    def size_px(self) -> int:
        """Side of the pictures at this part of the run."""
        sizes = self.settings.size_px
        return sizes[min(int(self.progress * len(sizes)), len(sizes) - 1)]

    def learning_rate(self) -> float:
        """Rising over the first steps, constant, then falling to a fiftieth over the last part of the run."""
        settings = self.settings
        warm = min((self.step + 1) / max(settings.warmup_steps, 1), 1.0)
        left = (1 - self.progress) / settings.cooldown if settings.cooldown else 1.0
        return settings.lr * warm * max(min(left, 1.0), 0.02)

    def train_step(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """One step on one batch (see ``Batches``); the parts of the loss and the gradient's norm."""
        device = self.processes.device
        on_device = {name: part.to(device, non_blocking=True) for name, part in batch.items()}
        pictures = len(batch["img"])
        on_device["img"] = on_device["img"].float() / 255
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate()
            optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.settings.autocast and device.type == "cuda"):
            loss, parts = losses_of(self._trained(on_device), pictures)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        for optimizer in self._optimizers:
            optimizer.step()
        self.step += 1
        self.images_seen += pictures * self.processes.count
        self.averaged.update(self.network, self.step)
        return parts | {"gradient": norm.detach()}

    def run(self, after_step: Callable[[Mapping[str, Tensor]], None], checkpoint: Path) -> None:
        """Train until the settings' end or a signal; save now and then, and at the end.

        Args:
            after_step: Called with the losses after each step, in every process alike.
            checkpoint: File to save to.
        """
        last_save = time.monotonic()
        batches = load_ahead(self._batches, self._draws(), self.settings.workers)
        with caught_signals() as caught:
            while self.progress < 1.0:
                begin = time.monotonic()
                parts = self.train_step(next(batches))
                took = min(time.monotonic() - begin, LONGEST_STEP_S)
                stop, self.seconds = self.processes.agree(bool(caught), self.seconds + took)
                after_step(parts)
                if stop:
                    log.info("stopped at step %d", self.step)
                    break
                if time.monotonic() - last_save > self.settings.checkpoint_minutes * 60:
                    self.save(checkpoint)
                    last_save = time.monotonic()
            self.save(checkpoint)

    def save(self, path: Path) -> None:
        """Write a checkpoint, in one of the processes."""
        if self.processes.is_main:
            save_checkpoint(path, self._state())

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint; the settings may have changed.

        Raises:
            WeightsMismatchError: It is damaged, or of another network or optimiser.
        """
        state = load_checkpoint(path, self.processes.device, _KIND)
        for name in ("arch", "optimizer"):
            if state[name] != getattr(self.settings, name):
                raise WeightsMismatchError(
                    f"{path} was trained with {name} {state[name]}: choose that, or another folder"
                )
        self.network.load_state_dict(state[_KIND])
        self.averaged.network.load_state_dict(state["averaged"])
        for optimizer, kept in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.step, self.images_seen, self.seconds = state["step"], state["images_seen"], state["seconds"]
        self.best_score = state["best_score"]

    def _state(self) -> dict[str, Any]:
        return {
            "arch": self.settings.arch,
            "optimizer": self.settings.optimizer,
            "settings": self.settings.to_dict(),
            _KIND: self.network.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "step": self.step,
            "images_seen": self.images_seen,
            "seconds": self.seconds,
            "best_score": float(self.best_score),
        }

    def _draws(self) -> Iterator[Draw]:
        """What the batches from here on are to be, asked one by one as they are made."""
        step = self.step
        while True:
            yield Draw(step, self.size_px, mosaics=self.progress < 1 - self.settings.closing)
            step += 1
