"""Who of the people found goes: ``base`` has the seam.

``terms`` is the selector by place, number and pixel, ``names`` the one by faces that are known.

Words are explained in docs/glossary.md.
"""

from eraser.select.base import Selection, Selector
from eraser.select.names import NameSelector, check_choice, names_somebody
from eraser.select.terms import TermSelector, parse_who

__all__ = [
    "NameSelector",
    "Selection",
    "Selector",
    "TermSelector",
    "check_choice",
    "names_somebody",
    "parse_who",
]
