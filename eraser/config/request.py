"""What is asked of one photo."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Literal

from eraser.options import check_choice, option

Shadows = Literal["auto", "off"]
Unsure = Literal["keep", "go"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseRequest:
    """What is asked of one photo: who goes, and how.

    Raises:
        TypeError: ``who``, ``keep`` or a number of pixels is of another type.
        ValueError: A number lies outside its range.
    """

    who: str = option(
        "all",
        "Who goes: all, main, others, numbers such as 2,3 or 2-4 (see --list), or names.",
        "`others` are all but the main person, `strangers` have a face that is not [known](faces.md). Commas join.",
        metavar="WHO",
    )
    at: tuple[tuple[int, int], ...] = option(
        (), "The person under that pixel goes (with --who others: stays). Can be repeated.", metavar="X,Y"
    )
    keep: tuple[str, ...] = option(
        (),
        "Everybody goes except these people or groups. Can be repeated.",
        "Whatever `--who` says, only these stay. If none of them is recognised, nobody goes.",
        metavar="NAME",
    )
    unsure: Unsure = option(
        "keep",
        "With names: what happens to people who are not recognised for certain.",
        "With `keep` they stay, and stderr says how many; with `go` they go.",
    )
    add_mask: bool = option(False, "Remove the mask on top of the people found.")
    second_look: bool = option(
        True,
        "Look at the result once more, and erase people who are still visible.",
        "Stderr and the JSON say how many are visible even then. Off with `--fast`.",
    )
    shadows: Shadows = option(
        "auto",
        "Whether shadows at people's feet go, where they are plain to see.",
        "In doubt a shadow stays. `off` leaves all of them.",
    )
    dilate_px: int | None = option(
        None,
        "How far the hole reaches beyond people.",
        "In pixels of the photo. `0` uses the outline as it was found. A `--mask` is never grown.",
        metavar="N",
        default_text="grows with the person",
        at_least=0,
    )
    feather_px: int | None = option(
        None,
        "Width of the soft edge inside the hole.",
        "In pixels of the photo. `0` is a hard edge. The default is half of the way from the edge to the person.",
        metavar="N",
        default_text="grows with the hole's rim",
        at_least=0,
    )

    def __post_init__(self) -> None:
        if not isinstance(self.who, str):
            raise TypeError(f"who must be a str such as 'others' or '2,3', got {self.who!r}")
        if not isinstance(self.keep, tuple) or not all(isinstance(name, str) and name for name in self.keep):
            raise TypeError(f"keep must be a tuple of names such as ('me',), got {self.keep!r}")
        check_choice("unsure", self.unsure, Unsure)
        check_choice("shadows", self.shadows, Shadows)
        for name, width_px in (("dilate_px", self.dilate_px), ("feather_px", self.feather_px)):
            if not isinstance(width_px, Integral | None):
                raise TypeError(f"{name} must be a whole number of pixels or None, got {width_px!r}")
            if width_px is not None and width_px < 0:
                raise ValueError(f"{name} must not be negative, got {width_px}")


REQUEST_DEFAULTS = EraseRequest()
