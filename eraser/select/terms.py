"""Who goes by place, number or pixel: all, main, others, 2, 2-4, or the people under some pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from eraser.errors import NobodyThereError
from eraser.geometry import ImageArray, Person
from eraser.select.base import Selection
from eraser.system.words import did_you_mean

WORDS = ("all", "main", "others")
STRANGERS = "strangers"
"""The word of ``NameSelector``: everybody who is not known."""
_NUMBERS = re.compile(r"(\d+)(?:\s*-\s*(\d+))?", re.ASCII)

Term: TypeAlias = str | range
"""One of ``WORDS``, or numbers from 1 on."""


def is_name(term: str) -> bool:
    """Whether a term of ``who`` is meant as somebody's name: it looks like one, and is no word known here."""
    return term not in WORDS and term[:1].isalpha()


def parse_who(who: str) -> tuple[Term, ...]:
    """The comma-separated terms of ``who``.

    Raises:
        ValueError: A term is neither a word, a number nor a range.
    """
    return tuple(_parse_term(text.strip()) for text in who.split(","))


def _parse_term(text: str) -> Term:
    if text in WORDS:
        return text
    match = _NUMBERS.fullmatch(text)
    if match is None:
        near = did_you_mean(text, known=WORDS)
        hint = f": {near}" if near.startswith("did") else ""
        raise ValueError(f"{text!r} is neither all, main, others, a number nor a range such as 2-4{hint}")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last:
        raise ValueError(f"{text!r} is no range of people: the first one is 1, and the smaller number stands first")
    return range(first, last + 1)


@dataclass(frozen=True, slots=True)
class TermSelector:
    """The selector of ``--who`` and ``--at``.

    Raises:
        ValueError: ``who`` is not understood, or does not go with ``at``.
    """

    who: str = "all"
    """Comma-separated terms; each person that a term names goes."""
    at: tuple[tuple[int, int], ...] = ()
    """Pixels (x, y); with any, the people under them go, or stay where ``who`` is ``others``."""

    def __post_init__(self) -> None:
        terms = parse_who(self.who)
        if self.at and terms not in (("all",), ("others",)):
            raise ValueError("at goes alone (those people go) or with who='others' (they stay)")

    def __call__(self, image: ImageArray, people: Sequence[Person], /) -> Selection:
        """Divide the people; the picture is not looked at.

        Raises:
            NobodyThereError: A number is not in the photo, or nobody is under a pixel.
        """
        terms, count = parse_who(self.who), len(people)
        if self.at:
            named = {_under(people, x, y) for x, y in self.at}
            return Selection.of(set(range(count)) - named if "others" in terms else named, count)
        going: set[int] = set()
        for term in terms if people else ():
            going |= _WORDS[term](count) if isinstance(term, str) else _numbered(term, count)
        return Selection.of(going, count, all_go="all" in terms)


_WORDS: dict[str, Callable[[int], set[int]]] = {
    "all": lambda count: set(range(count)),
    "main": lambda count: {0},
    "others": lambda count: set(range(1, count)),
}
"""Number of people -> indices of those who go; index 0 is the main person."""


def _numbered(numbers: range, count: int) -> set[int]:
    if numbers[-1] > count:
        missing = max(numbers[0], count + 1)
        raise NobodyThereError(f"there is no person {missing}: {count} found, see --list")
    return {number - 1 for number in numbers}


def _under(people: Sequence[Person], x: int, y: int) -> int:
    """Index of the person under a pixel; where people overlap, the smallest, who is seen in front of the larger."""
    hits = [index for index, person in enumerate(people) if person.covers(x, y)]
    if not hits:
        raise NobodyThereError(f"nobody is found at {x},{y}: see --list")
    return min(hits, key=lambda index: people[index].area_px)
