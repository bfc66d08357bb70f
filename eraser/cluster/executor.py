"""Gives photos to actors and gets outcomes back. If an actor or a node dies, only time is lost.

Each actor has a few photos at most, and photos are listed only as actors take them: the driver's memory does not depend
on how many there are. When an actor dies, another one takes its place; the photos that it had are tried again, each
alone. If three actors die with the same photo, that photo has failed. The claims of the dead actor belong to this run,
so no actor waits for them.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from eraser.archive import ArchivePlan, StoredPhoto
from eraser.batch.failures import as_error
from eraser.batch.outcome import Outcome
from eraser.cluster.actor import PhotoActor
from eraser.cluster.start import connected
from eraser.errors import ClusterError, EraserError
from eraser.weights.offline import is_offline

log = logging.getLogger(__name__)

_AHEAD = 4
"""Photos that an actor has at a time: one is fetched, one is filled, one is sent, one waits."""
_BYTES_EACH = 2_000_000_000
"""Memory for each, as for worker processes."""
_MOST_DEATHS_OF_PHOTO = 3
_MOST_DEATHS_EACH = 3
"""Of actors one after another without a single outcome, for each actor of the run."""
_WAIT_S = 1.0
_SAY_WAITING_S = 30.0
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_NUMBERS = itertools.count(1)
"""Numbers for names of actors. None is used twice: Ray frees a name only some time after its actor is dead."""
_END_S = 20.0
"""Time for actors to finish the object that they write, before they are killed."""


@dataclass(slots=True, eq=False)
class _Actor:
    """An actor as the driver sees it."""

    handle: Any
    ready: Any
    """The call that is answered when the actor has started; None once it was answered."""
    photos: dict[Any, StoredPhoto] = field(default_factory=dict)
    """Photos without an outcome yet, by their calls."""
    is_careful: bool = False
    """It tries one photo, alone, because an actor died with it."""


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Processes photos on a Ray cluster."""

    address: str
    """``auto``, ``local``, or that of a cluster."""
    actors: int | None = None
    """How many; None fills the cluster."""
    cpus: float = 1.0
    """Cores for each."""
    gpus: float = 0.0
    """Share of a GPU for each."""
    tell: Callable[[str], None] = log.warning
    """Called with what a person should know about the cluster."""

    def run(self, plan: ArchivePlan, photos: Iterable[StoredPhoto]) -> Iterator[Outcome]:
        """As ``ArchiveExecutor.run``.

        Raises:
            ClusterError: There is no cluster, or its actors die one after another.
        """
        cores = None if self.actors is None else self.actors * self.cpus
        with connected(self.address, cores) as ray:
            count = self.actors or self._suitable(ray.cluster_resources())
            memory = None if self.actors else _BYTES_EACH
            yield from _Pool(ray, plan, self, memory).erase(photos, count)

    def _suitable(self, resources: dict[str, float]) -> int:
        """How many actors the cluster has room for now."""
        counts = [resources.get("CPU", 0) / self.cpus, resources.get("memory", 0) / _BYTES_EACH]
        if self.gpus:
            counts.append(resources.get("GPU", 0) / self.gpus)
        return max(1, math.floor(min(counts)))


class _Pool:
    """The actors of a run."""

    def __init__(self, ray: Any, plan: ArchivePlan, executor: RayExecutor, memory: int | None) -> None:  # noqa: ANN401
        self._ray, self._plan, self._executor = ray, plan, executor
        self._kind = ray.remote(PhotoActor)
        self._needs: dict[str, Any] = {
            "num_cpus": executor.cpus,
            "num_gpus": executor.gpus,
            "memory": memory,
            "max_concurrency": _AHEAD + 2,  # and ready, and stop
            "max_restarts": 0,
        }
        self._actors: list[_Actor] = []
        self._suspects: deque[StoredPhoto] = deque()
        self._deaths_of: Counter[str] = Counter()
        self._deaths = 0
        self._said = time.monotonic()

    def erase(self, photos: Iterable[StoredPhoto], count: int) -> Iterator[Outcome]:
        """An outcome for each photo, as soon as it is known."""
        listed = iter(photos)
        first = list(itertools.islice(listed, count))
        waiting = itertools.chain(first, listed)
        try:
            self._actors = [self._start() for _ in first]
            while self._feed(waiting):
                for actor, call in self._answered():
                    for outcome in self._receive(actor, call):
                        yield outcome
                        if outcome.ends_run:
                            return
        finally:
            self._end()

    def _start(self) -> _Actor:
        name = f"erase-me-{self._plan.run[:6]}-{next(_NUMBERS)}"
        threads = max(1, int(self._executor.cpus))
        handle = self._kind.options(name=name, **self._needs).remote(self._plan, name, threads, offline=is_offline())
        return _Actor(handle, handle.ready.remote())

    def _feed(self, waiting: Iterator[StoredPhoto]) -> bool:
        """Give every actor enough to do; False when nothing is left, and nothing outstanding."""
        for actor in self._actors:
            if actor.ready is not None or actor.is_careful:
                continue
            if self._suspects and not actor.photos:
                self._send(actor, self._suspects.popleft())
                actor.is_careful = True
                continue
            while not self._suspects and len(actor.photos) < _AHEAD and (photo := next(waiting, None)) is not None:
                self._send(actor, photo)
        if any(actor.photos for actor in self._actors) or self._suspects:
            return True
        if all(actor.ready is None for actor in self._actors):
            return False
        if (photo := next(waiting, None)) is None:
            return False
        self._suspects.append(photo)  # no actor has started yet: the first one that has gets it
        return True

    @staticmethod
    def _send(actor: _Actor, photo: StoredPhoto) -> None:
        actor.photos[actor.handle.do.remote(photo)] = photo

    def _answered(self) -> list[tuple[_Actor, Any]]:
        """Calls that have an answer; an empty list if there is none within a second."""
        calls = {call: actor for actor in self._actors for call in actor.photos}
        calls |= {actor.ready: actor for actor in self._actors if actor.ready is not None}
        if not calls:
            return []
        done, left = self._ray.wait(list(calls), num_returns=1, timeout=_WAIT_S)
        if done and left:
            done += self._ray.wait(left, num_returns=len(left), timeout=0)[0]
        if not done and not any(actor.ready is None for actor in self._actors):
            self._say_waiting()
        return [(calls[call], call) for call in done]

    def _say_waiting(self) -> None:
        if time.monotonic() - self._said > _SAY_WAITING_S:
            self._said = time.monotonic()
            needs = f"{self._executor.cpus:g} cores" + (
                f" and {self._executor.gpus:g} GPU" if self._executor.gpus else ""
            )
            self._executor.tell(f"waiting for the cluster: it has no free place yet for an actor, which needs {needs}")

    def _receive(self, actor: _Actor, call: Any) -> Iterator[Outcome]:  # noqa: ANN401
        """The outcome of a call; several outcomes, or none, if the actor turns out to be dead."""
        if actor not in self._actors:
            return
        if call == actor.ready:
            try:
                self._ray.get(call)
                actor.ready = None
            except self._ray.exceptions.RayError as error:
                yield from self._bury(actor, error)
            return
        if call not in actor.photos:
            return
        try:
            outcome = self._get(actor.photos[call], call)
        except self._ray.exceptions.RayError as error:  # no RayActorError if Ray's memory monitor killed it
            yield from self._bury(actor, error)
            return
        del actor.photos[call]
        actor.is_careful = False
        self._deaths = 0
        yield outcome

    def _get(self, photo: StoredPhoto, call: Any, timeout_s: float | None = None) -> Outcome:  # noqa: ANN401
        """The outcome of a photo, also if the actor raised an error and still lives."""
        try:
            outcome: Outcome = self._ray.get(call, timeout=timeout_s)
        except self._ray.exceptions.RayTaskError as error:
            return self._plan.failed(photo, as_error(error.cause if isinstance(error.cause, Exception) else error))
        return outcome

    def _bury(self, dead: _Actor, reason: Exception) -> Iterator[Outcome]:
        """Replace a dead actor. Outcomes that it had sent are kept; its other photos are tried again."""
        log.debug("an actor died", exc_info=reason)
        self._deaths += 1
        place = self._actors.index(dead)
        why = _in_words(reason)
        if self._deaths >= _MOST_DEATHS_EACH * len(self._actors):
            raise ClusterError(f"actors die one after another; if memory runs out, try fewer --workers ({why})")
        with contextlib.suppress(Exception):
            self._ray.kill(dead.handle)  # if it only cannot be reached, it must not work on beside the new one
        self._actors[place] = self._start()
        self._executor.tell(f"an actor died, another one takes its place: {why}")
        for call, photo in dead.photos.items():
            try:
                yield self._get(photo, call, timeout_s=_END_S)
            except self._ray.exceptions.RayError:
                self._deaths_of[photo.address] += 1
                if dead.is_careful and self._deaths_of[photo.address] >= _MOST_DEATHS_OF_PHOTO:
                    yield self._plan.failed(photo, _poison(why))
                else:
                    self._suspects.append(photo)

    def _end(self) -> None:
        """Stop all actors."""
        stopping = [actor.handle.stop.remote() for actor in self._actors if actor.ready is None]
        with contextlib.suppress(self._ray.exceptions.RayError):
            if stopping:
                self._ray.wait(stopping, num_returns=len(stopping), timeout=_END_S)
        for actor in self._actors:
            with contextlib.suppress(Exception):
                self._ray.kill(actor.handle)


def _in_words(reason: Exception) -> str:
    """The first and the last line of what Ray says: the last one has the error if an actor could not start."""
    lines = [line.strip() for line in _COLOUR.sub("", str(reason)).splitlines() if line.strip(" ^~\t")]
    if not lines:
        return type(reason).__name__
    return lines[0][:160] if len(lines) == 1 else f"{lines[0][:160]} ... {lines[-1][:160]}"


def _poison(why: str) -> EraserError:
    return EraserError(
        f"{_MOST_DEATHS_OF_PHOTO} actors died with it: if the memory does not suffice, try more --actor-cpus "
        f"or fewer --workers ({why})"
    )
