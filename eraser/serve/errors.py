"""What a request is refused with: a status, a code for programs, a sentence for people, and what helps."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from eraser.batch.failures import as_error
from eraser.errors import (
    DeviceError,
    EraserError,
    FacesError,
    InpainterError,
    MaskerError,
    NobodyThereError,
    NothingLeftError,
    PhotoReadError,
    PhotoWriteError,
    WeightsError,
)
from eraser.system.words import one_line

log = logging.getLogger(__name__)

_CODES: dict[type[EraserError], tuple[int, str, str]] = {
    NobodyThereError: (422, "nobody_there", "POST /api/v1/people says who is there"),
    NothingLeftError: (422, "nothing_left", "let some of the photo stay"),
    PhotoReadError: (415, "not_a_photo", "send a file that other programs can open"),
    PhotoWriteError: (422, "cannot_encode", "ask for another format"),
    WeightsError: (503, "weights", "run: eraser setup"),
    FacesError: (503, "faces", "run: eraser faces list"),
    DeviceError: (503, "device", "try again, or send a smaller photo"),
    MaskerError: (500, "masker", "see the log of the server"),
    InpainterError: (500, "inpainter", "see the log of the server"),
}
_HTTP_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}


class ServeError(Exception):
    """A request that is refused."""

    def __init__(
        self, status: int, code: str, error: str, hint: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status, self.code, self.hint, self.headers = status, code, hint, dict(headers or {})

    def body(self) -> dict[str, str]:
        """What the client reads."""
        return {"error": one_line(self), "code": self.code, "hint": self.hint}

    def reply(self) -> JSONResponse:
        """The whole reply."""
        return JSONResponse(self.body(), self.status, self.headers)


class ClientGoneError(Exception):
    """The client hung up; nobody reads a reply."""


def bad_option(error: str, hint: str = "see /docs for the options") -> ServeError:
    """A form or a query that makes no sense."""
    return ServeError(422, "bad_option", error, hint)


def too_large(error: str, hint: str) -> ServeError:
    """More bytes or pixels than are taken."""
    return ServeError(413, "too_large", error, hint)


def unknown_handle(what: str) -> ServeError:
    """A handle that never was, or is no more."""
    return ServeError(404, f"unknown_{what}", f"there is no such {what}, or no longer", "send it again")


def as_serve_error(error: BaseException) -> ServeError:
    """Whatever went wrong with a photo, as a refusal."""
    if isinstance(error, ServeError):
        return error
    ours = as_error(error)
    for kind, (status, code, hint) in _CODES.items():
        if isinstance(ours, kind):
            return ServeError(status, code, str(ours), hint)
    log.error("unexpected failure", exc_info=error)
    return ServeError(500, "internal", "something unexpected went wrong", "see the log of the server")


def add_handlers(app: FastAPI) -> None:
    """Let everything that goes wrong in a route be a reply of one form."""

    def refused(request: Request, error: Exception) -> Response:
        return as_serve_error(error).reply()

    def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 400
        code = _HTTP_CODES.get(status, "bad_request")
        detail = str(error.detail) if isinstance(error, HTTPException) else str(error)
        headers = error.headers if isinstance(error, HTTPException) else None
        return ServeError(status, code, detail, "see /docs", headers).reply()

    def invalid(request: Request, error: Exception) -> Response:
        return bad_option("a parameter is missing or makes no sense").reply()

    def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=499)

    app.add_exception_handler(ServeError, refused)
    app.add_exception_handler(EraserError, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientGoneError, gone)
