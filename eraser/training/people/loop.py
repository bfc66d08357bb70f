"""A step of the person network's training, and the batches that come next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from eraser.training.ema import AveragedWeights
from eraser.training.people.batches import Batches, Draw, load_ahead
from eraser.training.people.compose import Composer
from eraser.training.people.network import build_network, losses_of
from eraser.training.people.optim import Optimizers, build_optimizers
from eraser.training.people.settings import PeopleSettings
from eraser.training.processes import Processes
from eraser.training.trainer import Stateful, Trainer


class PeopleTrainer(Trainer):
    """A network, its average, and all that has to be kept to go on with them."""

    settings: PeopleSettings
    KEPT = ("arch", "optimizer")
    LOWEST_RATE = 0.02

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
        super().__init__(settings, processes)
        torch.manual_seed(settings.seed)
        self._batches = Batches(composer, settings.batch, settings.seed, processes.rank)
        network = build_network(settings.arch, initial, settings.frozen_blocks)
        self.network = network.to(processes.device).to(memory_format=torch.channels_last)
        self.averaged = AveragedWeights(self.network, settings.ema_decay)
        self._optimizers = Optimizers(build_optimizers(self.network, settings))
        if settings.compile:
            self.network.compile()
        self._trained = processes.wrap(self.network)
        self._coming: Iterator[Mapping[str, Tensor]] | None = None

    @property
    def size_px(self) -> int:
        """Side of the pictures at this part of the run."""
        sizes = self.settings.size_px
        return sizes[min(int(self.progress * len(sizes)), len(sizes) - 1)]

    def train_next(self) -> dict[str, Tensor]:
        """One step on the batch that comes next; the workers that compose batches start with the first one."""
        if self._coming is None:
            self._coming = load_ahead(self._batches, self._draws(), self.settings.workers)
        return self.train_step(next(self._coming))

    def train_step(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """One step on one batch (see ``Batches``); the parts of the loss and the gradient's norm."""
        device = self.processes.device
        on_device = {name: part.to(device, non_blocking=True) for name, part in batch.items()}
        pictures = len(batch["img"])
        on_device["img"] = on_device["img"].float() / 255
        self._optimizers.prepare(self.learning_rate())
        with self.autocast():
            loss, parts = losses_of(self._trained(on_device), pictures)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        self._optimizers.step()
        self.step += 1
        self.images_seen += pictures * self.processes.count
        self.averaged.update(self.network, self.step)
        return parts | {"gradient": norm.detach()}

    def parts(self) -> Mapping[str, Stateful]:
        """Networks and optimisers."""
        return {"segmenter": self.network, "averaged": self.averaged.network, "optimizers": self._optimizers}

    def _draws(self) -> Iterator[Draw]:
        """What the batches from here on are to be, asked one by one as they are made."""
        step = self.step
        while True:
            yield Draw(step, self.size_px, mosaics=self.progress < 1 - self.settings.closing)
            step += 1
