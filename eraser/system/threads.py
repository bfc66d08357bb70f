"""How the threads of torch wait."""

from __future__ import annotations

import os


def use_passive_waiting() -> None:
    """Let idle OpenMP threads sleep instead of spin; must be called before torch is imported for the first time.

    Spinning threads and any other busy process take the cores from each other: finding people on a small photo took
    2.0 s beside one busy process, and 0.1 s with threads that sleep. ``$OMP_WAIT_POLICY`` overrides.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
