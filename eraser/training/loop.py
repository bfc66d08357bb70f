"""A step of the generator's training: a batch of scenes with holes, its losses, and the critic's own step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.training import losses
from eraser.training.checkpoint import start_from
from eraser.training.discriminator import PatchDiscriminator
from eraser.training.ema import AveragedWeights
from eraser.training.holes import draw_holes
from eraser.training.imagenet import load_imagenet
from eraser.training.perceptual import PerceptualDistance
from eraser.training.processes import Processes
from eraser.training.scenes import ScenePool
from eraser.training.settings import FillSettings
from eraser.training.shapes import ShapeBank
from eraser.training.trainer import Stateful, Trainer


class FillTrainer(Trainer):
    """A generator, its critic, and all that has to be kept to go on with them."""

    settings: FillSettings
    KEPT = ("attention", "channels", "depth", "encoder")
    LOWEST_RATE = 0.05

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
        super().__init__(settings, processes)
        torch.manual_seed(settings.seed)
        self._pool, self._bank = pool, bank
        device = processes.device
        self.generator = PENNetGenerator(
            GeneratorParams(
                attention=settings.attention,
                torgb=True,
                channels=settings.channels,
                encoder=settings.encoder if settings.attention == "own" else "plain",
                depth=settings.depth if settings.attention == "own" else 0,
            )
        )
        if initial is not None:
            start_from(initial, self.generator)
        elif self.generator.params.encoder == "lite0":
            outputs = self.generator.backbone.BLOCKS
            self.generator.backbone.features.load_state_dict(load_imagenet(outputs=outputs).state_dict())
        self.generator.to(device).to(memory_format=torch.channels_last)
        self.discriminator = PatchDiscriminator().to(device).to(memory_format=torch.channels_last)
        self.averaged = AveragedWeights(self.generator, settings.ema_decay)
        fused = device.type in ("cpu", "cuda")
        self._perceptual = PerceptualDistance().to(device) if settings.perceptual_weight > 0 else None
        self._optimizer = torch.optim.Adam(self._parameter_groups(), settings.lr, betas=(0.9, 0.99), fused=fused)
        self._optimizer_d = torch.optim.Adam(
            self.discriminator.parameters(), settings.lr_discriminator, betas=(0.0, 0.99), fused=fused
        )
        if settings.compile:
            self.generator.compile()
        self._trained = processes.wrap(self.generator)
        self._critic = processes.wrap(self.discriminator)
        self._rng = torch.Generator(device)

    def train_next(self) -> dict[str, Tensor]:
        """Learn from one batch.

        Returns:
            Losses by name, weighted, detached.
        """
        truth, holes = self._draw_batch()
        adversarial = self.settings.adversarial_from is not None and self.step >= self.settings.adversarial_from
        self._set_learning_rates()
        with self.autocast():
            pyramid, completed = self._trained(losses.generator_input(truth, holes), holes)
        completed = completed.float()
        parts = losses.reconstruction_losses(completed, pyramid, truth, holes, self.settings)
        filled = losses.composite(completed, truth, holes)
        if self._perceptual is not None:
            distance = self._perceptual((filled + 1) / 2, (truth + 1) / 2, holes)
            parts["perceptual"] = self.settings.perceptual_weight * distance.mean()
        if adversarial:
            self.discriminator.requires_grad_(False)
            with self.autocast():
                parts |= losses.adversarial_losses(self.discriminator, filled, truth, holes, self.settings)
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

    def complete(self, pictures: Tensor, holes: Tensor) -> Tensor:
        """Completions by the averaged weights, on their device; (B, 3, P, P) pictures, (B, 1, P, P) holes on any."""
        device = self.processes.device
        pictures, holes = pictures.to(device), holes.to(device)
        with torch.no_grad(), self.autocast():
            completed: Tensor = self.averaged.network(losses.generator_input(pictures, holes), holes)[1]
        return completed.float()

    def parts(self) -> Mapping[str, Stateful]:
        """Networks and optimisers."""
        return {
            "generator": self.generator,
            "averaged": self.averaged.network,
            "discriminator": self.discriminator,
            "optimizer": self._optimizer,
            "optimizer_d": self._optimizer_d,
        }

    def _draw_batch(self) -> tuple[Tensor, Tensor]:
        """Pictures and holes; a function of the seed, the step and the process, so that a resumed run repeats none."""
        self._rng.manual_seed((self.settings.seed * 1_000_003 + self.step) * 1024 + self.processes.rank)
        scenes = self._pool.draw(self.settings.batch, self.settings.size_px, self._rng)
        holes = draw_holes(scenes.aspects, self.settings.size_px, self._bank, self._rng)
        return scenes.pictures.contiguous(memory_format=torch.channels_last), holes

    def _train_critic(self, filled: Tensor, truth: Tensor, holes: Tensor) -> dict[str, Tensor]:
        with self.autocast():
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

    def _set_learning_rates(self) -> None:
        """At each step, so that a resumed run takes those of its settings and not of its checkpoint."""
        for optimizer, rate in (
            (self._optimizer, self.learning_rate()),
            (self._optimizer_d, self.settings.lr_discriminator),
        ):
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("lr_factor", 1.0)

    def _parameter_groups(self) -> list[dict[str, Any]]:
        """All weights of the generator; a pretrained backbone learns more slowly."""
        generator = self.generator
        if generator.params.encoder == "plain":
            return [{"params": list(generator.parameters())}]
        pretrained = set(generator.backbone.features.parameters())
        return [
            {"params": [weight for weight in generator.parameters() if weight not in pretrained]},
            {"params": list(generator.backbone.features.parameters()), "lr_factor": self.settings.backbone_lr_factor},
        ]
