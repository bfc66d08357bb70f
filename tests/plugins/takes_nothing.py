"""Broken on purpose: its factory does not take a context."""

from eraser import Person


def load_masker() -> list[Person]:
    """Lack a parameter."""
    return []
