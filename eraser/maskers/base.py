"""Masker and MaskerContext: with ``Person``, all that a plugin needs.

A masker is any callable that takes a photo and returns people; a plain function will do. A factory
``load_masker(context)`` builds it once, then it is called for each photo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from eraser.arrays import ImageArray
from eraser.errors import EraserError, MaskerError, MaskerOutputError
from eraser.memory import memory_error
from eraser.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskerContext:
    """What a masker is told when it is built."""

    device: str = "cpu"
    """Where networks run: ``cpu``, ``cuda`` or ``mps``."""
    weights_dir: Path
    """The person's weights folder, for weights of the masker's own."""
    min_score: float = 0.25
    """People below this confidence, in [0, 1], are not wanted."""
    weights: str = "people"
    """Name in the manifest, or path, of the weights asked for."""
    trust_pickle: bool = False
    """Whether the person allowed weights that can run code when they are loaded."""


@runtime_checkable
class Masker(Protocol):
    """Says who is in the picture."""

    def __call__(self, image: ImageArray, /) -> Sequence[Person]:
        """Find people in an RGB uint8 (H, W, 3) photo; boxes and masks are in its pixels."""


MaskerFactory: TypeAlias = Callable[[MaskerContext], Masker]


def run_masker(masker: Masker, image: ImageArray, name: str) -> list[Person]:
    """What the masker ``name`` finds in a photo, checked.

    Raises:
        MaskerOutputError: It returned no people, or people off the photo.
        MaskerError: It failed; the cause is chained.
        EraserError: What the masker itself reports, such as memory that does not suffice.
    """
    try:
        people = masker(image)
    except EraserError:
        raise
    except Exception as error:
        if exhausted := memory_error(error):
            raise exhausted from error
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise MaskerError(f"the masker {name} failed: {reason}") from error
    return check_people(people, image.shape, name)


def check_people(people: object, shape: tuple[int, ...], name: str) -> list[Person]:
    """What the masker ``name`` returned, as a list, once it is known to be people on a photo of ``shape``.

    Raises:
        MaskerOutputError: It is no sequence of people, or somebody lies off the photo.
    """
    if not isinstance(people, Sequence) or not all(isinstance(person, Person) for person in people):
        raise MaskerOutputError(f"the masker {name} must return a list of eraser.Person, got {type(people).__name__}")
    for person in people:
        box = person.box
        if box.x0 < 0 or box.y0 < 0 or box.x1 > shape[1] or box.y1 > shape[0]:
            raise MaskerOutputError(
                f"the masker {name} returned the box {tuple(box)} off a photo of {shape[1]} x {shape[0]} pixels"
            )
    return [person for person in people if person.mask.any()]
