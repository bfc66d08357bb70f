"""The seam of who goes: a selector sees the photo and the people found, and divides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from eraser.geometry import ImageArray, Person

if TYPE_CHECKING:
    from eraser.faces.match import Recognition


@dataclass(frozen=True, slots=True)
class Selection:
    """Who goes and who stays."""

    going: tuple[int, ...]
    """Indices into the people, ascending from 0."""
    staying: tuple[int, ...]
    """All other indices, ascending."""
    all_go: bool
    """Whether everybody is to go, also those who were not found: a leftover that is seen later goes, too."""
    recognized: tuple[Recognition, ...] = ()
    """Who each of the people is, where somebody was named; else empty."""
    doubtful: tuple[int, ...] = ()
    """Indices of those who may be somebody named, or show no face, so that the choice is not sure."""

    @classmethod
    def of(cls, going: set[int], count: int, *, all_go: bool = False) -> Selection:
        """The selection of some of ``count`` people."""
        return cls(tuple(sorted(going)), tuple(i for i in range(count) if i not in going), all_go)


class Selector(Protocol):
    """Says who goes. Any callable of this form will do."""

    def __call__(self, image: ImageArray, people: Sequence[Person], /) -> Selection:
        """Divide the people of an RGB uint8 (H, W, 3) photo, who are in the order of their numbers.

        Raises:
            NobodyThereError: Somebody who was asked for is not there.
        """
