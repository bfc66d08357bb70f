"""What inpainters want of the crops that they are given, and of the machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from eraser.hole.crops import CropLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """An inpainter's wants; an inpainter that has an attribute ``requirements`` is asked for them."""

    crop: CropLimits = field(default_factory=CropLimits)
    """Context, and the largest crop and hole."""
    fixed_side: int | None = None
    """Side of the only square that it takes, in pixels; crops are resized to it. None takes any size."""
    side_multiple: int = 1
    """Number that both sides must be divisible by; crops are padded to it."""
    has_weights: bool = False
    """Whether its result depends on the fill weights."""
    compiles: bool = False
    """Whether it compiles loops on a machine's first run, which is a wait to be explained."""


DEFAULT_REQUIREMENTS = Requirements()


def requirements_of(inpainter: object) -> Requirements:
    """What an inpainter says that it wants; the defaults where it says nothing."""
    wants = getattr(inpainter, "requirements", DEFAULT_REQUIREMENTS)
    return wants if isinstance(wants, Requirements) else DEFAULT_REQUIREMENTS
