"""Work that waits its turn: bounded, with progress and a time limit, and ended when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from starlette.requests import Request

from eraser.pipeline import OnStage, tell_nobody
from eraser.serve.errors import ClientGoneError, ServeError

T = TypeVar("T")
RETRY_AFTER_S = 5


class AbandonedError(Exception):
    """Nobody waits for this work any more."""


class WorkQueue:
    """Runs functions in a few threads; so many may wait that memory suffices."""

    def __init__(self, workers: int, limit: int, timeout_s: float, name: str) -> None:
        self._limit, self._timeout_s, self._lock = limit, timeout_s, threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self.admitted = 0
        """Requests that send their photo, wait or run."""
        self.running = 0
        """Of these, those that compute."""

    def _count(self, more: int) -> None:
        with self._lock:
            self.running += more

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Count a request from before its body is read until its reply is ready.

        Raises:
            ServeError: There are enough of them: 429.
        """
        if self.admitted >= self._limit:
            raise ServeError(
                429, "queue_full", "too many photos wait", "try again later", {"Retry-After": str(RETRY_AFTER_S)}
            )
        self.admitted += 1
        try:
            yield
        finally:
            self.admitted -= 1

    async def run(self, work: Callable[[OnStage], T], on_stage: OnStage = tell_nobody, *, timed: bool = True) -> T:
        """Run a function in a thread, when its turn comes. If this is cancelled, it ends at its next stage.

        Args:
            work: Calls what it is given at each stage.
            on_stage: Told the stage, in the thread of the work.
            timed: Whether it may take too long.

        Raises:
            ServeError: It takes too long: 504.
        """
        abandoned = threading.Event()

        def report(stage: str) -> None:
            if abandoned.is_set():
                raise AbandonedError
            on_stage(stage)

        def compute() -> T:
            report("start")
            self._count(1)
            try:
                return work(report)
            finally:
                self._count(-1)

        try:
            async with asyncio.timeout(self._timeout_s if timed else None):
                return await asyncio.get_running_loop().run_in_executor(self._pool, compute)
        except TimeoutError as error:
            raise ServeError(504, "timeout", "this takes too long", "send a smaller photo") from error
        finally:
            abandoned.set()

    def close(self) -> None:
        """Wait for what runs; what waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """The result of some work, which is cancelled when the client hangs up. The body must have been read.

    Raises:
        ClientGoneError: The client hung up.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hang_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGoneError
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
