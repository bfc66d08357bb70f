"""Words of messages that several rooms share."""

from __future__ import annotations

import difflib
import re
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


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def one_line(text: object) -> str:
    """A text, such as a file's name, without control characters: these would move the cursor or end the line.

    Bytes of a name that are no UTF-8 stay what they are (surrogates).
    """
    return _CONTROL.sub(lambda match: _escaped(match[0]), str(text))


def printable(text: str) -> str:
    """The same for a text of several lines: line feeds and tabs stay."""
    return _CONTROL_IN_LINES.sub(lambda match: _escaped(match[0]), text)


def storable(text: str) -> str:
    """A text that any file or database takes: what UTF-8 cannot hold is escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
