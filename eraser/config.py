"""Every option with its default and unit. One dataclass a concern, shared by the command line and the Python API."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Literal, get_args

Device = Literal["auto", "cpu", "cuda", "mps"]
OnConflict = Literal["suffix", "skip", "overwrite"]
Format = Literal["same", "png", "jpg", "webp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseConfig:
    """What is taken out of a photo, and how.

    Raises:
        TypeError: ``who``, a number of pixels or the score is of another type.
        ValueError: A number lies outside its range, or no device goes by that name.
    """

    who: str = "all"
    """``all``, ``main``, ``others`` or numbers such as ``2,3``."""
    at: tuple[tuple[int, int], ...] = ()
    """Pixels (x, y) of people who go; with ``who="others"`` they stay instead."""
    add_mask: bool = False
    """A given mask is removed on top of the people found, not instead of them."""
    masker: str = "yolo"
    """Name of the masker that finds people."""
    people_weights: str = "people"
    """Name in the manifest, or path, of the masker's weights."""
    inpainter: str = "patches"
    """Name of the inpainter that fills the hole."""
    fill_weights: str = "fill"
    """Name in the manifest, or path, of the inpainter's weights, for those that use any."""
    device: Device = "auto"
    """Where networks run; auto takes CUDA, then MPS, then the CPU."""
    min_score: float = 0.25
    """People below this confidence, in [0, 1], are left alone."""
    dilate_px: int | None = None
    """How far the hole reaches beyond a person, in photo pixels; None grows with the person's size, 0 not at all."""
    feather_px: int | None = None
    """Width of the soft edge inside the hole, in photo pixels; None takes it from the grown rim, 0 is a hard edge."""
    trust_pickle: bool = False
    """Allow weights in a .pt file by path, which can run code when they are loaded."""

    def __post_init__(self) -> None:
        if not isinstance(self.who, str):
            raise TypeError(f"who must be a str such as 'others' or '2,3', got {self.who!r}")
        if self.device not in get_args(Device):
            raise ValueError(f"device must be one of {', '.join(get_args(Device))}, got {self.device!r}")
        if not isinstance(self.min_score, Real):
            raise TypeError(f"min_score must be a number, got {self.min_score!r}")
        if not 0 <= self.min_score <= 1:  # nan neither
            raise ValueError(f"min_score must lie in [0, 1], got {self.min_score}")
        for name, width_px in (("dilate_px", self.dilate_px), ("feather_px", self.feather_px)):
            if width_px is None:
                continue
            if not isinstance(width_px, Integral):
                raise TypeError(f"{name} must be a whole number of pixels or None, got {width_px!r}")
            if width_px < 0:
                raise ValueError(f"{name} must not be negative, got {width_px}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfig:
    """Where results go, and in which form."""

    output: Path | None = None
    """A file for one photo, a folder for several; None writes beside each photo."""
    save_mask: bool = False
    """Also write the hole as <stem>.mask.png beside the result."""
    copy_unchanged: bool = False
    """Write a copy of a photo without people."""
    on_conflict: OnConflict = "suffix"
    """What happens when the output exists: a numbered name, nothing, or it is replaced."""
    format: Format = "same"
    """File format of results; same keeps the photo's."""
    quality: int | None = None
    """1 to 100 for JPEG and WebP; None keeps a JPEG's own tables, and takes 90 elsewhere."""


DEFAULTS = EraseConfig()
OUTPUT_DEFAULTS = OutputConfig()
