"""Words of messages that several rooms share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(*written: str, known: Iterable[str], at_most: int = 1) -> str:
    """The end of a message about an unknown name: the nearest names, else all there are, else nothing.

    Args:
        written: The unknown name, in all the ways that it may be read.
        known: The names there are.
        at_most: How many near names are shown.
    """
    known = list(known)
    near = [found for name in written for found in difflib.get_close_matches(name.lower(), known, n=at_most)]
    if near:
        return f"did you mean {' or '.join(near[:at_most])}?"
    return f"there are {', '.join(known)}" if known else "there are none"
