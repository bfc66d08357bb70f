"""Several maskers as one: ``yolo+hats`` finds what either finds, ``yolo-statues`` what only the first does.

Read from left to right, so that ``yolo-statues+hats`` finds hats on statues. Names may hold ``+`` and ``-``
themselves: a name that is registered wins, the longest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eraser.errors import MaskerOptionError, UnknownMaskerError
from eraser.geometry import Box, ImageArray, Person, union_mask
from eraser.maskers.base import Masker, run_masker, works_on_parts
from eraser.maskers.deduplicate import deduplicate
from eraser.plugins.options import Pairs

_LEAST_LEFT = 0.25
"""Share of a person's pixels. If less remains after subtraction, both maskers found the same person: drop the rest."""


class Term(NamedTuple):
    """One masker of a combination."""

    name: str
    adds: bool = True
    """Its people are added; else they are taken away."""


def parse(expression: str, is_name: Callable[[str], bool]) -> tuple[Term, ...]:
    """The terms of ``a+b-c``; one of a plain name.

    Args:
        expression: As written after ``--masker``.
        is_name: Whether a text is the name of a masker.

    Raises:
        UnknownMaskerError: A name is missing beside a ``+`` or ``-``.
    """
    if is_name(expression):
        return (Term(expression),)
    tokens = [token.strip() for token in re.split(r"([+-])", expression)]
    terms: list[Term] = []
    at, adds = 0, True
    while at < len(tokens):
        end = next((end for end in range(len(tokens), at, -2) if is_name("".join(tokens[at:end]))), at + 1)
        name = "".join(tokens[at:end])
        if not name:
            raise UnknownMaskerError(
                f"no masker is called {expression!r}: combine names as in yolo+hats (both) or yolo-statues (one, "
                f"without what the other finds)"
            )
        terms.append(Term(name, adds))
        adds = end < len(tokens) and tokens[end] == "+"
        at = end + 1
    return tuple(terms)


def share_options(given: Pairs, names: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What was given as ``--masker-option``, by masker: ``key=value`` with one of them, else ``name.key=value``.

    Raises:
        MaskerOptionError: It does not say which of several maskers is meant.
    """
    shared: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    for written, value in given:
        owner = next((name for name in sorted(names, key=len, reverse=True) if written.startswith(f"{name}.")), None)
        if owner is None and len(shared) > 1:
            raise MaskerOptionError(
                f"the option {written} does not say which masker is meant: write "
                f"{' or '.join(f'{name}.{written}' for name in shared)}"
            )
        name, key = (names[0], written) if owner is None else (owner, written.removeprefix(f"{owner}."))
        shared[name].append((key, value))
    return {name: tuple(pairs) for name, pairs in shared.items()}


@dataclass(frozen=True, slots=True)
class Combined:
    """A masker made of others."""

    parts: tuple[tuple[Term, Masker], ...]

    @property
    def works_on_parts(self) -> bool:
        """Whether all of them may be run on parts of a photo."""
        return all(works_on_parts(masker) for _, masker in self.parts)

    @property
    def weights_name(self) -> str | None:
        """The weights of all parts that have any."""
        return self._join("weights_name")

    @property
    def weights_sha256(self) -> str | None:
        """The sha256 of those, in the same order."""
        return self._join("weights_sha256")

    def __call__(self, image: ImageArray, /) -> list[Person]:
        """Find people in an RGB uint8 (H, W, 3) photo, each once, the surest first.

        Raises:
            MaskerError: A part fails; the message names it.
        """
        people: list[Person] = []
        for term, masker in self.parts:
            found = run_masker(masker, image, term.name)
            if term.adds:
                people = deduplicate(sorted((*people, *found), key=lambda person: -person.score))
            else:
                people = take_away(people, found, image.shape)
        return people

    def _join(self, attribute: str) -> str | None:
        values = [getattr(masker, attribute, None) for _, masker in self.parts]
        return "+".join(str(value) for value in values if value is not None) or None


def take_away(people: Sequence[Person], others: Sequence[Person], shape: tuple[int, ...]) -> list[Person]:
    """People without the pixels of others; a person of whom too little remains is dropped.

    Args:
        people: Whose masks lose pixels.
        others: Whose masks say which.
        shape: (H, W, ...) of the photo.
    """
    taken = union_mask(others, Box.of_shape(shape))
    left = []
    for person in people:
        mask = person.mask & ~taken[person.box.slices]
        left_px, area_px = np.count_nonzero(mask), person.area_px
        if left_px == area_px:
            left.append(person)
        elif left_px > _LEAST_LEFT * area_px and (rest := person.with_mask(mask)) is not None:
            left.append(rest)
    return left
