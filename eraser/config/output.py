"""What is written, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eraser.options import option

OnConflict = Literal["suffix", "skip", "overwrite"]
Format = Literal["same", "png", "jpg", "webp"]
Metadata = Literal["table", "all", "none"]
"""What a result keeps of its photo's: what the table in docs/formats.md keeps, all but thumbnails, nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfig:
    """Where results go, and in which form.

    Raises:
        ValueError: Metadata is to be kept and left out at once.
    """

    output: Path | None = None
    """A file for one photo, a folder for several; None writes beside each photo."""
    save_mask: bool = option(False, "Also write <stem>.mask.png: white is what was replaced.")
    copy_unchanged: bool = option(
        False, "Write a copy of photos without people, too.", "The copy has the photo's own bytes."
    )
    on_conflict: OnConflict = option(
        "suffix",
        "If the output exists: a numbered name, nothing, or replace it.",
        "`suffix` writes `<stem>.erased-2.jpg`, `skip` leaves it and runs no network, `overwrite` replaces it.",
    )
    format: Format = option("same", "File format of results.", "With `-o FILE` the suffix decides.")
    quality: int | None = option(
        None, "Of JPEG and WebP, 1 to 100.", metavar="N", default_text="the photo's, else 90", at_least=1, at_most=100
    )
    strip_metadata: bool = option(
        False,
        "Write no EXIF, IPTC, XMP, comments or texts.",
        "The colour profile and the resolution stay, and so does the label of `--ai-label`.",
    )
    keep_metadata: bool = option(
        False,
        "Keep all metadata but thumbnails: names, descriptions, face regions, edit history, too.",
        "Without either option, the table in [File formats](formats.md) says what is kept.",
    )
    ai_label: bool = option(
        True,
        "Whether the XMP of results says how the filled pixels were made.",
        "As IPTC's digital source type. Photos in which nothing was erased get none.",
    )
    verify: bool = option(
        False,
        "Write nothing unless the file, read back, is as it should be.",
        "Size, orientation, and for formats without loss every pixel outside the hole. What was read back is always in "
        "`--json`.",
    )

    def __post_init__(self) -> None:
        if self.strip_metadata and self.keep_metadata:
            raise ValueError("strip_metadata and keep_metadata contradict each other")

    @property
    def metadata(self) -> Metadata:
        """What both options about metadata say together."""
        return "none" if self.strip_metadata else "all" if self.keep_metadata else "table"


OUTPUT_DEFAULTS = OutputConfig()
