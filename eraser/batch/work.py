"""One photo after another: read, find or erase, write. What goes wrong with one does not stop the others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from eraser.arrays import MaskArray
from eraser.assembly import SEARCHING_INPAINTERS, Eraser
from eraser.batch.failures import as_error
from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome, people_found
from eraser.batch.outputs import Naming, Outputs
from eraser.config import OutputConfig
from eraser.errors import EraserError
from eraser.overlay import draw_people
from eraser.people import choose
from eraser.photo import Photo, encode_format, format_of_suffix, load, load_mask, save, save_copy, save_mask
from eraser.pipeline import EraseResult, hole_share

OnStep = Callable[[Path, str], None]
"""Told of every step before it begins: the photo, and the step in words."""


_COMPILING = "compiling the patch search (first run only, about 10 s)"


@dataclass(frozen=True, slots=True)
class GivenMask:
    """A mask that the person brings, for every photo of the run."""

    path: Path
    invert: bool = False
    """Black is taken out, white stays."""


class _CannotStartError(Exception):
    """A network cannot be loaded; the cause says why."""


@dataclass(slots=True)
class Batch:
    """A run over many photos."""

    eraser: Eraser
    outputs: Outputs
    mask: GivenMask | None = None
    on_step: OnStep = lambda path, step: None
    _seconds: dict[str, float] = field(default_factory=dict, init=False)

    @property
    def looks_for_people(self) -> bool:
        """Whether the masker is needed."""
        return self.mask is None or self.eraser.config.add_mask

    def erase(self, photos: Iterable[InputPhoto]) -> Iterator[Outcome]:
        """Take people out of photos and write the results."""
        return self._each(photos, self._erase)

    def list_people(self, photos: Iterable[InputPhoto]) -> Iterator[Outcome]:
        """Find people in photos and write overviews."""
        return self._each(photos, self._list)

    def _each(self, photos: Iterable[InputPhoto], work: Callable[[InputPhoto], Outcome]) -> Iterator[Outcome]:
        for photo in photos:
            self._seconds = {}
            try:
                if photo.problem is not None:
                    raise photo.problem
                outcome = work(photo)
            except _CannotStartError as stop:
                error = as_error(stop.__cause__ or stop)
                outcome = Outcome(path=photo.path, status="failed", error=error, ends_run=True)
            except Exception as error:  # a decoder, a plugin or a network may raise anything
                outcome = Outcome(path=photo.path, status="failed", error=as_error(error))
            yield replace(outcome, seconds=self._seconds)
            if outcome.ends_run:
                return

    def _erase(self, given: InputPhoto) -> Outcome:
        naming, config = self.outputs.naming(given), self.outputs.config
        # A photo that is done is known by the name of its result, mostly without decoding it.
        if skipped := self._skipped(given, naming, _likely_suffix(given.path, config)):
            return skipped
        photo = self._read(given)
        suffix = encode_format(photo, config.format)[1]
        if skipped := self._skipped(given, naming, suffix):
            return skipped
        mask = self._read_mask(given, photo)
        self._start(given, fills=True)

        self.on_step(given.path, _COMPILING if _will_compile(self.eraser.config.inpainter) else "erasing")
        result = self.eraser(photo.image, mask)
        self._seconds.update(result.seconds)

        outcome = Outcome(
            path=given.path,
            status="erased" if result.changed else "copied" if config.copy_unchanged else "unchanged",
            size_wh=photo.size_wh,
            people=people_found(result.people, result.gone, photo.image.shape) if self.looks_for_people else None,
            hole_share=hole_share(result),
            notes=photo.notes,
        )
        return outcome if outcome.status == "unchanged" else self._write(outcome, photo, result, naming, suffix)

    def _list(self, given: InputPhoto) -> Outcome:
        naming = self.outputs.naming(given)
        photo = self._read(given)
        self._start(given, fills=False)
        self.on_step(given.path, "finding people")
        with self._clock("detect"):
            people = self.eraser.find(photo.image)
        config = self.eraser.config
        chosen = choose(people, config.who, config.at)
        outcome = Outcome(
            path=given.path,
            status="listed",
            size_wh=photo.size_wh,
            people=people_found(people, [index + 1 for index in chosen], photo.image.shape),
            notes=photo.notes,
        )
        if not people:
            return outcome
        # Everybody is what goes without a choice; then nobody needs to be singled out.
        tinted = chosen if config.at or config.who != "all" else ()
        drawn = Photo(image=draw_people(photo.image, people, tinted), icc_profile=photo.icc_profile)
        self.on_step(given.path, "writing")
        with self._clock("save"):
            written = self.outputs.write(
                naming.overview, lambda path, overwrite: save(drawn.image, path, drawn, overwrite=overwrite)
            )
        return replace(outcome, overview=written[0] if written else None)

    def _write(self, outcome: Outcome, photo: Photo, result: EraseResult, naming: Naming, suffix: str) -> Outcome:
        """Write the result, and the hole if it is wanted, under one number."""
        config = self.outputs.config

        def write_result(path: Path, overwrite: bool) -> None:
            is_same = format_of_suffix(path.suffix) == photo.format and config.quality is None
            if outcome.status == "copied" and is_same and photo.path is not None:
                save_copy(photo.path, path, overwrite=overwrite)
            else:
                save(result.image, path, photo, quality=config.quality, overwrite=overwrite)

        self.on_step(outcome.path, "writing")
        with self._clock("save"):
            name = naming.result(self.outputs.suffix(suffix))
            written = self.outputs.write(name, write_result, with_name=naming.mask if config.save_mask else None)
            if written is None:
                return replace(outcome, status="skipped")
            outcome = replace(outcome, output=written[0])
            if not config.save_mask:
                return outcome
            try:
                mask = self.outputs.write(
                    naming.mask,
                    lambda path, overwrite: save_mask(result.hole, path, overwrite=overwrite),
                    first=written[1],
                )
            except EraserError as error:
                return replace(outcome, status="failed", error=error)
        if mask is None:
            return replace(outcome, notes=(*outcome.notes, f"{naming.mask(written[1])} is there already and was kept"))
        return replace(outcome, mask=mask[0])

    def _skipped(self, given: InputPhoto, naming: Naming, suffix: str) -> Outcome | None:
        existing = self.outputs.existing(naming.result(self.outputs.suffix(suffix)))
        return None if existing is None else Outcome(path=given.path, status="skipped", output=existing)

    def _read(self, given: InputPhoto) -> Photo:
        self.on_step(given.path, "reading")
        with self._clock("load"):
            return load(given.path)

    def _read_mask(self, given: InputPhoto, photo: Photo) -> MaskArray | None:
        if self.mask is None:
            return None
        self.on_step(given.path, "reading the mask")
        with self._clock("load"):
            return load_mask(self.mask.path, photo.size_wh, invert=self.mask.invert)

    def _start(self, given: InputPhoto, *, fills: bool) -> None:
        """Load what the first photo needs and every other photo uses."""
        self.on_step(given.path, "starting")
        with self._clock("start"):
            try:
                if self.looks_for_people:
                    _ = self.eraser.masker
                if fills:
                    _ = self.eraser.inpainter
            except Exception as error:
                raise _CannotStartError from error

    @contextmanager
    def _clock(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - begin


def _likely_suffix(path: Path, config: OutputConfig) -> str:
    """The suffix that the result gets if the photo is what its own suffix says, and opaque."""
    name = format_of_suffix(path.suffix) or "PNG"
    return encode_format(Photo(image=np.zeros((1, 1, 3), np.uint8), format=name, path=path), config.format)[1]


def _will_compile(inpainter: str) -> bool:
    """Whether the inpainter compiles its loops when it is first called: a wait to be explained.

    Asked once it is loaded; not every run comes by every loop, so that any found compiled stands for an earlier run.
    """
    kernels = sys.modules.get("eraser.inpaint.kernels")
    if inpainter not in SEARCHING_INPAINTERS or kernels is None or kernels.__file__ is None:
        return False
    from eraser.compiled import is_cached

    return not is_cached(kernels.__file__)
