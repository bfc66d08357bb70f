"""Every option with its default and unit. One dataclass a concern, shared by the command line and the Python API."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from numbers import Integral, Real
from pathlib import Path
from typing import Literal, get_args

Device = Literal["auto", "cpu", "cuda", "mps"]
OnConflict = Literal["suffix", "skip", "overwrite"]
Format = Literal["same", "png", "jpg", "webp"]
After = Literal["keep", "move", "delete"]
Shadows = Literal["auto", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """What is loaded: the masker, the inpainter, their weights, and where they run.

    Raises:
        TypeError: A value is of another type.
        ValueError: A number lies outside its range, or no device has that name.
    """

    masker: str = "yolo"
    """Name of the masker that finds people, or several as in ``yolo+hats`` and ``yolo-statues``."""
    masker_options: tuple[tuple[str, str], ...] = ()
    """(key, value) texts for the masker; with several maskers the key is ``name.key``."""
    masker_timeout: float | None = None
    """Seconds that the masker may take to start, and again for each photo; None sets no limit."""
    people_weights: str = "people"
    """Name in the manifest, or path, of the masker's weights."""
    inpainter: str = "guided"
    """Name of the inpainter that fills the hole."""
    inpainter_options: tuple[tuple[str, str], ...] = ()
    """(key, value) texts for the inpainter."""
    fill_weights: str = "fill"
    """Name in the manifest, or path, of the inpainter's weights, for those that use any."""
    device: Device = "auto"
    """Where networks run; auto takes CUDA, then MPS, then the CPU."""
    min_score: float | None = None
    """People found with less confidence, in [0, 1], stay; None takes the threshold of the weights, else 0.25."""
    with_belongings: bool = True
    """What people carry, wear and ride goes with them."""
    fast: bool = False
    """Skip tiled detection above 4 megapixels and skip the second look: quicker, but misses small and far people."""
    trust_pickle: bool = False
    """Allow weights in a .pt file by path, which can run code when they are loaded."""

    def __post_init__(self) -> None:
        if self.device not in get_args(Device):
            raise ValueError(f"device must be one of {', '.join(get_args(Device))}, got {self.device!r}")
        if not isinstance(self.min_score, Real | None):
            raise TypeError(f"min_score must be a number or None, got {self.min_score!r}")
        if self.min_score is not None and not 0 <= self.min_score <= 1:  # NaN neither
            raise ValueError(f"min_score must lie in [0, 1], got {self.min_score}")
        for name, options in (("masker_options", self.masker_options), ("inpainter_options", self.inpainter_options)):
            if not all(isinstance(text, str) for pair in options for text in pair) or any(len(p) != 2 for p in options):
                raise TypeError(f"{name} must be (key, value) pairs of str, got {options!r}")
        if self.masker_timeout is not None and not 0 < self.masker_timeout < inf:  # NaN neither
            raise ValueError(f"masker_timeout must be a number of seconds above 0, got {self.masker_timeout}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseRequest:
    """What is asked of one photo: who goes, and how.

    Raises:
        TypeError: ``who`` or a number of pixels is of another type.
        ValueError: A number lies outside its range.
    """

    who: str = "all"
    """Terms joined by commas: ``all``, ``main``, ``others``, numbers such as ``2``, ranges such as ``2-4``."""
    at: tuple[tuple[int, int], ...] = ()
    """Pixels (x, y) of people who go; with ``who="others"`` they stay instead."""
    add_mask: bool = False
    """A given mask is removed on top of the people found, not instead of them."""
    second_look: bool = True
    """The masker runs on the result once more, and whoever is still seen there is taken out."""
    shadows: Shadows = "auto"
    """Auto takes out shadows at people's feet where they are plain to see."""
    dilate_px: int | None = None
    """How far the hole reaches beyond a person, in photo pixels; None grows with the person's height, 0 not at all."""
    feather_px: int | None = None
    """Width of the soft edge inside the hole, in photo pixels; None takes it from the grown rim, 0 is a hard edge."""

    def __post_init__(self) -> None:
        if not isinstance(self.who, str):
            raise TypeError(f"who must be a str such as 'others' or '2,3', got {self.who!r}")
        if self.shadows not in get_args(Shadows):
            raise ValueError(f"shadows must be one of {', '.join(get_args(Shadows))}, got {self.shadows!r}")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    """How a run over many photos goes.

    Raises:
        ValueError: A number is below 1.
    """

    recursive: bool = True
    """Take the photos of folders below a folder, too."""
    workers: int | None = None
    """Processes that share the work; None takes what suits the machine."""
    resume: bool = False
    """Leave alone what the ledger says is done and unchanged."""
    ledger: bool = True
    """Keep a ledger beside the results, where there are several photos."""
    limit: int | None = None
    """So many photos at most; None sets no limit."""
    dry_run: bool = False
    """Say what would be done, and do nothing."""
    review: Path | None = None
    """A page of all photos before and after; None writes none."""

    def __post_init__(self) -> None:
        for name, number in (("workers", self.workers), ("limit", self.limit)):
            if number is not None and number < 1:
                raise ValueError(f"{name} must be at least 1, got {number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """How a folder is watched.

    Raises:
        ValueError: A time is not above 0, or ``after`` and ``move_to`` do not fit together.
    """

    watch: Path | None = None
    """The folder; None watches none."""
    once: bool = False
    """End when what lies there is done."""
    poll: float | None = None
    """Seconds between scans of the folder; None waits for events, which network folders do not send."""
    settle: float = 2.0
    """Seconds for which a file's size and time must stay the same before it is taken."""
    after: After = "keep"
    """What becomes of an original once its result is on disk."""
    move_to: Path | None = None
    """Where originals go with ``move``."""

    def __post_init__(self) -> None:
        for name, seconds in (("poll", self.poll), ("settle", self.settle)):
            if seconds is not None and not 0 < seconds < inf:  # nan neither
                raise ValueError(f"{name} must be a number of seconds above 0, got {seconds}")
        if self.after not in get_args(After):
            raise ValueError(f"after must be one of {', '.join(get_args(After))}, got {self.after!r}")
        if (self.after == "move") != (self.move_to is not None):
            raise ValueError("after='move' and move_to belong together: one needs the other")


MODEL_DEFAULTS = ModelConfig()
REQUEST_DEFAULTS = EraseRequest()
OUTPUT_DEFAULTS = OutputConfig()
BATCH_DEFAULTS = BatchConfig()
WATCH_DEFAULTS = WatchConfig()
