"""The training loop: one step after another, a validation now and then, a checkpoint to go on from."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eraser.errors import WeightsMismatchError
from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.training import losses
from eraser.training.checkpoint import load_checkpoint, save_checkpoint, start_from
from eraser.training.discriminator import PatchDiscriminator
from eraser.training.ema import AveragedWeights
from eraser.training.holes import draw_holes
from eraser.training.processes import Processes
from eraser.training.scenes import ScenePool
from eraser.training.settings import FillSettings
from eraser.training.shapes import ShapeBank
from eraser.training.signals import caught_signals

log = logging.getLogger(__name__)

LONGEST_STEP_S = 60.0
"""A step that took longer was paused; only this much of it counts as training time."""
KEPT_ON_RESUMING = ("attention", "channels", "depth")
"""Settings that the weights depend on."""


class FillTrainer:
    """A generator, its critic, and all that has to be kept to go on with them."""

    def __init__(
        self,
        settings: FillSettings,
        pool: ScenePool,
        bank: ShapeBank,
        processes: Processes,
        *,
        initial: Path | None = None,
    ) -> None:
        """Build networks and optimisers.

        Args:
            settings: The numbers.
            pool: Pictures, on the device of this process.
            bank: Shapes of people, on the same device.
            processes: This process among those of the run.
            initial: Exported weights to begin with instead of random ones.
        """
        torch.manual_seed(settings.seed)
        self.settings, self.processes = settings, processes
        self._pool, self._bank = pool, bank
        device = processes.device
        self.generator = PENNetGenerator(
            GeneratorParams(
                attention=settings.attention,
                torgb=True,
                channels=settings.channels,
                depth=settings.depth if settings.attention == "own" else 0,
            )
        )
        if initial is not None:
            start_from(initial, self.generator)
        self.generator.to(device).to(memory_format=torch.channels_last)
        self.discriminator = PatchDiscriminator().to(device).to(memory_format=torch.channels_last)
        self.averaged = AveragedWeights(self.generator, settings.ema_decay)
        fused = device.type in ("cpu", "cuda")
        self._optimizer = torch.optim.Adam(self.generator.parameters(), settings.lr, betas=(0.9, 0.99), fused=fused)
        self._optimizer_d = torch.optim.Adam(
            self.discriminator.parameters(), settings.lr_discriminator, betas=(0.0, 0.99), fused=fused
        )
        if settings.compile:
            self.generator.compile()
        self._trained = processes.wrap(self.generator)
        self._critic = processes.wrap(self.discriminator)
        self._rng = torch.Generator(device)
        self.step = self.images_seen = 0
        self.seconds = 0.0
        self.best_low_mse = math.inf

    @property
    def progress(self) -> float:
        """Part of the run that is done, in [0, 1], by steps or time, whichever is nearer its end."""
        done = self.step / self.settings.steps
        if self.settings.minutes is not None:
            done = max(done, self.seconds / 60 / self.settings.minutes)
        return min(done, 1.0)

    def learning_rate(self) -> float:
        """Rising over the first steps, constant, then falling to a twentieth over the last part of the run."""
        settings = self.settings
        warm = min((self.step + 1) / max(settings.warmup_steps, 1), 1.0)
        left = (1 - self.progress) / settings.cooldown if settings.cooldown else 1.0
        return settings.lr * warm * max(min(left, 1.0), 0.05)

    def train_step(self) -> dict[str, Tensor]:
        """Learn from one batch.

        Returns:
            Losses by name, weighted, detached.
        """
        truth, holes = self._draw_batch()
        adversarial = self.settings.adversarial_from is not None and self.step >= self.settings.adversarial_from
        self._set_learning_rate()
        with self._autocast():
            pyramid, completed = self._trained(losses.generator_input(truth, holes), holes)
        completed = completed.float()
        parts = losses.reconstruction_losses(completed, pyramid, truth, holes, self.settings)
        filled = losses.composite(completed, truth, holes)
        if adversarial:
            self.discriminator.requires_grad_(False)
            with self._autocast():
                parts |= losses.adversarial_losses(self.discriminator, filled, truth, self.settings)
            self.discriminator.requires_grad_(True)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(torch.stack(list(parts.values())).sum())
        norm = nn.utils.clip_grad_norm_(self.generator.parameters(), self.settings.clip_norm)
        self._optimizer.step()
        if adversarial:
            parts |= self._train_critic(filled.detach(), truth, holes)
        self.step += 1
        self.images_seen += len(truth) * self.processes.count
        self.averaged.update(self.generator, self.step)
        return {name: part.detach() for name, part in parts.items()} | {"gradient": norm}

    def run(self, after_step: Callable[[Mapping[str, Tensor]], None], checkpoint: Path) -> None:
        """Train until the settings' end or a signal; save now and then, and at the end.

        Args:
            after_step: Called with the losses after each step, in every process alike.
            checkpoint: File to save to.
        """
        last_save = time.monotonic()
        with caught_signals() as caught:
            while self.progress < 1.0:
                begin = time.monotonic()
                parts = self.train_step()
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

    def complete(self, pictures: Tensor, holes: Tensor) -> Tensor:
        """Completions by the averaged weights; (B, 3, P, P) pictures and (B, 1, P, P) holes on any device."""
        device = self.processes.device
        pictures, holes = pictures.to(device), holes.to(device)
        with torch.no_grad(), self._autocast():
            completed: Tensor = self.averaged.network(losses.generator_input(pictures, holes), holes)[1]
        return completed.float().cpu()

    def save(self, path: Path) -> None:
        """Write a checkpoint, in one of the processes."""
        if self.processes.is_main:
            save_checkpoint(path, self._state())

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            WeightsMismatchError: It is damaged, or of the other kind of attention.
        """
        state = load_checkpoint(path, self.processes.device)
        for name in KEPT_ON_RESUMING:
            if state.get(name, 0) != getattr(self.settings, name):
                raise WeightsMismatchError(
                    f"{path} was trained with {name} {state.get(name, 0)}: choose that, or another folder"
                )
        self.generator.load_state_dict(state["generator"])
        self.averaged.network.load_state_dict(state["averaged"])
        self.discriminator.load_state_dict(state["discriminator"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._optimizer_d.load_state_dict(state["optimizer_d"])
        self.step, self.images_seen, self.seconds = state["step"], state["images_seen"], state["seconds"]
        self.best_low_mse = state["best_low_mse"]

    def _state(self) -> dict[str, Any]:
        return {
            "attention": self.settings.attention,
            "channels": self.settings.channels,
            "depth": self.settings.depth,
            "settings": self.settings.to_dict(),
            "generator": self.generator.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "optimizer_d": self._optimizer_d.state_dict(),
            "step": self.step,
            "images_seen": self.images_seen,
            "seconds": self.seconds,
            "best_low_mse": self.best_low_mse,
        }

    def _draw_batch(self) -> tuple[Tensor, Tensor]:
        """Pictures and holes; a function of the seed, the step and the process, so that a resumed run repeats none."""
        self._rng.manual_seed((self.settings.seed * 1_000_003 + self.step) * 1024 + self.processes.rank)
        scenes = self._pool.draw(self.settings.batch, self.settings.size_px, self._rng)
        holes = draw_holes(scenes.aspects, self.settings.size_px, self._bank, self._rng)
        return scenes.pictures.contiguous(memory_format=torch.channels_last), holes

    def _train_critic(self, filled: Tensor, truth: Tensor, holes: Tensor) -> dict[str, Tensor]:
        with self._autocast():
            loss = losses.discriminator_loss(self._critic, filled, truth, holes)
        total = loss
        if self.settings.r1_weight > 0 and self.step % self.settings.r1_every == 0:
            total = loss + self.settings.r1_weight * self.settings.r1_every * losses.r1_penalty(
                self.discriminator, truth
            )
        self._optimizer_d.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        self._optimizer_d.step()
        return {"critic": loss}

    def _set_learning_rate(self) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate()

    def _autocast(self) -> torch.autocast:
        device = self.processes.device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.settings.autocast and device == "cuda")
