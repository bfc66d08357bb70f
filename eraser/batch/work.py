"""One photo after another: read, find or erase, write. What goes wrong with one does not stop the others."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eraser.batch.book import Book
from eraser.batch.failures import as_error
from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome, Tool, people_found
from eraser.batch.outputs import NO_RIGHTS, Naming, Outputs, Rights
from eraser.batch.overlap import overlapped
from eraser.batch.results import Desk, likely_suffix
from eraser.batch.views import make_views
from eraser.config import REQUEST_DEFAULTS, EraseRequest
from eraser.engine import Engine
from eraser.errors import EraserError, LedgerError, MaskerTimeoutError
from eraser.geometry import MaskArray
from eraser.inpaint.registry import requirements
from eraser.photo import Photo, encode_format, load, load_mask
from eraser.pipeline import EraseResult, hole_share
from eraser.select import TermSelector

OnStep = Callable[[Path, str], None]
"""Told of every step before it begins: the photo, and the step in words."""


def say_nothing(path: Path, step: str) -> None:
    """Tell nobody of a step."""


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
class _Work:
    """A photo on its way through the stages."""

    given: InputPhoto
    outcome: Outcome | None = None
    """Set as soon as it is known; the stages that remain are left out."""
    is_claimed: bool = False
    rights: Rights = NO_RIGHTS
    naming: Naming | None = None
    photo: Photo | None = None
    mask: MaskArray | None = None
    result: EraseResult | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def clock(self, stage: str) -> Iterator[None]:
        """Time the block as ``stage``."""
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


@dataclass(slots=True)
class Batch:
    """A run over many photos."""

    engine: Engine
    outputs: Outputs
    request: EraseRequest = REQUEST_DEFAULTS
    mask: GivenMask | None = None
    on_step: OnStep = say_nothing
    book: Book | None = None
    """Keeps what was done; None keeps nothing."""
    with_views: bool = False
    """Outcomes get small pictures for a review."""
    _names: threading.Lock = field(default_factory=threading.Lock, init=False)
    """Held while a result is named: another photo's check for it must see all of that or nothing."""

    @property
    def looks_for_people(self) -> bool:
        """Whether the masker is needed."""
        return self.mask is None or self.request.add_mask

    def erase_one(self, given: InputPhoto) -> Outcome:
        """Take people out of a photo and write the result. What goes wrong is told by the outcome."""
        work = self._open(given)
        self._fill(work)
        return self._finish(work)

    def erase(self, photos: Iterable[InputPhoto]) -> Iterator[Outcome]:
        """Take people out of photos and write the results, one photo after another."""
        return self._until_end(self.erase_one(photo) for photo in photos)

    def erase_overlapped(self, photos: Iterable[InputPhoto]) -> Iterator[Outcome]:
        """The same; a photo is filled while the next one is read and the one before is written."""
        return self._until_end(overlapped(photos, self._open, self._fill, self._finish, _pixels))

    def list_people(self, photos: Iterable[InputPhoto]) -> Iterator[Outcome]:
        """Find people in photos and write overviews."""
        return self._until_end(self._list_one(photo) for photo in photos)

    def close(self) -> None:
        """Let go of ledgers."""
        if self.book is not None:
            self.book.close()

    @staticmethod
    def _until_end(outcomes: Generator[Outcome, None, None]) -> Iterator[Outcome]:
        with closing(outcomes):  # not left to the garbage collector, which would print a signal that comes meanwhile
            for outcome in outcomes:
                yield outcome
                if outcome.ends_run:
                    return

    def _open(self, given: InputPhoto) -> _Work:
        """Read a photo, unless there is nothing to do with it."""
        work = _Work(given)
        with self._told(work):
            if given.problem is not None:
                raise given.problem
            work.naming = naming = self.outputs.naming(given)
            config = self.outputs.config
            if self.book is not None:
                self.book.tidy(naming.folder)
                work.outcome = self.book.take(given)
                if work.outcome is not None:
                    return work
                work.is_claimed = True
                work.rights = self.book.rights(given)
            # A photo that is done is known by the name of its result, mostly without decoding it.
            work.outcome = self._skipped(work, naming, likely_suffix(given.path, config))
            if work.outcome is not None:
                return work
            work.photo = self._read(work)
            work.outcome = self._skipped(work, naming, encode_format(work.photo, config.format)[1])
            if work.outcome is None and self.mask is not None:
                self.on_step(given.path, "reading the mask")
                with work.clock("load"):
                    work.mask = load_mask(self.mask.path, work.photo.size_wh, invert=self.mask.invert)
        return work

    def _fill(self, work: _Work) -> None:
        """Find people, and take them out."""
        if work.outcome is not None or work.photo is None:
            return
        with self._told(work):
            self._start(work, fills=True)
            self.on_step(work.given.path, _COMPILING if _will_compile(self.engine.config.inpainter) else "erasing")
            work.result = self.engine.erase(work.photo, self.request, mask=work.mask)
            work.seconds.update(work.result.seconds)

    def _finish(self, work: _Work) -> Outcome:
        """Write the result, and tell what became of the photo."""
        if work.outcome is None and work.photo is not None and work.result is not None and work.naming is not None:
            with self._told(work):
                work.outcome = self._write(work, work.photo, work.result, work.naming)
        outcome = work.outcome or Outcome(path=work.given.path, status="failed", error=EraserError("nothing was done"))
        outcome = replace(outcome, seconds=work.seconds)
        if self.book is not None and work.is_claimed:
            outcome = self.book.record(work.given, outcome)
        return outcome

    def _list_one(self, given: InputPhoto) -> Outcome:
        work = _Work(given)
        with self._told(work):
            if given.problem is not None:
                raise given.problem
            work.outcome = self._list(work)
        return self._finish(work)

    @contextmanager
    def _told(self, work: _Work) -> Iterator[None]:
        """Turn what goes wrong in the block into the outcome."""
        failure: dict[str, Any] = {"path": work.given.path, "status": "failed"}
        try:
            yield
        except _CannotStartError as stop:
            work.outcome = Outcome(**failure, error=as_error(stop.__cause__ or stop), ends_run=True)
        except (MaskerTimeoutError, LedgerError) as error:  # the masker is still at it, in the way of any other call
            work.outcome = Outcome(**failure, error=error, ends_run=True)
        except Exception as error:  # a decoder, a plugin or a network may raise anything
            work.outcome = Outcome(**failure, error=as_error(error))

    def _list(self, work: _Work) -> Outcome:
        naming = self.outputs.naming(work.given)
        photo = self._read(work)
        self._start(work, fills=False)
        self.on_step(work.given.path, "finding people")
        with work.clock("detect"):
            people = self.engine.find(photo)
        selection = TermSelector(self.request.who, self.request.at)(photo.image, people)
        outcome = Outcome(
            path=work.given.path,
            status="listed",
            size_wh=photo.size_wh,
            people=people_found(people, [index + 1 for index in selection.going], photo.image.shape),
            notes=photo.notes,
            device=self.engine.device_used,
            masker=_tool(self.engine.config.masker, self.engine.masker),
        )
        if not people:
            return outcome
        # Everybody is what goes without a choice; then nobody needs to be singled out.
        tinted = () if selection.all_go else selection.going
        self.on_step(work.given.path, "writing")
        with work.clock("save"):
            return replace(outcome, overview=self._desk(work, naming).write_overview(photo, people, tinted))

    def _write(self, work: _Work, photo: Photo, result: EraseResult, naming: Naming) -> Outcome:
        """Write what is to be written, and tell of it."""
        copies, looks = self.outputs.config.copy_unchanged, self.looks_for_people
        outcome = Outcome(
            path=work.given.path,
            status="erased" if result.changed else "copied" if copies else "unchanged",
            size_wh=photo.size_wh,
            people=people_found(result.people, result.gone, photo.image.shape) if looks else None,
            leftover_people=result.leftover_people,
            hole_share=hole_share(result),
            notes=photo.notes,
            device=self.engine.device_used if looks else None,
            masker=_tool(self.engine.config.masker, self.engine.masker) if looks else None,
            inpainter=_tool(self.engine.config.inpainter, self.engine.inpainter),
        )
        if outcome.status != "unchanged":
            self.on_step(outcome.path, "writing")
            with work.clock("save"), self._names:
                outcome = self._desk(work, naming).write(outcome, photo, result)
        if not self.with_views:
            return outcome
        after, hole = (result.image, result.hole) if result.changed else (None, None)
        with work.clock("view"):
            return replace(outcome, views=make_views(photo.image, after, hole, photo.icc_profile))

    def _desk(self, work: _Work, naming: Naming) -> Desk:
        book, given = self.book, work.given
        if book is None:
            return Desk(self.outputs, naming, work.rights)
        return Desk(self.outputs, naming, work.rights, lambda path, stat: book.announce(given, path, stat))

    def _skipped(self, work: _Work, naming: Naming, suffix: str) -> Outcome | None:
        if self.outputs.config.on_conflict != "skip":
            return None
        with self._names:
            existing = self.outputs.existing(naming.result(self.outputs.suffix(suffix)), work.rights)
        return None if existing is None else Outcome(path=work.given.path, status="skipped", output=existing)

    def _read(self, work: _Work) -> Photo:
        self.on_step(work.given.path, "reading")
        with work.clock("load"):
            return load(work.given.path)

    def _start(self, work: _Work, *, fills: bool) -> None:
        """Load what the first photo needs and every other photo uses."""
        self.on_step(work.given.path, "starting")
        with work.clock("start"):
            try:
                if self.looks_for_people:
                    _ = self.engine.masker
                if fills:
                    _ = self.engine.inpainter
            except Exception as error:
                raise _CannotStartError from error


def _pixels(work: _Work) -> int:
    return 0 if work.photo is None else work.photo.size_wh[0] * work.photo.size_wh[1]


def _tool(name: str, user: object) -> Tool:
    said = (getattr(user, attribute, None) for attribute in ("weights_name", "weights_sha256"))
    return Tool(name, *(None if value is None else str(value) for value in said))


def _will_compile(inpainter: str) -> bool:
    """Whether the inpainter compiles its loops when it is first called: a wait to be explained.

    Asked once it is loaded; not every run comes by every loop, so that any found compiled stands for an earlier run.
    """
    kernels = sys.modules.get("eraser.inpaint.kernels")
    if not requirements(inpainter).compiles or kernels is None or kernels.__file__ is None:
        return False
    from eraser.system.jit import is_cached

    return not is_cached(kernels.__file__)
