"""Names a process, so that what a dead one left can be taken over.

A process number alone is not enough: after a crash or a restart the system gives it to another process. So the start
time goes with it, and the machine's name, since folders are shared over networks.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
from dataclasses import dataclass

_TAG = re.compile(r"(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-(?P<began>\d+)")
_CLOCK_S = 60
"""Start times that differ by at most this are the same: the clock may be set in between."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process."""

    host: str
    """8 hex digits that stand for the machine; those that share a folder need different names."""
    pid: int
    began: int
    """When the process began, in seconds since 1970; 0 where the system does not say."""

    @classmethod
    def parse(cls, tag: str) -> ProcessId | None:
        """The process whose ``str`` is the tag; None if it is not such a tag."""
        match = _TAG.fullmatch(tag)
        return None if match is None else cls(match["host"], int(match["pid"]), int(match["began"]))

    def __str__(self) -> str:
        return f"{self.host}-{self.pid}-{self.began}"

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine: whether processes of other machines live is unknown here."""
        return self.host == _host()

    @property
    def is_dead(self) -> bool:
        """Whether it certainly runs no more."""
        if not self.is_here:
            return False
        if not _is_running(self.pid):
            return True
        began = _began(self.pid)
        return bool(began and self.began) and abs(self.began - began) > _CLOCK_S


def this_process() -> ProcessId:
    """The process that asks; asked anew each time, since a fork is another one."""
    return ProcessId(_host(), os.getpid(), _began(os.getpid()))


@functools.cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _began(pid: int) -> int:
    """When a process began, in seconds; 0 where there is none, or the system does not say."""
    import psutil

    try:
        began: float = psutil.Process(pid).create_time()
    except psutil.Error:
        return 0
    return round(began)


def _is_running(pid: int) -> bool:
    """Whether there is a process that has not ended. One that only waits for its parent to notice has."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # it belongs to another user
        return True
