"""Every number of the person network's training, with its unit and default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from eraser.training.run_settings import RunSettings

Optimizer: TypeAlias = Literal["adamw", "muon"]
"""``muon``: orthogonalised steps for convolutions, AdamW for everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings(RunSettings):
    """How the person network is trained. Defaults suit a CPU; a GPU wants ``size_px=640`` and larger batches.

    Raises:
        ValueError: A number lies outside its range.
    """

    arch: str = "efficientnet-lite0-yolo11n-seg"
    """Network, built with one class: EfficientNet-Lite0 under YOLO11n's neck and head, or one of ultralytics' own."""
    frozen_blocks: int = 3
    """Blocks of a pretrained backbone, from the stem on, that keep their weights."""
    size_px: tuple[int, ...] = (256, 288, 320)
    """Side of the square training pictures, a multiple of 32 each; several share the run's time equally, in order."""
    cache_px: int = 416
    """Longest side that photos and cut-outs are decoded to once; not much above the largest ``size_px`` helps."""

    batch: int = 16
    lr: float = 1.5e-3
    warmup_steps: int = 100
    cooldown: float = 0.4
    clip_norm: float = 10.0
    ema_decay: float = 0.998
    source_temper: float = 0.5

    optimizer: Optimizer = "muon"
    """What makes a step of a gradient."""
    weight_decay: float = 0.01
    """Decay of convolution weights, as a part of the learning rate."""

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

    workers: int = 0
    """Processes that compose pictures ahead, for each process of the run; 0 composes between the steps."""
    validate_minutes: float = 20.0
    """Training time between two validations."""
    validate_px: tuple[int, ...] = (320, 416)
    """Input sizes that are validated; the better one is written into exported weights."""

    def __post_init__(self) -> None:
        RunSettings.__post_init__(self)  # super() does not work in a class with slots before Python 3.14
        self._at_least(64, "cache_px")
        self._parts("closing", "crowd_share", "paste_share", "mosaic_share")
        for name in ("size_px", "validate_px"):
            if not getattr(self, name) or any(side < 64 or side % 32 for side in getattr(self, name)):
                raise ValueError(f"{name} must be multiples of 32 of at least 64, got {getattr(self, name)}")
        if not 0 <= self.frozen_blocks <= 16:
            raise ValueError(f"frozen_blocks must be from 0 to 16, got {self.frozen_blocks}")
        if min(self.composite_share, self.empty_share) < 0 or self.composite_share + self.empty_share > 1:
            raise ValueError("composite_share and empty_share must not be negative, nor more than 1 together")
