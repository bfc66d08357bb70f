"""A share of the photos: machine 3 of 16 knows its share without asking the other 15."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

_TEXT = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several shares. Each photo is in exactly one share.

    Raises:
        ValueError: ``number`` is not in 1 to ``count``.
    """

    number: int
    """From 1 on."""
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ValueError(f"the share must lie in 1 to {self.count}, got {self.number}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """``3/16`` is the third of 16 shares.

        Raises:
            ValueError: The text says something else.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no share: write I/N such as 3/16")
        return cls(int(match[1]), int(match[2]))

    def takes(self, below: PurePath, name: str) -> bool:
        """Whether a photo belongs to this share.

        All machines give the same answer, wherever they mount the folder, because only the place below the input
        folder counts. The suffix does not count: the results of ``a.jpg`` and ``a.png`` may want the same name, so both
        belong to one share.

        Args:
            below: The photo's folder, relative to the input folder.
            name: The photo's file name.
        """
        place = unicodedata.normalize("NFC", (below / PurePath(name).stem).as_posix()).casefold()
        digest = hashlib.sha256(place.encode(errors="surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1
