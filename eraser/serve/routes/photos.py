"""One photo: who is there, without whom, the hole, the picture."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from eraser.serve.errors import bad_option
from eraser.serve.events import stream
from eraser.serve.forms import form_schema, query_parameters, read_options
from eraser.serve.limits import Form
from eraser.serve.queue import unless_gone
from eraser.serve.replies import people_reply
from eraser.serve.service import Service

_FILE = {"file": "The photo.", "photo": "Instead of a file: the handle that /people returned."}
_MASKS = {
    "mask": "A picture of the photo's size: what is white is removed, too (add_mask) or instead of the people.",
    "keep_mask": "A picture of the photo's size: what is white stays as it is.",
}


def add_routes(router: APIRouter, service: Service) -> None:
    """Add the routes of one photo."""

    @router.post("/api/v1/people", openapi_extra=form_schema(_FILE, options=False), response_model=None)
    async def people(request: Request) -> Response:
        """Who is in a photo: numbers, boxes, outlines; and a handle that saves the next request the upload."""
        async with service.intake(request) as form:
            handle = _handle(form)
            _refuse_others(form, {"file"})
            read_options(form.fields, ignore=("photo", "format", "quality"))
            kept = await unless_gone(request, service.look(form.file("file"), handle))
        return JSONResponse(people_reply(kept))

    @router.post(
        "/api/v1/erase",
        openapi_extra=form_schema(_FILE | _MASKS, options=True),
        response_model=None,
        responses={200: {"content": {"image/*": {}}, "description": "The picture; X-Eraser-Gone says who went."}},
    )
    async def erase(request: Request) -> Response:
        """The photo without people. Nobody found, or nobody goes: the photo itself."""
        async with service.intake(request) as form:
            handle = _handle(form)
            _refuse_others(form, {"file", "mask", "keep_mask"})
            asked = read_options(form.fields, ignore=("photo",))
            picture = await unless_gone(request, service.erase(form, asked, handle))
        return picture.reply()

    @router.get("/api/v1/photos/{photo}/mask", openapi_extra=query_parameters(), response_model=None)
    async def mask(request: Request, photo: str) -> Response:
        """The hole as it will be used, as a PNG: white goes."""
        asked = read_options(request.query_params.multi_items())
        hole = await unless_gone(request, service.hole(photo, asked))
        return Response(hole, media_type="image/png")

    @router.get("/api/v1/photos/{photo}/picture", response_model=None)
    async def picture(request: Request, photo: str) -> Response:
        """The picture of a handle: as it came, or in another format."""
        asked = read_options(request.query_params.multi_items())
        return (await unless_gone(request, service.picture(photo, asked.results))).reply()

    @router.get("/api/v1/photos/{photo}/events", response_model=None)
    async def events(photo: str) -> Response:
        """Server-sent events: the stage that the work on a photo is in; done once the photo is forgotten."""
        service.handles.get(photo)
        handles = service.handles  # the photo itself is not held: it may expire while somebody listens

        def look() -> dict[str, str]:
            kept = handles.peek(photo)
            return {"stage": "" if kept is None else kept.stage}

        return stream(service, look, lambda: handles.peek(photo) is None)

    @router.delete("/api/v1/photos/{photo}", status_code=204, response_model=None)
    async def forget(photo: str) -> Response:
        """Forget a photo now."""
        service.handles.get(photo)
        service.handles.drop(photo)
        return Response(status_code=204)


def _handle(form: Form) -> str | None:
    """The handle in a form."""
    values: list[Any] = [value for name, value in form.fields if name == "photo"]
    if len(values) > 1:
        raise bad_option("one photo at a time")
    return str(values[0]) if values else None


def _refuse_others(form: Form, known: set[str]) -> None:
    """Refuse files under names that nobody reads."""
    for name, _ in form.files:
        if name not in known:
            raise bad_option(f"there is no file {name[:40]!r}: {', '.join(sorted(known))}")
