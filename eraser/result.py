"""What comes out of the pipeline: the picture, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from eraser.geometry import ImageArray, MaskArray, Person

if TYPE_CHECKING:
    from eraser.faces.match import Recognition
    from eraser.photo import Extra, Photo


@dataclass(frozen=True, slots=True)
class EraseResult:
    """A photo after erasing, and what was done to it."""

    image: ImageArray
    """(H, W, 3) RGB uint8; pixels outside the hole are those of the input, bit for bit."""
    hole: MaskArray
    """(H, W) bool, what was replaced."""
    people: tuple[Person, ...]
    """Everybody found, in the order of their numbers: people[0] is number 1."""
    gone: tuple[int, ...]
    """Numbers of the people taken out."""
    leftover_people: int = 0
    """How many of those who were to go can still be seen in ``image``, as far as the masker was asked again."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time spent in each stage."""

    recognized: tuple[Recognition, ...] = ()
    """Who each of ``people`` is, where somebody was named; else empty."""
    doubtful: tuple[int, ...] = ()
    """Numbers of the people who may be somebody named, or show no face."""
    photo: Photo | None = None
    """What the pixels came from; None for an array."""
    trained: bool = True
    """Whether a trained network led the fill; else every filled pixel comes from those of the photo."""

    @property
    def changed(self) -> bool:
        """Whether anything was replaced."""
        return bool(self.hole.any())

    @property
    def label(self) -> str | None:
        """IPTC's digital source type of the picture; None if nothing was replaced."""
        from eraser.photo.xmp import COPIED, TRAINED

        return None if not self.changed else TRAINED if self.trained else COPIED

    def save(
        self,
        path: str | PathLike[str],
        *,
        quality: int | None = None,
        overwrite: bool = True,
        metadata: Literal["table", "all", "none"] = "table",
        ai_label: bool = True,
        verify: bool = False,
    ) -> None:
        """Write the picture in the format of the path's suffix, with its photo's EXIF data and profile.

        Args:
            path: Where to; its folder must exist.
            quality: 1 to 100 for JPEG, WebP, HEIC and AVIF; None keeps a JPEG's own tables, and takes 90 elsewhere.
            overwrite: Replace what lies there.
            metadata: What the table in docs/formats.md keeps, all but thumbnails, or none.
            ai_label: State ``label`` in the XMP.
            verify: Read the file back, and keep none that is not what it should be.

        Raises:
            FileExistsError: Something lies there and is not to be replaced.
            PhotoWriteError: No format has this suffix, it is the photo itself, or the file system refuses.
        """
        from eraser.photo import save

        extra = self.extra(metadata=metadata, ai_label=ai_label, verify=verify)
        save(self.image, Path(path), self._source(), quality=quality, overwrite=overwrite, extra=extra)

    def encode(
        self,
        format: str | None = None,  # noqa: A002 - Pillow's name
        quality: int | None = None,
        *,
        metadata: Literal["table", "all", "none"] = "table",
        ai_label: bool = True,
    ) -> bytes:
        """The bytes of the file that ``save`` would write.

        Args:
            format: ``jpg``, ``png``, ``webp``, ``tiff``, ...; None takes the photo's own, PNG where it was an array.
            quality: As in ``save``.
            metadata: As in ``save``.
            ai_label: As in ``save``.

        Raises:
            PhotoWriteError: There is no such format here, or it cannot hold the photo.
        """
        from eraser.photo import encode

        extra = self.extra(metadata=metadata, ai_label=ai_label)
        return encode(self.image, self._source(), format=format, quality=quality, extra=extra)

    def extra(
        self,
        *,
        metadata: Literal["table", "all", "none"] = "table",
        ai_label: bool = True,
        read_back: bool = False,
        verify: bool = False,
    ) -> Extra:
        """What goes into a file of the result besides its pixels."""
        from eraser.photo import Extra

        label = self.label if ai_label else None
        return Extra(hole=self.hole, metadata=metadata, label=label, read_back=read_back, verify=verify)

    def _source(self) -> Photo:
        from eraser.photo import Photo

        return self.photo or Photo(image=self.image)


def hole_share(result: EraseResult) -> float:
    """Share of the photo that was replaced, in [0, 1]."""
    return float(np.count_nonzero(result.hole)) / result.hole.size
