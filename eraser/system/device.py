"""Where networks run: one check for the whole project, made only when a network needs a device."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eraser.errors import DeviceError
from eraser.system.threads import use_passive_waiting


def resolve_device(wanted: str) -> str:
    """The device to use: for ``auto`` the best one here, else the one asked for.

    Args:
        wanted: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        DeviceError: The device asked for is not there.
    """
    if wanted == "cpu" or (wanted == "auto" and not may_have_gpu()):
        return "cpu"
    use_passive_waiting()
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, here in available.items() if here)
    if not available.get(wanted.partition(":")[0]):
        raise DeviceError(f"there is no {wanted} device that torch can use here: try --device auto or --device cpu")
    return wanted


def may_have_gpu() -> bool:
    """Whether torch may find a graphics card: looks for drivers, without importing torch."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll").is_file()
    return any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd"))


class DeviceField:
    """A dataclass field ``device`` that may be set to a function, which is called when the device is first read.

    So a plugin that never reads the device never imports torch.
    """

    def __get__(self, context: Any, owner: type | None = None) -> str:  # noqa: ANN401 - a context of any kind
        if context is None:
            return "cpu"  # the field's default
        device: str | Callable[[], str] = vars(context)["device"]
        if not isinstance(device, str):
            device = vars(context)["device"] = device()
        return device

    def __set__(self, context: Any, device: str | Callable[[], str]) -> None:  # noqa: ANN401  as above
        vars(context)["device"] = device
