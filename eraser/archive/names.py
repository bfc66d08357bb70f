"""Names that depend on the photo alone, so that machines need not ask each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from eraser.archive.photos import StoredPhoto, below_folder
from eraser.storage import join

RECORD_SUFFIX = ".erase-me.json"


@dataclass(frozen=True, slots=True)
class Names:
    """The addresses that belong to a photo."""

    folder: str
    name: str
    """Of the photo."""

    @classmethod
    def of(cls, photo: StoredPhoto, output: str) -> Names:
        """Below a folder of results."""
        return cls(below_folder(output, photo), photo.name)

    @property
    def record(self) -> str:
        """``a.jpg.erase-me.json``."""
        return join(self.folder, self.name + RECORD_SUFFIX)

    @property
    def mask(self) -> str:
        """``a.jpg.mask.png``."""
        return join(self.folder, f"{self.name}.mask.png")

    def result(self, suffix: str) -> str:
        """``a.erased.jpg``; in another format ``a.jpg.erased.png``, since there may be an ``a.png``, too."""
        path = PurePosixPath(self.name)
        stem = path.stem if suffix == path.suffix else self.name
        return join(self.folder, f"{stem}.erased{suffix}")
