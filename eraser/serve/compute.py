"""Where networks run: in threads of the server with one engine, or in processes that each have an engine.

Handles stay in the server: a process gets pixels and people with each piece of work.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import queue
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Protocol

from eraser.batch.failures import as_error, portable
from eraser.config import EraseRequest, ModelConfig
from eraser.engine import Engine, warm_up
from eraser.errors import EraserError
from eraser.faces.match import Recognition
from eraser.geometry import MaskArray, Person
from eraser.photo import Photo
from eraser.pipeline import OnStage
from eraser.result import EraseResult
from eraser.system.machine import limited_threads, usable_cores, use_threads

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """A photo, and what is asked of it."""

    photo: Photo | None
    """None only loads the networks."""
    request: EraseRequest | None = None
    """None only finds the people."""
    people: tuple[Person, ...] | None = None
    """Everybody in the photo; None looks for them."""
    mask: MaskArray | None = None
    keep: MaskArray | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a task."""

    people: tuple[Person, ...] = ()
    known: Sequence[Recognition] = ()
    """Who each of them is; only after people were looked for, and where a face is known."""
    result: EraseResult | None = None
    """None where nothing was to be erased."""
    weights: Mapping[str, str | None] = field(default_factory=dict)
    """Names of the weights, after networks were loaded."""


class Compute(Protocol):
    """Does tasks; several threads may call it."""

    def do(self, task: Task, on_stage: OnStage, /) -> Done:
        """Do a task; ``on_stage`` hears of stages, and what it raises ends the work.

        Raises:
            EraserError: It failed.
        """

    def close(self) -> None:
        """Let go of everything."""


class LocalCompute:
    """In this process, with one engine for all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def do(self, task: Task, on_stage: OnStage, /) -> Done:
        """Do a task."""
        engine, photo = self._engine, task.photo
        if photo is None:
            on_stage("start")
            masker, inpainter = engine.masker, engine.inpainter
            warm_up(inpainter)
            return Done(weights={"people": _weights_of(masker), "fill": _weights_of(inpainter)})
        if task.request is None:
            on_stage("detect")
            people = engine.find(photo)
            return Done(people, _known_in(engine, photo, people))
        result = engine.erase(
            photo, task.request, people=task.people, mask=task.mask, keep=task.keep, on_stage=on_stage
        )
        return Done(result.people, result=result)

    def close(self) -> None:
        """Nothing is to be let go."""


def _known_in(engine: Engine, photo: Photo, people: tuple[Person, ...]) -> tuple[Recognition, ...]:
    """Who the people are; empty where the known faces cannot be used, as clicking works without them."""
    try:
        return engine.recognize(photo, people)
    except EraserError as error:
        log.warning("no names are shown: %s", error)
        return ()


def _weights_of(tool: object) -> str | None:
    name = getattr(tool, "weights_name", None)
    return None if name is None else str(name)


class ProcessCompute:
    """In processes: each does one task at a time. One that dies is replaced; its task failed."""

    def __init__(self, config: ModelConfig, plugins: Sequence[Path], count: int) -> None:
        self._start = _Starter(config, tuple(plugins), max(1, usable_cores() // count))
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        for _ in range(count):
            self._idle.put(None)

    def do(self, task: Task, on_stage: OnStage, /) -> Done:
        """Do a task in a process that is idle."""
        with self._borrowed() as worker:
            worker.pipe.send(task)
            while True:
                kind, value = worker.pipe.recv()
                if kind == "done":
                    return value if isinstance(value, Done) else Done()
                if kind == "failed":
                    raise value
                try:
                    on_stage(value)
                except BaseException:
                    worker.pipe.send("end")
                    while worker.pipe.recv()[0] == "stage":  # it ends at its next stage
                        worker.pipe.send("end")
                    raise
                worker.pipe.send("go on")

    def close(self) -> None:
        """End the processes that are idle; others end with the server."""
        with contextlib.suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker is not None:
                    worker.end()

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[_Worker]:
        worker: _Worker | None = self._idle.get()
        try:
            if worker is None:
                worker = self._start()
            yield worker
        except (EOFError, OSError) as error:
            if worker is not None:
                worker.end()
            worker = None
            raise EraserError("a worker process died: perhaps the memory does not suffice") from error
        finally:
            self._idle.put(worker)


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection

    def end(self) -> None:
        self.pipe.close()
        self.process.join(2)
        if self.process.is_alive():
            self.process.terminate()


@dataclass(frozen=True, slots=True)
class _Starter:
    config: ModelConfig
    plugins: tuple[Path, ...]
    threads: int

    def __call__(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self), daemon=True)
        with limited_threads(self.threads):
            process.start()
        theirs.close()
        return _Worker(process, ours)


def _work(pipe: Connection, start: _Starter) -> None:
    """A worker process: tasks come down the pipe until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which lets this work end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    use_threads(start.threads)
    compute = LocalCompute(Engine(start.config, start.plugins))

    def on_stage(stage: str) -> None:
        pipe.send(("stage", stage))
        if pipe.recv() != "go on":
            raise _EndedError

    with contextlib.suppress(EOFError, OSError):
        while True:
            task: Task = pipe.recv()
            pipe.send(_attempt(compute, task, on_stage))


def _attempt(compute: LocalCompute, task: Task, on_stage: OnStage) -> tuple[str, Any]:
    try:
        done = compute.do(task, on_stage)
    except _EndedError:
        return "ended", None
    except (EOFError, OSError):
        raise
    except Exception as error:
        return "failed", portable(as_error(error))
    # The photo goes back to who has it, not through the pipe.
    return "done", done if done.result is None else replace(done, result=replace(done.result, photo=None))


class _EndedError(Exception):
    """Nobody waits for this work any more."""
