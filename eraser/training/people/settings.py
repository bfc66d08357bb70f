"""Every number that the training of the person network is made of, with its unit and default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Optimizer: TypeAlias = Literal["adamw", "muon"]
"""``muon``: orthogonalised steps for convolutions, AdamW for everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """How the person network is trained. Defaults suit a CPU; a GPU wants ``size_px=640`` and larger batches.

    Raises:
        ValueError: A number lies outside its range.
    """

    arch: str = "efficientnet-lite0-yolo11n-seg"
    """Network, built with one class: EfficientNet-Lite0 under YOLO11n's neck and head, or one of ultralytics' own."""
    frozen_blocks: int = 3
    """Blocks of a pretrained backbone, from the stem on, that keep their weights."""
    backbone_lr_factor: float = 0.25
    """Learning rate of a pretrained backbone as a part of ``lr``."""
    size_px: tuple[int, ...] = (256, 288, 320)
    """Side of the square training pictures, a multiple of 32 each; several share the run's time equally, in order."""
    cache_px: int = 416
    """Longest side that photos and cut-outs are decoded to once; not much above the largest ``size_px`` helps."""
    batch: int = 16
    """Pictures a step (of each process)."""
    steps: int = 1_000_000
    """Steps at which the run ends, counted over all its resumptions."""
    minutes: float | None = None
    """Time at the optimiser after which the run ends, counted over all its resumptions; None is no limit."""
    seed: int = 0
    """Start of every random number; a step's batch follows from the seed, the step and the process alone."""

    optimizer: Optimizer = "muon"
    """What makes a step of a gradient."""
    lr: float = 1.5e-3
    """Learning rate once it is warm."""
    weight_decay: float = 0.01
    """Decay of convolution weights, as a part of the learning rate."""
    warmup_steps: int = 100
    """Steps over which the learning rate rises from 0."""
    cooldown: float = 0.4
    """Last part of the run, in [0, 1], over which the learning rate falls to a fiftieth."""
    clip_norm: float = 10.0
    """Largest norm of a step's gradient."""
    ema_decay: float = 0.998
    """How slowly the averaged weights follow; the first steps follow faster."""

    mosaic_share: float = 0.3
    """Part of the pictures, in [0, 1], that is put together from four scenes."""
    closing: float = 0.15
    """Last part of the run, in [0, 1], without mosaics: pictures as they come in life."""
    composite_share: float = 0.28
    """Part of the scenes, in [0, 1], that is a background with people pasted on it."""
    empty_share: float = 0.16
    """Part of the scenes, in [0, 1], that is a background with nobody; some carry shapes cut from others."""
    crowd_share: float = 0.15
    """Part of the composites, in [0, 1], that is a crowd."""
    paste_share: float = 0.3
    """Part of the photos with people, in [0, 1], that gets more people pasted on."""
    source_temper: float = 0.5
    """A source of n photos is drawn as often as n to this power: below 1, small sources count for more."""
    source_weights: Mapping[str, float] = field(default_factory=dict)
    """Factors on that, by name of the source; 0 leaves it out."""

    workers: int = 0
    """Processes that compose pictures ahead, for each process of the run; 0 composes between the steps."""
    autocast: bool = True
    """Whether a GPU runs convolutions in bfloat16."""
    compile: bool = False
    """Whether the network goes through torch.compile."""
    threads: int | None = None
    """Threads on the CPU; None leaves it to torch."""
    validate_minutes: float = 20.0
    """Training time between two validations."""
    validate_px: tuple[int, ...] = (320, 416)
    """Input sizes that are validated; the better one is written into exported weights."""
    checkpoint_minutes: float = 4.0
    """Time between two checkpoints."""

    def __post_init__(self) -> None:
        for name in ("size_px", "validate_px"):
            if not getattr(self, name) or any(side < 64 or side % 32 for side in getattr(self, name)):
                raise ValueError(f"{name} must be multiples of 32 of at least 64, got {getattr(self, name)}")
        if self.cache_px < 64:
            raise ValueError(f"cache_px must be at least 64, got {self.cache_px}")
        if self.batch < 1 or self.steps < 1:
            raise ValueError("batch and steps must be at least 1")
        if self.minutes is not None and not self.minutes > 0:
            raise ValueError(f"minutes must be above 0, or None for no limit, got {self.minutes}")
        if not 0 <= self.frozen_blocks <= 16:
            raise ValueError(f"frozen_blocks must be from 0 to 16, got {self.frozen_blocks}")
        for name in (
            "backbone_lr_factor",
            "cooldown",
            "closing",
            "ema_decay",
            "crowd_share",
            "paste_share",
            "mosaic_share",
        ):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {getattr(self, name)}")
        if min(self.composite_share, self.empty_share) < 0 or self.composite_share + self.empty_share > 1:
            raise ValueError("composite_share and empty_share must not be negative, nor more than 1 together")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return asdict(self)
