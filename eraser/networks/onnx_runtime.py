"""ONNX Runtime sessions: as many threads as this process may use, and errors in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.system.machine import thread_count
from eraser.system.onnx import import_onnxruntime


def open_session(path: Path, device: str = "cpu", *, quick: bool = False) -> Any:  # noqa: ANN401  onnxruntime has no types
    """A session that runs an ONNX file.

    Args:
        path: The file.
        device: ``cuda`` takes the graphics card if this ONNX Runtime can, everything else the CPU.
        quick: Optimize less and keep no memory between runs: for networks that run a few times only. It opens sooner
            and takes 25 MB less; a run takes an eighth longer. The numbers stay the same.

    Raises:
        WeightsMismatchError: The file is damaged, or too new for this ONNX Runtime.
        WeightsError: ONNX Runtime cannot be imported here.
    """
    try:
        onnxruntime = import_onnxruntime()
    except ImportError as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(f"{path.name} needs ONNX Runtime, which cannot be imported ({reason})") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count()
    options.inter_op_num_threads = 1
    # Threads that wait must not take the cores that the patch search and other workers need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    if quick:
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.disable_prepacking", "1")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    wanted = ["CUDAExecutionProvider"] if device == "cuda" else []
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()] + ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(path, options, providers=providers)
    except Exception as error:  # the runtime has a family of errors of its own
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise WeightsMismatchError(f"{path} cannot be read by ONNX Runtime: {reason}") from error
