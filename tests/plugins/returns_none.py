"""Broken on purpose: its factory forgets to return the masker."""

from eraser import MaskerContext


def load_masker(context: MaskerContext) -> None:
    """Build nothing."""
