"""Worker processes. Each has its own photos and networks, overlaps the stages of its photos, and ends with its parent.

The parent sends photos through a pipe, a few ahead, and outcomes come back in the same order. A worker may die, for
example if the system kills it because memory runs out. Then another one takes its place, and the photos that it had are
tried again, each alone. A photo that kills a second worker has failed. Photos whose results may want the same name go
to one worker, in their order.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from types import FrameType
from typing import Generic, NoReturn, Protocol, TypeAlias, TypeVar

from eraser.batch.failures import portable
from eraser.batch.outcome import Outcome
from eraser.config import ModelConfig
from eraser.errors import EraserError, Terminated
from eraser.system.device import resolve_device
from eraser.system.machine import available_bytes, limited_threads, usable_cores, use_threads

log = logging.getLogger(__name__)

Photo = TypeVar("Photo")
PhotoIn = TypeVar("PhotoIn", contravariant=True)


class WorkerRun(Protocol[PhotoIn]):
    """Does photos in one process."""

    def erase(self, photos: Iterable[PhotoIn], /) -> Iterator[Outcome]:
        """An outcome for each photo, in order."""

    def close(self) -> None:
        """Close what is open."""


class WorkerPlan(Protocol[PhotoIn]):
    """A run without its photos. It is sent to worker processes, so it must be picklable."""

    def worker_run(self) -> WorkerRun[PhotoIn]:
        """Begin, in a process of its own."""

    def failed(self, photo: PhotoIn, error: EraserError, /) -> Outcome:
        """The outcome of a photo whose process died, recorded."""


Prepare: TypeAlias = Callable[[], None]
"""Called first in each worker, to set it up as the command is set up; it must be picklable."""

_AHEAD = 4
"""Photos that a worker has at a time: one begins, one is filled, one ends, one waits."""
_PHOTOS_EACH = 8
"""Photos for each worker, at least. Fewer are done before another process has loaded its networks."""
_BYTES_EACH = 2_000_000_000
"""Memory for each worker. Photos of 12 megapixels need 0.8 GB, with the fetched weights more."""
_MOST_DEATHS = 3
"""Deaths of workers in a row, without an outcome between them, after which the run ends."""
_END_S = 20.0
"""How long a worker may take to finish the file that it writes, before it is killed."""


def prepare_nothing() -> None:
    """Set up nothing."""


@dataclass(slots=True, eq=False)
class _Worker(Generic[Photo]):
    """A process as its parent sees it."""

    process: SpawnProcess
    pipe: Connection
    photos: deque[Photo] = field(default_factory=deque)
    """Sent, with no outcome yet."""
    suspects: deque[Photo] = field(default_factory=deque)
    """Photos to be tried first, each alone: the worker before this one died with them."""
    is_careful: bool = False
    """It tries a suspect now."""


def suitable_workers(config: ModelConfig, photos: int) -> int:
    """How many processes suit this machine.

    One a core, as half of the stages use one core only (docs/experiments/time-and-memory.md); at most what the memory
    allows; one for a graphics card, which would have to hold the networks of every process.

    Args:
        config: What photos are done with.
        photos: How many there are.

    Raises:
        DeviceError: The device asked for is not there.
    """
    count = min(usable_cores(), photos // _PHOTOS_EACH, available_bytes() // _BYTES_EACH)
    if count < 2 or resolve_device(config.device) != "cpu":
        return 1
    return count


class Workers(Generic[Photo]):
    """The worker processes of a run."""

    def __init__(self, plan: WorkerPlan[Photo], count: int, prepare: Prepare = prepare_nothing) -> None:
        self._plan, self._count, self._prepare = plan, count, prepare
        self._threads = max(1, usable_cores() // count)
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker[Photo]] = []
        self._deaths = 0

    def erase(self, groups: Iterable[Sequence[Photo]]) -> Iterator[Outcome]:
        """Take people out of photos, as ``LocalRun.erase``; outcomes come as they are ready.

        Args:
            groups: Photos that one worker does in their order.

        Raises:
            EraserError: Workers die one after another, without doing anything.
        """
        waiting = iter(groups)
        try:
            self._workers = [self._start() for _ in range(self._count)]
            while self._feed(waiting):
                for pipe in wait([worker.pipe for worker in self._workers if worker.photos]):
                    worker = next(worker for worker in self._workers if worker.pipe is pipe)
                    outcome = self._receive(worker)
                    if outcome is not None:
                        yield outcome
                        if outcome.ends_run:
                            return
            for worker in self._workers:
                with contextlib.suppress(OSError):  # it died, but had nothing to do
                    worker.pipe.send(None)
            for worker in self._workers:
                worker.process.join(_END_S)
        finally:
            self._end()

    def _start(self) -> _Worker[Photo]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._plan, self._threads, self._prepare), daemon=True, name="erase-me worker"
        )
        with limited_threads(self._threads), _ctrl_c_held_back():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _feed(self, waiting: Iterator[Sequence[Photo]]) -> bool:
        """Give every worker enough to do; False when nothing is left, and nothing outstanding."""
        for worker in self._workers:
            if worker.suspects or worker.is_careful:
                if not worker.photos and worker.suspects:
                    self._send(worker, [worker.suspects.popleft()])
                    worker.is_careful = True
                continue
            while len(worker.photos) < _AHEAD and (group := next(waiting, None)) is not None:
                self._send(worker, group)
        return any(worker.photos for worker in self._workers)

    @staticmethod
    def _send(worker: _Worker[Photo], photos: Sequence[Photo]) -> None:
        for photo in photos:
            worker.photos.append(photo)
            with contextlib.suppress(OSError):  # a dead worker is noticed when its outcomes are received
                worker.pipe.send(photo)

    def _receive(self, worker: _Worker[Photo]) -> Outcome | None:
        """An outcome of a worker; None if it died and its photos are tried again."""
        try:
            outcome: Outcome = worker.pipe.recv()
        except (EOFError, OSError):
            return self._bury(worker)
        self._deaths = 0
        worker.photos.popleft()
        worker.is_careful = False
        return outcome

    def _bury(self, worker: _Worker[Photo]) -> Outcome | None:
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        error = EraserError(
            f"the worker process that had it ended ({how}): if the memory does not suffice, try fewer --workers"
        )
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS:
            raise EraserError(f"worker processes end one after another ({how}): try --workers 1")
        new = self._start()
        new.suspects.extend(worker.suspects)
        outcome = None
        if worker.is_careful:
            outcome = self._plan.failed(worker.photos.popleft(), error)
        new.suspects.extendleft(reversed(worker.photos))
        worker.pipe.close()
        self._workers[self._workers.index(worker)] = new
        return outcome

    def _end(self) -> None:
        """End all worker processes."""
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_END_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()


@contextlib.contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Processes started in the block never get Ctrl-C, also while they import. This one gets it after the block."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # starting it would lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, plan: WorkerPlan[Photo], threads: int, prepare: Prepare) -> None:
    """The main function of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be held back: the parent ends its workers
    photos: SimpleQueue[Photo | None] = SimpleQueue()

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        """End in good order: what is being written is finished, and no thread waits for another photo."""
        photos.put(None)
        raise Terminated(128 + number)

    signal.signal(signal.SIGTERM, stop)
    prepare()
    use_threads(threads)
    threading.Thread(target=_listen, args=(pipe, photos), daemon=True, name="listen").start()
    local = plan.worker_run()
    try:
        for outcome in local.erase(iter(photos.get, None)):
            if outcome.error is not None:
                log.debug("%s failed", outcome.path, exc_info=outcome.error)  # a pipe carries no traceback
                outcome = replace(outcome, error=portable(outcome.error))
            pipe.send(outcome)
    except BrokenPipeError:
        os._exit(1)
    finally:
        local.close()


def _listen(pipe: Connection, photos: SimpleQueue[Photo | None]) -> None:
    """Take photos from the pipe. If the pipe breaks, the parent is dead: then this process ends at once."""
    try:
        while (photo := pipe.recv()) is not None:
            photos.put(photo)
    except (EOFError, OSError):
        os._exit(1)
    photos.put(None)
