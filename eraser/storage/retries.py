"""Errors that may pass are tried again: a store that is too busy, a connection that breaks."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger(__name__)

TRIES = 7
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0
"""The waits double: about a minute in all."""

Result = TypeVar("Result")

_FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
_FINAL_NUMBERS = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.ENAMETOOLONG, errno.EMSGSIZE})
"""Of requests that are wrong or not allowed: they would fail again."""


def patiently(act: Callable[[], Result], what: str) -> Result:
    """The result of a call, which is repeated after an OSError that may pass.

    The waits are partly random, so that machines that failed together do not come back together.

    Args:
        act: Safe to repeat.
        what: For the log.
    """
    wait_s = FIRST_WAIT_S
    for _ in range(TRIES - 1):
        try:
            return act()
        except _FINAL:
            raise
        except OSError as error:
            if error.errno in _FINAL_NUMBERS:
                raise
            log.debug("%s: %s; again in about %.1f s", what, error, wait_s)
        time.sleep(wait_s * random.uniform(0.5, 1.0))
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)
    return act()
