"""Averaged weights: steadier than those of any one step, and what is exported."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class AveragedWeights:
    """A copy of a network that follows it slowly."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Begin with the network as it is.

        Args:
            network: What is trained.
            decay: Part of the average that a step keeps, once there have been many steps.
        """
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards ``network``; early steps move further, so that the random start is soon forgotten."""
        decay = min(self._decay, (1 + step) / (10 + step))
        averaged: list[Tensor] = list(self.network.parameters())
        current: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)
        for kept, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            if kept.is_floating_point():  # the running statistics belong to the averaged weights
                kept.lerp_(buffer, 1 - decay)
            else:
                kept.copy_(buffer)
