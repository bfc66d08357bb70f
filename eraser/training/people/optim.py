"""The optimisers: AdamW, and Muon for the convolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from eraser.networks.efficientnet import EfficientNetLite
from eraser.training.people.settings import PeopleSettings

_SMALLEST_CHANNELS = 16
"""A convolution of fewer inputs a filter (the first one, depthwise ones) is no matrix worth orthogonalising."""


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal: every direction of a weight matrix moves equally far.

    After https://kellerjordan.github.io/posts/muon. Steps are scaled to the root mean square of AdamW's
    (https://arxiv.org/abs/2502.16982), so that one learning rate does for both. A convolution is the matrix of its
    flattened filters; all is float32, which is what a CPU is quick at, and matrices of one shape go together.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, weight_decay: float, momentum: float = 0.95) -> None:
        super().__init__(list(params), {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]  # returns nothing
        """Move every weight that has a gradient."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[nn.Parameter]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    shapes.setdefault(param.shape, []).append(param)
            for params in shapes.values():
                self._step_alike(params, group["lr"], group["weight_decay"], group["momentum"])

    def _step_alike(self, params: list[nn.Parameter], lr: float, weight_decay: float, momentum: float) -> None:
        """Move weights of one shape."""
        matrices = []
        for param in params:
            state: dict[str, Any] = self.state[param]
            if not state:
                state["momentum"] = torch.zeros_like(param)
            grad = param.grad
            if grad is None:
                continue
            state["momentum"].lerp_(grad, 1 - momentum)
            # Nesterov: a step further along the momentum.
            matrices.append(torch.lerp(grad, state["momentum"], momentum).flatten(1))
        stacked = orthogonalise(torch.stack(matrices))
        scale = 0.2 * max(stacked.shape[1:]) ** 0.5
        for param, matrix in zip(params, stacked, strict=True):
            param.mul_(1 - lr * weight_decay).add_(matrix.view(param.shape), alpha=-lr * scale)


def orthogonalise(matrices: Tensor, iterations: int = 5) -> Tensor:
    """(N, rows, columns) with all singular values brought near 1 by Newton-Schulz iterations of the fifth order.

    The iterations multiply by polynomials of the matrix times its transpose, so they are carried out on that small
    square matrix alone, which is several times quicker where filters outnumber their inputs ninefold.
    """
    tall = matrices.shape[1] > matrices.shape[2]
    x: Tensor = matrices.transpose(1, 2) if tall else matrices
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)
    gram = x @ x.transpose(1, 2)
    factor = identity = torch.eye(gram.shape[1], dtype=x.dtype, device=x.device).expand_as(gram)
    # Coefficients with the steepest slope at 0 that still keep values about 1; they need not converge to 1 itself.
    a, b, c = 3.4445, -4.7750, 2.0315
    for _ in range(iterations):
        polynomial = a * identity + b * gram + c * gram @ gram
        factor = polynomial @ factor
        gram = polynomial @ gram @ polynomial
    x = factor @ x
    return x.transpose(1, 2) if tall else x


class Optimizers:
    """Several optimisers that share a learning rate and a step."""

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        self._optimizers = optimizers

    def prepare(self, lr: float) -> None:
        """Set the rate of the coming step and forget the last one's gradients."""
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr * group.get("lr_factor", 1.0)
            optimizer.zero_grad(set_to_none=True)

    def step(self) -> None:
        """Move all weights."""
        for optimizer in self._optimizers:
            optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """That of each, by its number."""
        return {str(number): optimizer.state_dict() for number, optimizer in enumerate(self._optimizers)}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        """Become what was kept.

        Raises:
            KeyError: There are more optimisers than were kept.
        """
        for number, optimizer in enumerate(self._optimizers):
            optimizer.load_state_dict(state_dict[str(number)])


def build_optimizers(network: nn.Module, settings: PeopleSettings) -> list[torch.optim.Optimizer]:
    """AdamW for everything, or Muon for hidden convolutions and AdamW for the rest.

    A pretrained backbone is always AdamW's; its learning rate is ``backbone_lr_factor`` times that of the rest and it
    does not decay, so that what it learned from ImageNet stays. Elsewhere only matrices decay, biases and the scales
    of normalisations do not.
    """
    trained = [param for param in network.parameters() if param.requires_grad]
    pretrained = {param for backbone in _backbones(network) for param in backbone.parameters()}
    fresh = [param for param in trained if param not in pretrained]
    hidden = set(_hidden_convolutions(network)) - pretrained if settings.optimizer == "muon" else set()
    rest = [param for param in fresh if param not in hidden]
    groups = [
        {"params": [param for param in rest if param.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [param for param in rest if param.ndim <= 1], "weight_decay": 0.0},
    ]
    if pretrained:
        kept = [param for param in trained if param in pretrained]
        groups.append({"params": kept, "weight_decay": 0.0, "lr_factor": settings.backbone_lr_factor})
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, settings.lr, betas=(0.9, 0.99), fused=True)]
    if hidden:
        in_order = (param for param in trained if param in hidden)
        optimizers.append(Muon(in_order, settings.lr, settings.weight_decay))
    return optimizers


def _backbones(network: nn.Module) -> list[EfficientNetLite]:
    return [module for module in network.modules() if isinstance(module, EfficientNetLite)]


def _hidden_convolutions(network: nn.Module) -> list[nn.Parameter]:
    """Weights of convolutions without bias, which are those before a normalisation: heads predict with one."""
    plain = (module for module in network.modules() if isinstance(module, nn.Conv2d) and module.bias is None)
    return [
        weight
        for module in plain
        for weight in module.parameters()
        if weight.requires_grad and weight.shape[1] >= _SMALLEST_CHANNELS
    ]
