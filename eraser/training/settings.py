"""Every number that a training run is made of, with its unit and default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Encoder: TypeAlias = Literal["plain", "lite0"]
Attention: TypeAlias = Literal["own", "published"]
"""``own``: only hole features are queries and known ones stay; ``published``: the function of the paper's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSettings:
    """How the generator is trained. Defaults suit a CPU; a GPU wants larger batches and pictures.

    Raises:
        ValueError: A number lies outside its range.
    """

    attention: Attention = "own"
    """Which attention transfer the generator has."""
    channels: tuple[int, ...] = (32, 64, 128, 256, 512, 512)
    """Features of the generator's six levels; thin upper levels (16, 32, 96, 192, 320, 320) make a small one."""
    encoder: Encoder = "plain"
    """``plain`` convolutions, or EfficientNet-``lite0``, which begins with ImageNet's weights; only in ``own``."""
    backbone_lr_factor: float = 0.25
    """Learning rate of ``lite0`` as a part of ``lr``."""
    depth: int = 2
    """Residual blocks on each of the levels 2 to 5 of the encoder in ``own``; the published network has none."""
    size_px: int = 64
    """Side of the square training pictures; divisible by 64."""
    cache_px: int = 192
    """Side of the squares that photos are decoded to once; two to three times ``size_px``."""
    batch: int = 32
    """Pictures a step (of each process)."""
    steps: int = 1_000_000
    """Steps at which the run ends, counted over all its resumptions."""
    minutes: float | None = None
    """Time at the optimiser after which the run ends, counted over all its resumptions; None is no limit."""
    seed: int = 0
    """Start of every random number; a step's batch follows from the seed, the step and the process alone."""

    lr: float = 5e-4
    """Learning rate of the generator (Adam) once it is warm."""
    lr_discriminator: float = 2e-4
    """Learning rate of the discriminator."""
    warmup_steps: int = 200
    """Steps over which the learning rate rises from 0."""
    cooldown: float = 0.25
    """Last part of the run, in [0, 1], over which the learning rate falls to a twentieth."""
    clip_norm: float = 1.0
    """Largest norm of a step's gradient."""
    ema_decay: float = 0.999
    """How slowly the averaged weights follow; the first steps follow faster."""

    hole_weight: float = 6.0
    """L1 inside the hole."""
    valid_weight: float = 1.0
    """L1 outside the hole."""
    pyramid_weight: float = 0.5
    """L1 of the pictures that the torgb heads predict, one a level; hole and rest weighted as above."""
    low_frequency_weight: float = 10.0
    """Squared error inside the hole on a grid of 32 x 32 cells: what a patch search needs its leader to be right in."""
    perceptual_weight: float = 0.0
    """Distance of EfficientNet-Lite0 features inside the hole; needs ``erase-me[train]``. 2 is a good weight."""
    adversarial_weight: float = 0.1
    """Hinge loss of the generator, once ``adversarial_from`` is reached."""
    feature_weight: float = 1.0
    """Feature matching in the discriminator, relative to ``adversarial_weight``."""
    r1_weight: float = 0.0
    """Gradient penalty on true pictures (gamma); 0 is none."""
    r1_every: int = 16
    """Steps between two gradient penalties; the weight is scaled to make up for it."""
    adversarial_from: int | None = None
    """Step at which the discriminator joins; None never."""

    procedural_share: float = 0.12
    """Part of the pictures, in [0, 1], that is drawn by a program instead of taken from a photo."""
    procedural_count: int = 1500
    """How many such pictures are drawn before the run."""
    source_temper: float = 0.75
    """A source of n photos is drawn as often as n to this power: below 1, small sources count for more."""
    source_weights: Mapping[str, float] = field(default_factory=dict)
    """Factors on that, by name of the source; 0 leaves it out."""

    autocast: bool = True
    """Whether convolutions run in bfloat16."""
    compile: bool = False
    """Whether the generator goes through torch.compile."""
    threads: int | None = None
    """Threads on the CPU; None leaves it to torch."""
    validate_every: int = 1000
    """Steps between two validations; each exports the averaged weights."""
    checkpoint_minutes: float = 4.0
    """Time between two checkpoints."""

    def __post_init__(self) -> None:
        if self.size_px < 64 or self.size_px % 64:
            raise ValueError(f"size_px must be a multiple of 64, got {self.size_px}")
        if self.cache_px < self.size_px:
            raise ValueError(f"cache_px must not be below size_px, got {self.cache_px} < {self.size_px}")
        if self.batch < 1 or self.steps < 1 or self.validate_every < 1 or self.r1_every < 1:
            raise ValueError("batch, steps, validate_every and r1_every must be at least 1")
        if self.minutes is not None and not self.minutes > 0:
            raise ValueError(f"minutes must be above 0, or None for no limit, got {self.minutes}")
        for name in ("depth", "seed", "warmup_steps", "procedural_count"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in ("lr", "lr_discriminator", "clip_norm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be at least 1, got {self.threads}")
        if len(self.channels) != 6 or any(count < 4 or count % 4 for count in self.channels):
            raise ValueError(f"channels must be six multiples of 4, got {self.channels}")
        for name in ("backbone_lr_factor", "cooldown", "ema_decay", "procedural_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {getattr(self, name)}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return asdict(self)
