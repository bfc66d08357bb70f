"""An actor: one process with one engine. It has a few photos at once, whose stages overlap as in a local run."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from eraser.archive import ArchivePlan, StoredPhoto
from eraser.batch.failures import portable
from eraser.batch.outcome import Outcome
from eraser.errors import EraserError
from eraser.system.machine import use_threads
from eraser.weights import go_offline

log = logging.getLogger(__name__)


class PhotoActor:
    """Does photos. Ray calls its methods in several threads, one for each call that is under way."""

    def __init__(self, plan: ArchivePlan, name: str, threads: int, *, offline: bool) -> None:
        import ray

        if offline:
            go_offline()
        use_threads(threads)
        self._node = f"{socket.gethostname()}/{ray.get_runtime_context().get_node_id()[:6]}"
        self._run = replace(plan, node=self._node, actor=name).worker_run()
        self._photos: SimpleQueue[StoredPhoto | None] = SimpleQueue()
        self._futures: deque[Future[Outcome]] = deque()
        self._lock = threading.Lock()
        self._is_stopping = False
        self._counter = _counter()
        self._thread = threading.Thread(target=self._work, daemon=True, name="photos")
        self._thread.start()

    def ready(self) -> str:
        """The node, once the actor is there."""
        return self._node

    def do(self, photo: StoredPhoto) -> Outcome:
        """The outcome of a photo; others may be under way."""
        future: Future[Outcome] = Future()
        with self._lock:
            if self._is_stopping:
                raise EraserError("the actor is stopping")
            self._futures.append(future)
            self._photos.put(photo)
        return future.result()

    def stop(self) -> None:
        """Finish the object that is being written, and give back the other photos."""
        with self._lock:
            self._is_stopping = True
            self._photos.put(None)
        self._thread.join()
        self._run.close()

    def _work(self) -> None:
        problem: BaseException = EraserError("the actor has ended")
        try:
            with contextlib.closing(self._run.erase(iter(self._photos.get, None))) as outcomes:
                for outcome in outcomes:
                    if outcome.error is not None:
                        log.debug("%s failed", outcome.photo_name, exc_info=outcome.error)
                        outcome = replace(outcome, error=portable(outcome.error))
                    if self._counter is not None:
                        self._counter.inc(tags={"status": outcome.status})
                    self._futures.popleft().set_result(outcome)
                    if self._is_stopping:
                        break
        except BaseException as error:
            problem = error
        with self._lock:
            self._is_stopping = True
            while self._futures:
                self._futures.popleft().set_exception(problem)


def _counter() -> Any:  # noqa: ANN401  Ray's, which is imported when it is used
    """Photos by status, for Ray's metrics; None if Ray offers no metrics here."""
    try:
        from ray.util.metrics import Counter

        return Counter("erase_me_photos", description="Photos done, by status.", tag_keys=("status",))
    except Exception:
        return None
