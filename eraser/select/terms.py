"""Who goes: all, main, others, numbers, or the people under some pixels."""

from __future__ import annotations

from collections.abc import Sequence

from eraser.errors import NobodyThereError
from eraser.geometry import Person


def parse_who(who: str) -> frozenset[int] | str:
    """``all``, ``main`` and ``others`` as they are, ``2,3`` as a set of numbers.

    Raises:
        ValueError: Anything else.
    """
    if who in ("all", "main", "others"):
        return who
    parts = [part.strip() for part in who.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"{who!r} is neither all, main, others nor numbers such as 2,3")
    return frozenset(int(part) for part in parts)


def choose(people: Sequence[Person], who: str = "all", at: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Which of the numbered people go.

    Args:
        people: In the order of ``number``.
        who: ``all``, ``main``, ``others`` or numbers from 1 on.
        at: Pixels (x, y); with any, the people under them go and ``who`` counts only as ``others``: then those
            people stay and everybody else goes.

    Returns:
        Indices from 0 on into ``people``, ascending.

    Raises:
        NobodyThereError: A number is not in the photo, or nobody is under a pixel.
        ValueError: ``who`` is not understood.
    """
    chosen = parse_who(who)
    everybody = set(range(len(people)))
    if at:
        named = {_under(people, x, y) for x, y in at}
        return sorted(everybody - named if chosen == "others" else named)
    if not people:
        return []
    if isinstance(chosen, str):
        return sorted({"all": everybody, "main": {0}, "others": everybody - {0}}[chosen])
    missing = sorted(n for n in chosen if n > len(people))
    if missing:
        raise NobodyThereError(f"there is no person {missing[0]}: {len(people)} found, see --list")
    return sorted(n - 1 for n in chosen)


def _under(people: Sequence[Person], x: int, y: int) -> int:
    """Index of the person under a pixel; where people overlap, the smallest, who is seen in front of the larger."""
    hits = [index for index, person in enumerate(people) if person.covers(x, y)]
    if not hits:
        raise NobodyThereError(f"nobody is found at {x},{y}: see --list")
    return min(hits, key=lambda index: people[index].area_px)
