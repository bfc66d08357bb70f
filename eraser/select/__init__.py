"""Who of the people found goes: ``base`` has the seam, ``terms`` the selector by place, number and pixel.

Words are explained in docs/glossary.md.
"""

from eraser.select.base import Selection, Selector
from eraser.select.terms import TermSelector, parse_who

__all__ = ["Selection", "Selector", "TermSelector", "parse_who"]
