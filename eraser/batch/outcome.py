"""What became of a photo, without its pixels, so that thousands of outcomes fit in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from eraser.batch.thumbnails import Thumbnails
from eraser.errors import EraserError
from eraser.geometry import Box, Person
from eraser.photo import ReadBack

if TYPE_CHECKING:
    from eraser.faces.match import Recognition

Status: TypeAlias = Literal["erased", "unchanged", "copied", "listed", "skipped", "failed", "planned"]
"""Unchanged: there was nobody to take out, and nothing was written. Skipped: see ``why``. Planned: a dry run."""


@dataclass(frozen=True, slots=True)
class PersonFound:
    """A person without the mask."""

    number: int
    """From 1 on."""
    box: Box
    """Half-open pixels of the upright photo."""
    score: float
    """Confidence in [0, 1]."""
    share: float
    """Of the photo's pixels, in [0, 1]."""
    chosen: bool
    """Whether this person goes."""
    recognition: Recognition | None = None
    """Who it is; None if nobody was named."""
    is_doubtful: bool = False
    """Whether it may be somebody named, or shows no face."""

    @property
    def who(self) -> str:
        """Who it is, in words; empty if nobody was named."""
        found = self.recognition
        if found is None:
            return ""
        if found.zone == "none":
            return "no face"
        alike = "" if found.similarity is None else f" {found.similarity:.2f}"
        called = {"same": found.name, "unsure": f"{found.candidate}?"}.get(found.zone, "stranger")
        return f"{called}{alike}"


@dataclass(frozen=True, slots=True)
class Tool:
    """A masker or an inpainter, and its weights. Plugins, and tools without weights, leave these None."""

    name: str
    weights: str | None = None
    weights_sha256: str | None = None
    weights_why: str | None = None
    """Why ``auto`` took these weights and not better ones; None if it did not have to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Addresses of a photo's objects, and what they hold."""

    photo: str
    output: str | None = None
    """The result that was written; of a skipped photo, the one that was there."""
    mask: str | None = None
    photo_sha256: str | None = None
    """None if it was not read."""
    output_sha256: str | None = None
    settings_sha256: str | None = None
    earlier: str | None = None
    """Of a photo done in an earlier run: what became of it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a photo."""

    path: Path
    """The photo, or the folder that holds none."""
    status: Status
    output: Path | None = None
    """The result that was written; of a skipped photo, the one that was there."""
    mask: Path | None = None
    """The hole, if it was written."""
    overview: Path | None = None
    """The photo with numbered outlines, if it was written."""
    size_wh: tuple[int, int] | None = None
    """Of the upright photo, in pixels; None when it was not read."""
    people: tuple[PersonFound, ...] | None = None
    """Everybody found, in the order of their numbers; None if the masker did not run."""
    leftover_people: int = 0
    """How many of those who were to go can still be seen in the result, as far as the masker was asked again."""
    hole_share: float = 0.0
    """Share of the photo that was replaced, in [0, 1]."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time spent in each stage; ``start`` is the loading of networks."""
    notes: tuple[str, ...] = ()
    """What the person should know, a short line each."""
    error: EraserError | None = None
    """Why it failed. If only the mask could not be written, there is a result all the same."""
    why: str = ""
    """Why it was skipped; empty when its result was there already."""
    device: str | None = None
    """Where networks ran that looked for people."""
    masker: Tool | None = None
    """What looked for people."""
    inpainter: Tool | None = None
    """What filled the hole."""
    read_back: ReadBack | None = None
    """What was found in the result when it was read again; None where the photo was copied or nothing was written."""
    label: str | None = None
    """The digital source type that the result states."""
    thumbnails: Thumbnails | None = None
    """Small pictures for a review, if there is one. Drop them if you keep the outcome."""
    node: str | None = None
    """The machine that did it, where a run has several."""
    actor: str | None = None
    """The actor of a cluster that did it."""
    stored: Stored | None = None
    """Where it lies, in a run over stores; then ``path`` is its name only."""
    ends_run: bool = False
    """The failure would meet every other photo, too, so no photo was tried after this one."""

    @property
    def unsure_people(self) -> int:
        """How many may be somebody named."""
        return sum(person.is_doubtful and not _shows_no_face(person) for person in self.people or ())

    @property
    def no_face_people(self) -> int:
        """How many show no face, where somebody was named."""
        return sum(map(_shows_no_face, self.people or ()))

    @property
    def photo_name(self) -> str:
        """The path of the photo, or its address in a store."""
        return str(self.path) if self.stored is None else self.stored.photo

    @property
    def output_name(self) -> str | None:
        """The path of the result, or its address in a store."""
        return _text(self.output) if self.stored is None else self.stored.output

    @property
    def mask_name(self) -> str | None:
        """The path of the mask, or its address in a store."""
        return _text(self.mask) if self.stored is None else self.stored.mask


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _shows_no_face(person: PersonFound) -> bool:
    return person.recognition is not None and person.recognition.zone == "none"


def people_found(
    people: Sequence[Person],
    chosen: Collection[int],
    shape: tuple[int, ...],
    recognized: Sequence[Recognition] = (),
    doubtful: Collection[int] = (),
) -> tuple[PersonFound, ...]:
    """People without their masks.

    Args:
        people: In the order of their numbers.
        chosen: Numbers, from 1 on, of those who go.
        shape: (H, W, ...) of the photo.
        recognized: Who each of them is; empty if nobody was named.
        doubtful: Numbers of those who may be somebody named.
    """
    who: Sequence[Recognition | None] = recognized or [None] * len(people)
    pixels = shape[0] * shape[1]
    return tuple(
        PersonFound(
            number,
            person.box,
            float(person.score),
            person.area_px / pixels,
            number in chosen,
            recognition,
            number in doubtful,
        )
        for number, (person, recognition) in enumerate(zip(people, who, strict=True), start=1)
    )
