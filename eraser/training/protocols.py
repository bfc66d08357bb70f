"""What a trainer asks of its settings and of the parts that it saves."""

from __future__ import annotations

from typing import Any, Protocol


class Settings(Protocol):
    """The numbers that a trainer itself needs."""

    @property
    def steps(self) -> int:
        """Steps at which the run ends."""

    @property
    def minutes(self) -> float | None:
        """Time after which it ends; None is no limit."""

    @property
    def lr(self) -> float:
        """Learning rate between warm-up and cool-down."""

    @property
    def warmup_steps(self) -> int:
        """Steps over which it rises."""

    @property
    def cooldown(self) -> float:
        """Last part of the run, in [0, 1], over which it falls."""

    @property
    def checkpoint_minutes(self) -> float:
        """Time between two checkpoints."""

    @property
    def autocast(self) -> bool:
        """Whether a GPU runs convolutions in bfloat16."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""


class Stateful(Protocol):
    """A network or an optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """What it is made of."""

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object:
        """Become what was kept."""
