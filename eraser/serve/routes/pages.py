"""The page, its files, the way in with a token, and the description of the interface: all from this server."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from eraser.serve.errors import ServeError, bad_option
from eraser.serve.security import Invitation, cookie_name, cookie_of, is_token
from eraser.serve.settings import ServeConfig

STATIC = Path(__file__).parents[1] / "static"
_MAX_LOGIN_BYTES = 2000


def add_routes(app: FastAPI, router: APIRouter, config: ServeConfig, invitation: Invitation) -> None:
    """Add the page and what belongs to it."""

    @router.get("/", include_in_schema=False, response_model=None)
    async def page() -> Response:
        return FileResponse(STATIC / "index.html")

    @router.get("/favicon.ico", include_in_schema=False, response_model=None)
    async def icon() -> Response:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    @router.get("/docs", include_in_schema=False, response_model=None)
    async def docs() -> Response:
        return FileResponse(STATIC / "docs.html")

    @router.post("/api/v1/login", include_in_schema=False, response_model=None)
    async def login(request: Request) -> Response:
        token = await _sent_token(request)
        if config.token is not None and not invitation.accept(token) and not is_token(token, config.token):
            raise ServeError(401, "no_token", "this is not the token", "it was given with --token")
        response = JSONResponse({"ok": True})
        if config.token is not None:
            name = cookie_name(config.port)
            response.set_cookie(name, cookie_of(config.token), httponly=True, samesite="strict", max_age=30 * 86400)
        return response

    app.mount("/static/docs", StaticFiles(directory=_swagger_files()), name="docs")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


async def _sent_token(request: Request) -> str:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_LOGIN_BYTES:
            raise ServeError(413, "too_large", "this is no token", 'send {"token": ...}')
    try:
        return str(json.loads(body)["token"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise bad_option("a token is missing", 'send {"token": ...}') from error


def _swagger_files() -> Path:
    """The folder of Swagger UI, carried by a package that need not be imported for it."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("fastapi-offline is not installed")
    return Path(spec.origin).parent / "static"
