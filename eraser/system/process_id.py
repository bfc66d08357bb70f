"""Who works on something: a process that is told from every other one, so that what a dead one left can be taken over.

A number alone does not do: after a crash or a restart it soon belongs to somebody else. So the time at which the
process began goes with it where the system says so, and the machine's name, since folders are shared over networks.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_TAG = re.compile(r"(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-(?P<began>\d+)")
_BEGAN_FIELD = 22 - 3
"""Of /proc/PID/stat, counted after the name in parentheses, which may hold spaces: the state is field 3."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process."""

    host: str
    """8 hex digits that stand for the machine; those that share a folder need different names."""
    pid: int
    began: int
    """When the process began, in the system's own unit; 0 where it does not say."""

    @classmethod
    def parse(cls, tag: str) -> Owner | None:
        """The owner that ``str`` made the tag of; None if it is no such tag."""
        match = _TAG.fullmatch(tag)
        return None if match is None else cls(match["host"], int(match["pid"]), int(match["began"]))

    def __str__(self) -> str:
        return f"{self.host}-{self.pid}-{self.began}"

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine: of any other nobody can say here whether it lives."""
        return self.host == _host()

    @property
    def is_dead(self) -> bool:
        """Whether it certainly runs no more."""
        return self.is_here and (not _is_running(self.pid) or self.began != _began(self.pid))


def this_process() -> Owner:
    """The process that asks; asked anew each time, since a fork is another one."""
    return Owner(_host(), os.getpid(), _began(os.getpid()))


@functools.cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _began(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat.rpartition(b")")[2].split()[_BEGAN_FIELD])


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":  # there os.kill ends the process that it asks about
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether it ended, and only waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False
