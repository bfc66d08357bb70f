"""The app: routes, and the guard in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from eraser import __version__
from eraser.serve.compute import Compute
from eraser.serve.errors import add_handlers
from eraser.serve.jobs import Jobs
from eraser.serve.routes import jobs as job_routes
from eraser.serve.routes import names, pages, photos, status
from eraser.serve.security import Guard, Invitation
from eraser.serve.service import Service
from eraser.serve.settings import ServeConfig

_ABOUT = "Take the people out of photos. White means remove. Photos stay in memory, for ten minutes at most."


def create_app(config: ServeConfig, compute: Compute, *, warm_up: bool = True) -> FastAPI:
    """Build the app.

    Args:
        config: How it is served.
        compute: Where networks run.
        warm_up: Load networks at once, not with the first photo.

    Returns:
        The app; ``app.state.service`` is what its routes share, ``app.state.invitation`` lets a browser in.
    """
    service = Service(config, compute)
    jobs = Jobs(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(service.sweep(jobs.expire))]
        if warm_up:
            tasks.append(asyncio.create_task(service.warm_up()))
        yield
        jobs.close()
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="erase-me",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    add_handlers(app)
    app.add_middleware(Guard, config=config, metrics=service.metrics)
    router = APIRouter()
    photos.add_routes(router, service)
    job_routes.add_routes(router, service, jobs)
    status.add_routes(router, service, jobs)
    app.state.invitation = Invitation()
    pages.add_routes(app, router, config, app.state.invitation)
    names.add_routes(router)
    app.include_router(router)
    return app
