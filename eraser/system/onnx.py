"""ONNX Runtime without its telemetry, which its wheels have switched on."""

from __future__ import annotations

import importlib
import os
from typing import Any


def import_onnxruntime() -> Any:  # noqa: ANN401  onnxruntime has no types
    """The module. It sends nothing, and keeps no number of this machine.

    Raises:
        ImportError: It cannot be imported here.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # counts for the first import only
    runtime = importlib.import_module("onnxruntime")
    if hasattr(runtime, "disable_telemetry_events"):  # where somebody else has imported it before
        runtime.disable_telemetry_events()
    return runtime
