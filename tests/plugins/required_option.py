"""Broken on purpose: an option without a default."""

from dataclasses import dataclass

from eraser import MaskerContext, Person


@dataclass(frozen=True)
class Options:
    """One option."""

    colour: str


def load_masker(context: MaskerContext[Options]) -> list[Person]:
    """Never come to this."""
    raise NotImplementedError
