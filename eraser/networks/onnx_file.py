"""Writing ONNX files: traced by torch, with metadata, large tensors stored as float16."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from eraser.system.onnx import import_onnxruntime

_OPSET = 17
_LEAST_HALVED = 64
"""Numbers of a tensor that is stored as float16; smaller ones are constants of the graph."""
_METADATA_FIELD = 14
"""Of ModelProto; each entry is a message with key (field 1) and value (field 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What goes in and out of a traced network."""

    example: tuple[Tensor, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    axes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """Input or output -> the axes whose length may change, with a name for each."""


def write_onnx(model: nn.Module, signature: Signature, target: Path, metadata: Mapping[str, str]) -> None:
    """Trace a network in eval mode and write it as an ONNX file of float32 tensors."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that become constants, which is what is wanted
        torch.onnx.export(
            model,
            signature.example,
            target,
            input_names=signature.inputs,
            output_names=signature.outputs,
            dynamic_axes=signature.axes,
            opset_version=_OPSET,
            # Batch norms stay: folded into float16 tensors they would round once more. ONNX Runtime folds them itself.
            training=torch.onnx.TrainingMode.PRESERVE,
            dynamo=False,
        )
    with target.open("ab") as file:  # a message of protobuf may be followed by more of its fields
        for key, value in metadata.items():
            file.write(_field(_METADATA_FIELD, _field(1, key.encode()) + _field(2, value.encode())))


def simplify(path: Path) -> None:
    """Fold constants and shapes, which would take a fifth of a second at every start. The numbers stay the same.

    Not for networks with batch norms whose tensors are stored as float16: folded ones would be rounded once more.
    """
    onnxruntime = import_onnxruntime()

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])


def store_halves(path: Path) -> None:
    """Store large float32 tensors as float16, each with a cast that ONNX Runtime folds when it loads the file.

    Raises:
        ImportError: The package ``onnx`` is missing.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        if values.size < _LEAST_HALVED or not np.isfinite(halves).all():
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(halves, f"{name}_half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = list(model.graph.node)
    domains = {node.domain for node in nodes}
    used = [opset for opset in model.opset_import if opset.domain in domains]
    del model.opset_import[:]
    model.opset_import.extend(used)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
