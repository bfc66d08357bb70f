"""Who it is: faces of a photo against faces that are known, in zones, so that nothing is guessed in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from eraser.faces.recognizer import FaceRecognizer, Zones
from eraser.faces.search import FaceFound

Zone: TypeAlias = Literal["same", "unsure", "stranger", "none"]
"""Somebody known; maybe; a face that nobody known has; no face seen."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who a person of a photo is."""

    zone: Zone
    name: str | None = None
    """Only in the zone *same*."""
    candidate: str | None = None
    """Who it may be, in the zone *unsure*."""
    similarity: float | None = None
    """To ``name`` or ``candidate``; of a stranger, to whoever is nearest. None without a face."""
    similarities: Mapping[str, float] | None = None
    """To everybody known, the nearest first; None without a face."""

    def could_be(self, names: Collection[str]) -> bool:
        """Whether it is possible, and not sure, that this is one of some people."""
        return self.zone == "none" or (self.zone == "unsure" and self.candidate in names)

    def is_one_of(self, names: Collection[str]) -> bool:
        """Whether this is surely one of some people."""
        return self.zone == "same" and self.name in names


NOBODY_SEEN = Recognition("none")

Known: TypeAlias = Mapping[str, npt.NDArray[np.floating]]
"""Name -> (N, D), the numbers of each face that was learnt."""


def recognize(
    faces: Sequence[Sequence[FaceFound]], known: Known, recognizer: FaceRecognizer, asked: Collection[str] = ()
) -> tuple[Recognition, ...]:
    """Who each person is: the best match first, a name once a photo.

    Args:
        faces: Of each person, none where none was seen.
        known: Everybody known.
        recognizer: What made all these numbers.
        asked: Of several who are possible, these are meant; doubt about others matters to nobody.
    """
    zones = recognizer.zones
    alike = [_similarities(found, known, recognizer) for found in faces]
    small = [bool(found) and max(each.face.side_px for each in found) < zones.small_px for found in faces]
    pairs = sorted(
        ((value, index, name) for index, row in enumerate(alike) for name, value in row.items()), reverse=True
    )
    sure: dict[int, str] = {}
    for value, index, name in pairs:
        if value < zones.same or small[index] or index in sure or name in sure.values():
            continue
        if _is_plain(alike[index], name, zones):
            sure[index] = name
    return tuple(
        _recognition(row, sure.get(index), zones, asked) if faces[index] else NOBODY_SEEN
        for index, row in enumerate(alike)
    )


def _similarities(faces: Sequence[FaceFound], known: Known, recognizer: FaceRecognizer) -> dict[str, float]:
    """To each name: that of the most alike of all faces learnt, and of all faces of this person; the nearest first."""
    values = {
        name: max((float(recognizer.similarities(numbers, face.numbers).max()) for face in faces), default=-1.0)
        for name, numbers in known.items()
    }
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def _is_plain(row: Mapping[str, float], name: str, zones: Zones) -> bool:
    """Whether nobody else is nearly as alike."""
    return all(other == name or value <= row[name] - zones.margin for other, value in row.items())


def _recognition(row: Mapping[str, float], name: str | None, zones: Zones, asked: Collection[str]) -> Recognition:
    if name is not None:
        return Recognition("same", name=name, similarity=row[name], similarities=row)
    possible = [other for other, value in row.items() if value >= zones.unsure]
    meant = next((other for other in possible if other in asked), possible[0] if possible else None)
    if meant is not None:
        return Recognition("unsure", candidate=meant, similarity=row[meant], similarities=row)
    return Recognition("stranger", similarity=next(iter(row.values()), None), similarities=row)
