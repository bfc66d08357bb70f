"""Server-sent events: how far something is, until it is done, the client leaves, or the server ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import StreamingResponse

from eraser.serve.service import Service

_EVERY_S = 0.1
_ALIVE_EVERY = 100
"""Looks without news after which a comment is sent, so that proxies and dead connections are found out."""


def stream(service: Service, look: Callable[[], Any], is_last: Callable[[], bool]) -> StreamingResponse:
    """Events with what ``look`` says, each time that it changes; the last one is called ``done``."""

    async def events() -> AsyncIterator[str]:
        said, silent = None, 0
        while not service.stopping:
            last = is_last()
            text = json.dumps(look())
            if text != said or last:
                yield f"event: {'done' if last else 'progress'}\ndata: {text}\n\n"
                said, silent = text, 0
            if last:
                return
            silent += 1
            if silent % _ALIVE_EVERY == 0:
                yield ": alive\n\n"
            await asyncio.sleep(_EVERY_S)

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
