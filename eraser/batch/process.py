"""One photo: read, find or erase, write. Nothing is raised: an error of a photo becomes its outcome.

``process`` does all of it; ``begin``, ``fill`` and ``finish`` are its three stages, which ``prefetch`` runs at once for
three photos. Nothing here knows the ledger: the caller says which files may be replaced, and is told of new ones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eraser.batch.failures import as_error
from eraser.batch.inputs import InputPhoto
from eraser.batch.outcome import Outcome, PersonFound, Tool, people_found
from eraser.batch.outputs import NOTHING_OURS, Naming, Outputs, OverwritePolicy
from eraser.batch.results import ResultWriter, likely_suffix
from eraser.batch.settings import MaskFile
from eraser.batch.thumbnails import make_thumbnails
from eraser.config import REQUEST_DEFAULTS, EraseRequest
from eraser.engine import Engine, will_compile
from eraser.errors import EraserError, LedgerError, MaskerTimeoutError, StorageError
from eraser.geometry import MaskArray
from eraser.photo import Photo, encode_format, load, load_mask
from eraser.result import EraseResult, hole_share
from eraser.select import NameSelector

OnStep = Callable[[Path, str], None]
"""Called before each step with the photo and the step in words."""


def say_nothing(path: Path, step: str) -> None:
    """Ignore a step."""


_COMPILING = "compiling the patch search (first run only, about 10 s)"


class _CannotStartError(Exception):
    """A network cannot be loaded; the cause says why."""


@dataclass(slots=True)
class Job:
    """A photo on its way through the stages."""

    given: InputPhoto
    policy: OverwritePolicy = NOTHING_OURS
    outcome: Outcome | None = None
    """Set as soon as it is known. The stages after that do nothing."""
    is_claimed: bool = False
    """Whether the outcome must be recorded in the ledger."""
    naming: Naming | None = None
    photo: Photo | None = None
    mask: MaskArray | None = None
    result: EraseResult | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def pixels(self) -> int:
        """Of the photo, once it is read."""
        return 0 if self.photo is None else self.photo.size_wh[0] * self.photo.size_wh[1]

    @contextmanager
    def clock(self, stage: str) -> Iterator[None]:
        """Time the block as ``stage``."""
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin

    @contextmanager
    def failures_are_outcome(self) -> Iterator[None]:
        """Turn an error in the block into the outcome."""
        failure: dict[str, Any] = {"path": self.given.path, "status": "failed"}
        try:
            yield
        except _CannotStartError as stop:
            self.outcome = Outcome(**failure, error=as_error(stop.__cause__ or stop), ends_run=True)
        except (
            MaskerTimeoutError,
            LedgerError,
            StorageError,
        ) as error:  # a masker that hangs still runs, in the way of other calls
            self.outcome = Outcome(**failure, error=error, ends_run=True)
        except Exception as error:  # a decoder, a plugin or a network may raise anything
            self.outcome = Outcome(**failure, error=as_error(error))


@dataclass(slots=True)
class PhotoProcessor:
    """Does photos of one run. Threads may share it, one for each stage."""

    engine: Engine
    outputs: Outputs
    request: EraseRequest = REQUEST_DEFAULTS
    mask: MaskFile | None = None
    on_step: OnStep = say_nothing
    with_thumbnails: bool = False
    """Outcomes get small pictures for a review."""
    _naming_lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    """Held from choosing the output name to renaming the file, so that ``skip`` never sees a half-written result."""

    @property
    def looks_for_people(self) -> bool:
        """Whether the masker is needed."""
        return self.mask is None or self.request.add_mask

    def process(self, given: InputPhoto, policy: OverwritePolicy = NOTHING_OURS) -> Outcome:
        """Take people out of a photo and write the result.

        Args:
            given: The photo.
            policy: Which files may be replaced, and what is called for new ones.
        """
        job = self.begin(Job(given, policy))
        self.fill(job)
        return self.finish(job)

    def begin(self, job: Job) -> Job:
        """Read a photo, unless its result is there."""
        if job.outcome is not None:
            return job
        with job.failures_are_outcome():
            if job.given.problem is not None:
                raise job.given.problem
            job.naming = naming = self.outputs.naming(job.given)
            config = self.outputs.config
            # The likely suffix finds most results of earlier runs without decoding the photo.
            job.outcome = self._skipped(job, naming, likely_suffix(job.given.path, config))
            if job.outcome is not None:
                return job
            job.photo = self._read(job)
            job.outcome = self._skipped(job, naming, encode_format(job.photo, config.format)[1])
            if job.outcome is None and self.mask is not None:
                self.on_step(job.given.path, "reading the mask")
                with job.clock("load"):
                    job.mask = load_mask(self.mask.path, job.photo.size_wh, invert=self.mask.invert)
        return job

    def fill(self, job: Job) -> None:
        """Find people, and take them out."""
        if job.outcome is not None or job.photo is None:
            return
        with job.failures_are_outcome():
            self._load_networks(job, fills=True)
            self.on_step(job.given.path, _COMPILING if will_compile(self.engine.config.inpainter) else "erasing")
            job.result = self.engine.erase(job.photo, self.request, mask=job.mask)
            job.seconds.update(job.result.seconds)

    def finish(self, job: Job) -> Outcome:
        """Write the result, and say what became of the photo."""
        if job.outcome is None and job.photo is not None and job.result is not None and job.naming is not None:
            with job.failures_are_outcome():
                job.outcome = self._write(job, job.photo, job.result, job.naming)
        outcome = job.outcome or Outcome(path=job.given.path, status="failed", error=EraserError("nothing was done"))
        return replace(outcome, seconds=job.seconds)

    def list_people(self, given: InputPhoto) -> Outcome:
        """Find people in a photo and write the overview."""
        job = Job(given)
        with job.failures_are_outcome():
            if given.problem is not None:
                raise given.problem
            job.outcome = self._list(job)
        return self.finish(job)

    def _list(self, job: Job) -> Outcome:
        naming = self.outputs.naming(job.given)
        photo = self._read(job)
        self._load_networks(job, fills=False)
        self.on_step(job.given.path, "finding people")
        with job.clock("detect"):
            people = self.engine.find(photo)
        selector = self.engine.selector(self.request)
        with job.clock("select"):
            looks = selector.recognize if isinstance(selector, NameSelector) else selector  # which never fails
            selection = looks(photo.image, people)
        if not selection.recognized:
            del job.seconds["select"]
        outcome = Outcome(
            path=job.given.path,
            status="listed",
            size_wh=photo.size_wh,
            people=people_found(
                people,
                [index + 1 for index in selection.going],
                photo.image.shape,
                selection.recognized,
                [index + 1 for index in selection.doubtful],
            ),
            notes=photo.notes,
            device=self.engine.device_used,
            masker=_tool(self.engine.config.masker, self.engine.masker),
        )
        if not people:
            return outcome
        # Without a choice everybody goes, and no outline needs a tint.
        tinted = () if selection.all_go else selection.going
        names = [person.who for person in outcome.people or ()]
        self.on_step(job.given.path, "writing")
        with job.clock("save"):
            overview = ResultWriter(self.outputs, naming, job.policy).write_overview(photo, people, tinted, names)
            return replace(outcome, overview=overview)

    def describe(self, job: Job, photo: Photo, result: EraseResult) -> Outcome:
        """The outcome of a photo before its files are written."""
        copies, looks = self.outputs.config.copy_unchanged, self.looks_for_people
        return Outcome(
            path=job.given.path,
            status="erased" if result.changed else "copied" if copies else "unchanged",
            size_wh=photo.size_wh,
            people=_people_found(result, photo) if looks else None,
            leftover_people=result.leftover_people,
            hole_share=hole_share(result),
            notes=photo.notes,
            device=self.engine.device_used if looks else None,
            masker=_tool(self.engine.config.masker, self.engine.masker) if looks else None,
            inpainter=_tool(self.engine.config.inpainter, self.engine.inpainter),
        )

    def _write(self, job: Job, photo: Photo, result: EraseResult, naming: Naming) -> Outcome:
        """Write the files of the photo."""
        outcome = self.describe(job, photo, result)
        if outcome.status != "unchanged":
            self.on_step(outcome.path, "writing")
            with job.clock("save"), self._naming_lock:
                outcome = ResultWriter(self.outputs, naming, job.policy).write(outcome, photo, result)
        if not self.with_thumbnails:
            return outcome
        after, hole = (result.image, result.hole) if result.changed else (None, None)
        with job.clock("view"):
            return replace(outcome, thumbnails=make_thumbnails(photo.image, after, hole, photo.icc_profile))

    def _skipped(self, job: Job, naming: Naming, suffix: str) -> Outcome | None:
        if self.outputs.config.on_conflict != "skip":
            return None
        with self._naming_lock:
            existing = self.outputs.existing(naming.result(self.outputs.suffix(suffix)), job.policy)
        return None if existing is None else Outcome(path=job.given.path, status="skipped", output=existing)

    def _read(self, job: Job) -> Photo:
        self.on_step(job.given.path, "reading")
        with job.clock("load"):
            return load(job.given.path)

    def _load_networks(self, job: Job, *, fills: bool) -> None:
        """Load the networks, which all photos use, with the first photo."""
        self.on_step(job.given.path, "starting")
        with job.clock("start"):
            try:
                if self.looks_for_people:
                    _ = self.engine.masker
                    _ = self.engine.selector(self.request)
                if fills:
                    _ = self.engine.inpainter
            except Exception as error:
                raise _CannotStartError from error


def _people_found(result: EraseResult, photo: Photo) -> tuple[PersonFound, ...]:
    return people_found(result.people, result.gone, photo.image.shape, result.recognized, result.doubtful)


def _tool(name: str, user: object) -> Tool:
    said = (getattr(user, attribute, None) for attribute in ("weights_name", "weights_sha256", "weights_why"))
    return Tool(name, *(str(value) if value else None for value in said))
