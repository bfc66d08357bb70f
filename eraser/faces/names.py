"""What a person or a group may be called: a name must not be taken for something else that ``--who`` knows."""

from __future__ import annotations

import re
import unicodedata

RESERVED = ("all", "main", "others", "strangers")
"""Words of ``--who`` that mean something else."""
MAX_LETTERS = 64
_NAME = re.compile(r"[\w .'\u2019-]+")


def is_name(text: str) -> bool:
    """Whether somebody may have this name: it begins with a letter, and is no word of ``--who``."""
    return (
        text[:1].isalpha()
        and bool(_NAME.fullmatch(text))
        and len(text) <= MAX_LETTERS
        and name_key(text) not in RESERVED
    )


def name_key(text: str) -> str:
    """What is the same for all ways to write a name: capitals and composed letters do not count."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def check_name(text: str) -> str:
    """The name as it is kept.

    Raises:
        ValueError: Nobody may be called so; the message says why.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if name_key(name) in RESERVED:
        raise ValueError(f"{name!r} already means something for --who: take another name")
    if not is_name(name):
        raise ValueError(
            f"{name!r} is no name: it must begin with a letter, have at most {MAX_LETTERS} letters, digits, spaces, "
            "dots, hyphens and apostrophes, and no comma"
        )
    return name
