"""Broken on purpose: the factory has another name."""

from eraser.geometry import Person


def load_maskers(context: object) -> list[Person]:
    """Not what the door asks for."""
    return []
