"""What a network sees in one view of a photo: a first outline, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eraser.geometry import Box, MaskArray, Person

OVERLAP_SAMPLES = 1 << 16
"""Pixels of an overlap that are looked at."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Somebody, or a thing, in one view of the photo: all of it, or one tile."""

    outline: Person
    """Where the network holds the person for possible; wide, for the edge is still to be found."""
    clear: MaskArray
    """(box height, box width) of the outline: where the network is sure. No later step takes that away."""
    cell_px: float
    """Photo pixels a cell of the network's mask, which is how coarse the outline is."""
    label: str = "person"
    """Name of the class."""

    @classmethod
    def of(cls, person: Person, label: str = "person") -> Detection:
        """A detection whose mask is final: sure everywhere, and as fine as the photo."""
        return cls(person, person.mask, 1.0, label=label)

    @property
    def box(self) -> Box:
        """Of the outline, in photo pixels."""
        return self.outline.box

    def shift(self, dx_px: int, dy_px: int) -> Detection:
        """Moved to the right and down: from a tile's pixels to the photo's."""
        moved = replace(self.outline, box=self.box.shift(dx_px, dy_px))
        return replace(self, outline=moved)

    def unite(self, other: Detection) -> Detection:
        """Both as one, as sure as the surer and as fine as this one."""
        box = self.box.enclose(other.box)
        masks = np.zeros((2, box.height, box.width), bool)
        for part in (self, other):
            rows, columns = part.box.shift(-box.x0, -box.y0).slices
            masks[0, rows, columns] |= part.outline.mask
            masks[1, rows, columns] |= part.clear
        outline = Person(box, masks[0], max(self.outline.score, other.outline.score))
        return Detection(outline, masks[1], self.cell_px, self.label)

    def only_clear(self) -> Detection:
        """Without what is merely possible."""
        return replace(self, outline=replace(self.outline, mask=self.clear))
