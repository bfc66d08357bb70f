"""Every number of the generator's training, with its unit and default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from eraser.training.run_settings import RunSettings

Encoder: TypeAlias = Literal["plain", "lite0"]
Attention: TypeAlias = Literal["own", "published"]
"""``own``: only hole features are queries and known ones stay; ``published``: the function of the paper's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSettings(RunSettings):
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
    depth: int = 2
    """Residual blocks on each of the levels 2 to 5 of the encoder in ``own``; the published network has none."""
    size_px: int = 64
    """Side of the square training pictures; divisible by 64."""
    cache_px: int = 192
    """Side of the squares that photos are decoded to once; two to three times ``size_px``."""

    batch: int = 32
    lr: float = 5e-4
    warmup_steps: int = 200
    cooldown: float = 0.25
    clip_norm: float = 1.0
    ema_decay: float = 0.999
    source_temper: float = 0.75

    lr_discriminator: float = 2e-4
    """Learning rate of the discriminator."""

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

    validate_every: int = 1000
    """Steps between two validations; each exports the averaged weights."""

    def __post_init__(self) -> None:
        RunSettings.__post_init__(self)  # super() does not work in a class with slots before Python 3.14
        self._at_least(1, "validate_every", "r1_every")
        self._at_least(0, "depth", "procedural_count")
        self._above_zero("lr_discriminator")
        self._parts("procedural_share")
        if self.size_px < 64 or self.size_px % 64:
            raise ValueError(f"size_px must be a multiple of 64, got {self.size_px}")
        if self.cache_px < self.size_px:
            raise ValueError(f"cache_px must not be below size_px, got {self.cache_px} < {self.size_px}")
        if len(self.channels) != 6 or any(count < 4 or count % 4 for count in self.channels):
            raise ValueError(f"channels must be six multiples of 4, got {self.channels}")
