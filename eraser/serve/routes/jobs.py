"""Several photos at once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from eraser.serve.errors import ServeError, bad_option
from eraser.serve.events import stream
from eraser.serve.forms import form_schema, read_options
from eraser.serve.jobs import Jobs
from eraser.serve.service import MAX_BATCH_FILES, Service


def add_routes(router: APIRouter, service: Service, jobs: Jobs) -> None:
    """Add the routes of jobs."""

    @router.post(
        "/api/v1/batch",
        status_code=202,
        openapi_extra=form_schema({"file": "A photo."}, options=True, several=True),
        response_model=None,
    )
    async def batch(request: Request) -> Response:
        """Begin a job over several photos."""
        most = int(service.config.max_batch_megabytes * 1e6)
        async with service.intake(request, max_bytes=most, max_files=MAX_BATCH_FILES) as form:
            uploads = form.all_files("file")
            if len(uploads) != len(form.files) or not uploads:
                raise bad_option("send the photos as files of the name file", "curl -F file=@a.jpg -F file=@b.jpg")
            asked = read_options(form.fields)
        job = jobs.start(uploads, asked)  # the bytes of the form are given back: the job takes them anew
        return JSONResponse(job.body(), 202, {"Location": f"/api/v1/jobs/{job.id}"})

    @router.get("/api/v1/jobs/{job}", response_model=None)
    async def status(job: str) -> Response:
        """How far a job is."""
        return JSONResponse(jobs.get(job).body())

    @router.get("/api/v1/jobs/{job}/events", response_model=None)
    async def events(job: str) -> Response:
        """Server-sent events: the job, each time that something changes; the last one is called done."""
        found = jobs.get(job)
        return stream(service, found.body, lambda: found.is_done)

    @router.get("/api/v1/jobs/{job}/result", response_model=None)
    async def result(job: str) -> Response:
        """The results as a ZIP, with a report.json."""
        found = jobs.get(job)
        if found.archive is None:
            raise ServeError(409, "not_ready", "the job is not done", f"GET /api/v1/jobs/{found.id}/events")
        headers = {"Content-Disposition": 'attachment; filename="erased.zip"'}
        return Response(found.archive, media_type="application/zip", headers=headers)

    @router.delete("/api/v1/jobs/{job}", status_code=204, response_model=None)
    async def end(job: str) -> Response:
        """End a job, and forget it."""
        jobs.end(job)
        return Response(status_code=204)
