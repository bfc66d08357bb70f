"""Broken on purpose: its factory fails, with a message of several lines."""

from eraser import MaskerContext


def load_masker(context: MaskerContext) -> None:
    """Find no graphics card."""
    raise RuntimeError("no graphics card\nis there\n" + "at all " * 200)
