"""What the routes share: the queue, the photos in memory, the counts, and how a photo is done."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from starlette.requests import Request

from eraser.batch.failures import as_error
from eraser.config import MODEL_DEFAULTS, OUTPUT_DEFAULTS, OutputConfig
from eraser.engine import Engine
from eraser.geometry import MaskArray
from eraser.photo import Extra, Photo, encode, load, load_mask
from eraser.photo.deep import merge
from eraser.pipeline import OnStage, find_hole
from eraser.result import EraseResult
from eraser.serve.compute import Compute, Done, Task
from eraser.serve.errors import bad_option
from eraser.serve.forms import Asked
from eraser.serve.handles import Handles, KeptPhoto
from eraser.serve.limits import BodyReader, Budget, Form, Upload, check_pixels
from eraser.serve.metrics import Metrics
from eraser.serve.queue import WorkQueue
from eraser.serve.replies import Picture, mask_png, result_format, result_name
from eraser.serve.settings import ServeConfig
from eraser.system.paths import memory_dir

log = logging.getLogger(__name__)

MAX_BATCH_FILES = 200
_SWEEP_S = 5.0


@dataclass(slots=True)
class Service:
    """One server."""

    config: ServeConfig
    compute: Compute
    metrics: Metrics = field(default_factory=Metrics)
    queue: WorkQueue = field(init=False)
    """For networks."""
    quick: WorkQueue = field(init=False)
    """For masks and encoding, which must not wait for networks."""
    handles: Handles = field(init=False)
    budget: Budget = field(init=False)
    stopping: bool = False
    """Set when the server ends: streams of events must end, too."""
    weights: Mapping[str, str | None] | None = None
    """None until the networks are loaded."""
    failure: str | None = None
    """Why they could not be loaded."""
    _selectors: Engine = field(default_factory=lambda: Engine(MODEL_DEFAULTS))
    """Only says who goes, for the masks; it loads no network but that of faces, when somebody is named."""

    def __post_init__(self) -> None:
        config = self.config
        self.queue = WorkQueue(config.workers, config.queue, config.timeout, "erase")
        self.quick = WorkQueue(1, config.queue, config.timeout, "quick")
        self.handles = Handles(int(config.keep_megabytes * 1e6))
        self.budget = Budget(int(max(config.max_batch_megabytes, config.max_megabytes) * 1e6) + 2_000_000)

    async def warm_up(self) -> None:
        """Load networks before the first photo comes, however long that takes."""
        try:
            done = await self.queue.run(lambda report: self.compute.do(Task(photo=None), report), timed=False)
            self.weights = done.weights
        except Exception as error:  # a plugin may raise anything
            self.failure = str(as_error(error))
            log.error("%s", self.failure)

    def close(self) -> None:
        """Finish what is in hand."""
        self.queue.close()
        self.quick.close()
        self.compute.close()

    @asynccontextmanager
    async def intake(
        self, request: Request, *, max_bytes: int | None = None, max_files: int = 4
    ) -> AsyncIterator[Form]:
        """A request's form; its place in the queue and its bytes are held as long as the block lasts."""
        reader = BodyReader(max_bytes or int(self.config.max_megabytes * 1e6), max_files, self.budget)
        with self.queue.admit():
            try:
                yield await reader.read_form(request)
            finally:
                reader.release()

    async def look(self, upload: Upload | None, handle: str | None) -> KeptPhoto:
        """A photo, kept, with its people."""
        kept = None if handle is None else self.handles.get(handle)
        if (kept is None) == (upload is None):
            raise bad_option("send either a file or the handle of a photo", "curl -F file=@photo.jpg")
        if kept is not None and kept.people is not None:
            return kept

        def work(report: OnStage) -> KeptPhoto:
            ready = kept
            if ready is None:
                assert upload is not None
                photo = self.read(upload)
                ready = KeptPhoto(photo, None, upload.data, photo.format, upload.name)
            done = self.compute.do(Task(photo=ready.photo), _both(report, ready))
            ready.people, ready.known = done.people, done.known
            return ready

        found = await self.queue.run(work)
        found.stage = ""
        self.metrics.add("eraser_people_total", len(found.people or ()), what="found")
        if kept is None:
            self.handles.add(found)
        return found

    async def erase(self, form: Form, asked: Asked, handle: str | None) -> Picture:
        """The photo of a form without people."""
        upload, mask, keep = form.file("file"), form.file("mask"), form.file("keep_mask")
        kept = None if handle is None else self.handles.get(handle)
        if (kept is None) == (upload is None):
            raise bad_option("send either a file or the handle of a photo", "curl -F file=@photo.jpg")
        source = kept or upload
        assert source is not None

        def work(report: OnStage) -> Picture:
            try:
                return self.erase_now(source, asked, report, mask, keep)
            finally:
                if kept is not None:
                    kept.stage = ""

        return await self.queue.run(work)

    def erase_now(
        self,
        source: KeptPhoto | Upload,
        asked: Asked,
        report: OnStage,
        mask: Upload | None = None,
        keep: Upload | None = None,
    ) -> Picture:
        """The same in the thread of the work; the result of a kept photo is kept, too."""
        kept = _kept(source)
        photo = self.read(source) if isinstance(source, Upload) else source.photo
        on_stage = _both(report, kept)
        hole = self._mask(mask, photo)
        only_mask = hole is not None and not asked.erase.add_mask
        people = None if kept is None or only_mask else kept.people
        task = Task(photo=photo, request=asked.erase, people=people, mask=hole, keep=self._mask(keep, photo))
        done = self.compute.do(task, on_stage)
        on_stage("encode")
        return self._picture(source, photo, done, asked, report)

    def _picture(self, source: KeptPhoto | Upload, photo: Photo, done: Done, asked: Asked, report: OnStage) -> Picture:
        result = done.result
        assert result is not None
        self._count(result)
        name, suffix = result_format(photo, source.name, asked.results)
        label = result.label or (source.label if isinstance(source, KeptPhoto) else None)
        if not result.changed and asked.results.format == "same" and not asked.results.strip_metadata:
            own = kept.format if (kept := _kept(source)) else photo.format
            picture = Picture(source.data, own, source.name)  # the photo itself, byte for byte
        else:
            extra = _extra(asked.results, label, result.hole)
            data = encode(result.image, photo, format=suffix, quality=asked.results.quality, extra=extra)
            picture = Picture(data, name, result_name(source.name, suffix))
        handle = None
        if isinstance(source, KeptPhoto):
            report("keep")  # nothing is kept for a client that has hung up
            after = KeptPhoto(_after(photo, result), None, picture.data, picture.format, source.name, label=label)
            handle = self.handles.add(after)
        return replace(picture, people=len(result.people), gone=result.gone, left=result.leftover_people, handle=handle)

    async def hole(self, handle: str, asked: Asked) -> bytes:
        """The hole of a kept photo, as a PNG."""
        kept = self.handles.get(handle)
        selectors = self._selectors
        with self.quick.admit():
            return await self.quick.run(
                lambda report: mask_png(
                    find_hole(kept.photo.image, kept.people or (), asked.erase, select=selectors.selector(asked.erase))
                )
            )

    async def picture(self, handle: str, results: OutputConfig = OUTPUT_DEFAULTS) -> Picture:
        """A kept photo as a file."""
        kept = self.handles.get(handle)
        if results == OUTPUT_DEFAULTS:
            return Picture(kept.data, kept.format, kept.name)
        name, suffix = result_format(kept.photo, kept.name, results)
        with self.quick.admit():
            data = await self.quick.run(
                lambda report: encode(
                    kept.photo.image,
                    kept.photo,
                    format=suffix,
                    quality=results.quality,
                    extra=_extra(results, kept.label),
                )
            )
        return Picture(data, name, result_name(kept.name, suffix))

    def read(self, upload: Upload) -> Photo:
        """Decode a photo within the limits.

        Raises:
            PhotoReadError: It is none.
            ServeError: It is too large.
        """
        check_pixels(upload.data, self.config.max_megapixels)
        photo = load(upload.data)
        # To keep a JPEG's own blocks, jpeglib needs files: only where these lie in memory.
        return photo if memory_dir() is not None else replace(photo, data=None)

    def _mask(self, upload: Upload | None, photo: Photo) -> MaskArray | None:
        if upload is None:
            return None
        check_pixels(upload.data, self.config.max_megapixels)
        return load_mask(upload.data, photo.size_wh)

    def _count(self, result: EraseResult) -> None:
        self.metrics.add("eraser_photos_total", what="erased" if result.changed else "unchanged")
        self.metrics.add("eraser_people_total", len(result.gone), what="gone")
        for stage, seconds in result.seconds.items():
            self.metrics.add("eraser_seconds_total", seconds, stage=stage)

    async def sweep(self, also: Callable[[], None]) -> None:
        """Forget old photos, and whatever ``also`` forgets, as long as the server runs."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_SWEEP_S)
                self.handles.expire()
                also()


def _after(photo: Photo, result: EraseResult) -> Photo:
    """The photo with the pixels of a result. Nothing of it shows who was there."""
    deep = None if photo.deep is None else merge(result.image, photo.image, photo.deep, result.hole)
    has_colours = deep is not None and deep.shape[2] >= 3
    return replace(photo, image=result.image, deep=deep, data=None, grey=photo.grey and not has_colours)


def _extra(results: OutputConfig, label: str | None, hole: MaskArray | None = None) -> Extra:
    return Extra(hole=hole, metadata=results.metadata, label=label if results.ai_label else None)


def _kept(source: KeptPhoto | Upload) -> KeptPhoto | None:
    return source if isinstance(source, KeptPhoto) else None


def _both(report: OnStage, kept: KeptPhoto | None) -> OnStage:
    """Tell a stage to who waits, and to who watches the photo."""

    def on_stage(stage: str) -> None:
        report(stage)
        if kept is not None:
            kept.stage = stage

    return on_stage
