"""Several photos at once: a job runs them one after another, and its result is a ZIP in memory."""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from eraser.serve.errors import ServeError, as_serve_error, unknown_handle
from eraser.serve.forms import Asked
from eraser.serve.handles import KEEP_S
from eraser.serve.limits import Upload
from eraser.serve.service import Service

MAX_JOBS = 8
"""Jobs in memory, at most, done or not."""


@dataclass(slots=True)
class JobPhoto:
    """A photo of a job."""

    name: str
    status: str = "waiting"
    """waiting, running, erased, unchanged, failed or ended."""
    stage: str = ""
    output: str | None = None
    """Its name in the ZIP."""
    people: int = 0
    gone: tuple[int, ...] = ()
    left: int = 0
    error: dict[str, str] | None = None


@dataclass(slots=True, eq=False)
class Job:
    """Some photos, and what became of them."""

    photos: list[JobPhoto]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    archive: bytes | None = field(default=None, repr=False)
    """The ZIP, once all photos are done."""
    zip_bytes: int = 0
    """Of the ZIP so far."""
    used_at: float = 0.0
    task: asyncio.Task[None] | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen."""
        return self.task is None or self.task.done()

    def body(self) -> dict[str, Any]:
        """The job as JSON."""
        ready = self.archive is not None
        return {
            "job": self.id,
            "status": "done" if ready else "ended" if self.is_done else "running",
            "done": sum(photo.status not in ("waiting", "running") for photo in self.photos),
            "total": len(self.photos),
            "photos": [asdict(photo) for photo in self.photos],
            "result": f"/api/v1/jobs/{self.id}/result" if ready else None,
        }


class Jobs:
    """The jobs of a server."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._clock = service, clock
        self._jobs: dict[str, Job] = {}

    def start(self, uploads: list[Upload], asked: Asked) -> Job:
        """Begin a job.

        Raises:
            ServeError: There are enough of them, or their photos take too much memory: 429.
        """
        self.expire()
        if len(self._jobs) >= MAX_JOBS:
            hint = "fetch and DELETE those that are done"
            raise ServeError(429, "queue_full", "too many jobs", hint, {"Retry-After": "30"})
        size = sum(len(upload.data) for upload in uploads)
        self._service.budget.take(size)
        job = Job([JobPhoto(upload.name) for upload in uploads], used_at=self._clock())
        job.task = asyncio.create_task(self._run(job, uploads, asked))
        job.task.add_done_callback(lambda task: self._service.budget.give_back(size))
        self._jobs[job.id] = job
        return job

    def get(self, job_id: str) -> Job:
        """A job, which then counts as used now.

        Raises:
            ServeError: There is none: 404.
        """
        self.expire()
        job = self._jobs.get(job_id)
        if job is None:
            raise unknown_handle("job")
        job.used_at = self._clock()
        return job

    def end(self, job_id: str) -> None:
        """Forget a job; what runs ends at its next stage."""
        job = self.get(job_id)
        del self._jobs[job_id]
        if job.task is not None:
            job.task.cancel()

    def expire(self) -> None:
        """Forget jobs that are done and that nobody asked for in a while."""
        oldest = self._clock() - KEEP_S
        for job in [job for job in self._jobs.values() if job.is_done and job.used_at <= oldest]:
            del self._jobs[job.id]

    @property
    def count(self) -> int:
        """Jobs in memory."""
        return len(self._jobs)

    def close(self) -> None:
        """End all jobs."""
        for job in self._jobs.values():
            if job.task is not None:
                job.task.cancel()

    async def _run(self, job: Job, uploads: list[Upload], asked: Asked) -> None:
        file = io.BytesIO()
        names: set[str] = set()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # photos are compressed already
            for photo, upload in zip(job.photos, uploads, strict=True):
                await self._one(photo, upload, asked, archive, names)
                job.zip_bytes = file.tell()
            archive.writestr("report.json", json.dumps([asdict(photo) for photo in job.photos], indent=1))
        job.archive = file.getvalue()
        job.used_at = self._clock()

    def _room_bytes(self) -> float:
        """What ZIPs may still take: all together as much memory as the photos that are kept."""
        return self._service.config.keep_megabytes * 1e6 - sum(job.zip_bytes for job in self._jobs.values())

    async def _one(
        self,
        photo: JobPhoto,
        upload: Upload,
        asked: Asked,
        archive: zipfile.ZipFile,
        names: set[str],
    ) -> None:
        """One photo; what goes wrong is its own."""

        def on_stage(stage: str) -> None:
            photo.stage = stage

        photo.status = "running"
        try:
            picture = await self._service.queue.run(
                lambda report: self._service.erase_now(upload, asked, report), on_stage
            )
            if len(picture.data) > self._room_bytes():
                hint = "fetch and DELETE the jobs that are done, or start with --keep-megabytes"
                raise ServeError(413, "too_large", "the ZIP has no room for this photo", hint)
            photo.output = _free_name(picture.name, names)
            archive.writestr(photo.output, picture.data)
            photo.people, photo.gone, photo.left = picture.people, picture.gone, picture.left
            photo.status = "erased" if picture.data is not upload.data else "unchanged"
        except asyncio.CancelledError:
            photo.status = "ended"
            raise
        except Exception as error:
            photo.status, photo.error = "failed", as_serve_error(error).body()
        finally:
            photo.stage = ""


def _free_name(name: str, taken: set[str]) -> str:
    """A name that no other file of the ZIP has, whatever the size of its letters."""
    stem, dot, suffix = name.rpartition(".")
    free, count = name, 1
    while free.lower() in taken or free.lower() == "report.json":
        count += 1
        free = f"{stem}-{count}{dot}{suffix}" if dot else f"{name}-{count}"
    taken.add(free.lower())
    return free
