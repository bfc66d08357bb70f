"""Broken on purpose: the factory has another name."""

from eraser.people import Person


def load_maskers(context: object) -> list[Person]:
    """Not what the door asks for."""
    return []
