"""The files that are written for a photo: its result and its hole, or an overview of its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eraser.batch.outcome import Outcome
from eraser.batch.outputs import NOTHING_OURS, Naming, Outputs, OverwritePolicy
from eraser.config import OutputConfig
from eraser.errors import EraserError
from eraser.geometry import Person
from eraser.photo import Extra, Photo, ReadBack, encode_format, format_of_suffix, save, save_copy, save_mask
from eraser.photo.overlay import draw_people
from eraser.photo.target import OnWhole
from eraser.result import EraseResult


@dataclass(frozen=True, slots=True)
class ResultWriter:
    """Writes the files of one photo."""

    outputs: Outputs
    naming: Naming
    policy: OverwritePolicy = NOTHING_OURS

    def _announcing(self, path: Path) -> OnWhole:
        return lambda stat: self.policy.announce(path, stat)

    def write(self, outcome: Outcome, photo: Photo, result: EraseResult) -> Outcome:
        """Write the result, and the hole if it is wanted, under the same number; the outcome has their names.

        Raises:
            PhotoWriteError: The result cannot be written.
        """
        config, naming = self.outputs.config, self.naming
        extra = result.extra(metadata=config.metadata, ai_label=config.ai_label, read_back=True, verify=config.verify)
        found: list[ReadBack] = []

        def write_result(path: Path, overwrite: bool) -> None:
            is_same = format_of_suffix(path.suffix) == photo.format and config.quality is None
            is_same &= not config.strip_metadata
            on_whole = self._announcing(path)
            if outcome.status == "copied" and is_same and photo.path is not None:
                save_copy(photo.path, path, overwrite=overwrite, on_whole=on_whole)
            else:
                quality = config.quality
                read = save(
                    result.image, path, photo, quality=quality, overwrite=overwrite, on_whole=on_whole, extra=extra
                )
                found[:] = [read] if read is not None else []

        def write_mask(path: Path, overwrite: bool) -> None:
            save_mask(result.hole, path, overwrite=overwrite, on_whole=self._announcing(path))

        name = naming.result(self.outputs.suffix(encode_format(photo, config.format)[1]))
        with_name = naming.mask if config.save_mask else None
        written = self.outputs.write(name, write_result, with_name=with_name, policy=self.policy)
        if written is None:
            return replace(outcome, status="skipped")
        outcome = replace(outcome, output=written[0])
        outcome = with_file(outcome, photo, extra, written[0].suffix, found[0] if found else None)
        if not config.save_mask:
            return outcome
        try:
            mask = self.outputs.write(naming.mask, write_mask, first=written[1], policy=self.policy)
        except EraserError as error:
            return replace(outcome, status="failed", error=error)
        if mask is None:
            return replace(outcome, notes=(*outcome.notes, f"{naming.mask(written[1])} is there already and was kept"))
        return replace(outcome, mask=mask[0])

    def write_overview(
        self, photo: Photo, people: Sequence[Person], tinted: Sequence[int], names: Sequence[str] = ()
    ) -> Path | None:
        """Write the photo with everybody's outline, number and name; None if ``skip`` keeps what is there.

        Raises:
            PhotoWriteError: It cannot be written.
        """
        drawn = Photo(image=draw_people(photo.image, people, tinted, names), icc_profile=photo.icc_profile)

        def write_drawn(path: Path, overwrite: bool) -> None:
            save(drawn.image, path, drawn, overwrite=overwrite)

        written = self.outputs.write(self.naming.overview, write_drawn)
        return written[0] if written else None


def with_file(outcome: Outcome, photo: Photo, extra: Extra, suffix: str, found: ReadBack | None) -> Outcome:
    """The outcome with what is known of the file of the result: its label, and what was found in it."""
    label = extra.label if format_of_suffix(suffix) != "BMP" else None  # which holds no XMP
    notes = outcome.notes
    if photo.deep is not None and found is not None and found.mode.endswith(" 8"):
        notes = (*notes, f"{photo.deep_bits}-bit written as 8-bit")
    return replace(outcome, label=label, read_back=found, notes=notes)


def likely_suffix(path: Path, config: OutputConfig) -> str:
    """The suffix that the result gets if the photo has the format of its suffix and no transparency."""
    name = format_of_suffix(path.suffix) or "PNG"
    return encode_format(Photo(image=np.zeros((1, 1, 3), np.uint8), format=name, path=path), config.format)[1]
