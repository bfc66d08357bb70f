"""Whether the network may be used."""

from __future__ import annotations

import os

VARIABLES = ("ERASER_OFFLINE", "HF_HUB_OFFLINE")
_NO = ("", "0", "false", "no", "off")


def is_offline() -> bool:
    """Whether the environment forbids the network: ``ERASER_OFFLINE=1`` or ``HF_HUB_OFFLINE=1``."""
    return any(os.environ.get(name, "").strip().lower() not in _NO for name in VARIABLES)


def go_offline() -> None:
    """Forbid the network in this process and in those that it starts."""
    os.environ[VARIABLES[0]] = "1"
