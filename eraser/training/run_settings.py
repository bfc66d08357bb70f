"""The numbers that every training run has, whatever it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What ``Trainer`` asks of its settings. The defaults of some numbers are those of the kind of run.

    Raises:
        ValueError: A number lies outside its range.
    """

    batch: int
    """Pictures a step (of each process)."""
    steps: int = 1_000_000
    """Steps at which the run ends, counted over all its resumptions."""
    minutes: float | None = None
    """Training time after which the run ends, counted over all its resumptions; None is no limit."""
    seed: int = 0
    """Start of every random number; a step's batch follows from the seed, the step and the process alone."""
    lr: float
    """Learning rate once the warm-up is over."""
    warmup_steps: int
    """Steps over which the learning rate rises from 0."""
    cooldown: float
    """Last part of the run, in [0, 1], over which the learning rate falls to a small part of ``lr``."""
    backbone_lr_factor: float = 0.25
    """Learning rate of a pretrained backbone as a part of ``lr``."""
    clip_norm: float
    """Largest norm of a step's gradient."""
    ema_decay: float
    """Part of the averaged weights that a step keeps, in [0, 1]; the first steps keep less."""
    source_temper: float
    """A source of n photos is drawn as often as n to this power: below 1, small sources count for more."""
    source_weights: Mapping[str, float] = field(default_factory=dict)
    """Factors on that, by name of the source; 0 leaves it out."""
    autocast: bool = True
    """Whether a GPU runs convolutions in bfloat16."""
    compile: bool = False
    """Whether the network goes through torch.compile."""
    threads: int | None = None
    """Threads on the CPU; None leaves it to torch."""
    checkpoint_minutes: float = 4.0
    """Time between two checkpoints."""

    def __post_init__(self) -> None:
        self._at_least(1, "batch", "steps")
        self._at_least(0, "seed", "warmup_steps")
        self._above_zero("lr", "clip_norm")
        self._parts("backbone_lr_factor", "cooldown", "ema_decay")
        if self.minutes is not None and not self.minutes > 0:
            raise ValueError(f"minutes must be above 0, or None for no limit, got {self.minutes}")
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be at least 1, got {self.threads}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return asdict(self)

    def _at_least(self, least: int, *names: str) -> None:
        self._check(names, lambda value: value >= least, f"must be at least {least}")

    def _above_zero(self, *names: str) -> None:
        self._check(names, lambda value: value > 0, "must be above 0")

    def _parts(self, *names: str) -> None:
        self._check(names, lambda value: 0.0 <= value <= 1.0, "must lie in [0, 1]")

    def _check(self, names: tuple[str, ...], holds: Callable[[float], bool], must: str) -> None:
        for name in names:
            if not holds(getattr(self, name)):
                raise ValueError(f"{name} {must}, got {getattr(self, name)}")
