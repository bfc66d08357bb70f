"""A connection to a cluster. Ray is imported here and in the actors only."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import os
import secrets
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from eraser.errors import ClusterError
from eraser.system.machine import usable_cores

log = logging.getLogger(__name__)

_STORE_BYTES = 100_000_000
"""Memory for Ray's objects on this machine. It can be small: outcomes are small, and pixels do not travel."""


_CONNECT_S = 10.0


def import_ray() -> Any:  # noqa: ANN401  it is imported when it is used
    """Import Ray so that it sends no statistics.

    Raises:
        ClusterError: It is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it is read during the import
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # of calls that nobody waits for once a run has ended
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else every actor without a GPU warns
    try:
        import ray
    except ImportError as error:
        raise ClusterError("--ray needs an extra package: pip install 'erase-me[ray]'") from error
    return ray


@contextlib.contextmanager
def connected(address: str, cores: float | None = None) -> Iterator[Any]:
    """Ray, connected. A connection that is there already is used and stays open.

    Args:
        address: ``auto``, ``local``, or that of a cluster.
        cores: For ``local``: how many the cluster offers at least; None means those of this machine.

    Raises:
        ClusterError: Ray is not installed, or there is no such cluster.
    """
    if address == "local" and "RAY_AUTH_MODE" not in os.environ:
        # With a token of its own, Ray leaves none in the home folder, where it would change later `ray start`s.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    ray = import_ray()
    if ray.is_initialized():
        yield ray
        return
    options: dict[str, Any] = {"address": address}
    if address == "local":
        count = max(usable_cores(), math.ceil(cores or 0))
        options |= {"include_dashboard": False, "num_cpus": count, "object_store_memory": _STORE_BYTES}
    elif address != "auto":
        _check_port(address)
    with contextlib.redirect_stdout(_ToLog()):  # Ray prints there that a worker died
        try:
            ray.init(**options, logging_level=logging.ERROR, log_to_driver=False)
        except (ConnectionError, ValueError, RuntimeError, OSError, ray.exceptions.AuthenticationError) as error:
            raise _no_cluster(address, error) from error
        try:
            yield ray
        finally:
            ray.shutdown()


def _check_port(address: str) -> None:
    """Raise ClusterError if no process listens there; Ray itself would try for minutes."""
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=_CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise _no_cluster(address, error) from error


def _no_cluster(address: str, error: Exception) -> ClusterError:
    reason = " ".join(str(error).split())[:200]
    where = "around: start one with `ray up` or `ray start --head`" if address == "auto" else f"at {address}"
    token = (
        "" if address == "local" else "; a cluster that wants a token needs RAY_AUTH_MODE=token here and on each node"
    )
    return ClusterError(f"there is no Ray cluster {where} ({reason}){token}")


class _ToLog(io.TextIOBase):
    """Takes what is printed and logs it."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text.strip():
            log.debug("%s", text.strip())
        return len(text)
