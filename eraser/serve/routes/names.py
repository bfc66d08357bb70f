"""Who is known by name."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from eraser.errors import FacesError
from eraser.faces.store import read_store

log = logging.getLogger(__name__)


def add_routes(router: APIRouter) -> None:
    """Add the route of names."""

    @router.get("/api/v1/names", response_model=None)
    def names() -> Response:
        """The names that ``who`` and ``keep`` take: of people whose faces were learnt, and of groups of them."""
        try:
            store = read_store()
        except FacesError as error:  # all but names works without it
            log.warning("no names are shown: %s", error)
            return JSONResponse({"people": [], "groups": {}})
        return JSONResponse(
            {"people": list(store.people), "groups": {name: list(who) for name, who in store.groups.items()}}
        )
