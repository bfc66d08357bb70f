"""How the server is."""

from __future__ import annotations

import psutil
from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from eraser import __version__
from eraser.serve.jobs import Jobs
from eraser.serve.service import Service
from eraser.system.machine import available_bytes


def add_routes(router: APIRouter, service: Service, jobs: Jobs) -> None:
    """Add the routes about the server."""

    @router.get("/api/v1/health", response_model=None)
    async def health() -> Response:
        """Version, weights, queue and memory; 503 if the networks cannot be loaded."""
        status = "failed" if service.failure else "ok" if service.weights is not None else "starting"
        body = {
            "status": status,
            "version": __version__,
            "weights": service.weights,
            "error": service.failure,
            "queue": {
                "admitted": service.queue.admitted,
                "running": service.queue.running,
                "limit": service.config.queue,
            },
            "memory": {
                "process_bytes": _resident_bytes(),
                "available_bytes": available_bytes(),
                "kept_photos": service.handles.count,
                "kept_bytes": service.handles.size_bytes,
            },
            "limits": {
                "megapixels": service.config.max_megapixels,
                "megabytes": service.config.max_megabytes,
                "batch_megabytes": service.config.max_batch_megabytes,
            },
        }
        return JSONResponse(body, 503 if service.failure else 200)

    @router.get("/metrics", response_model=None)
    async def metrics() -> Response:
        """Counts for Prometheus."""
        gauges = {
            "eraser_queue_admitted": service.queue.admitted,
            "eraser_queue_running": service.queue.running,
            "eraser_upload_bytes": service.budget.used_bytes,
            "eraser_kept_photos": service.handles.count,
            "eraser_kept_bytes": service.handles.size_bytes,
            "eraser_jobs": jobs.count,
            "process_resident_memory_bytes": _resident_bytes(),
        }
        return PlainTextResponse(service.metrics.text(gauges), media_type="text/plain; version=0.0.4")


def _resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)
