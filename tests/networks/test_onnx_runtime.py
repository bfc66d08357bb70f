"""Sessions: what ONNX Runtime cannot do here ends in one line, and threads change no result."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.networks import onnx_runtime
from eraser.networks.onnx_runtime import open_session


@pytest.fixture
def network(tmp_path):
    """A convolution, whose sums are shared out to threads."""
    weights = np.random.default_rng(0).normal(size=(16, 3, 5, 5)).astype(np.float32)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 64, 64])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "g", [given], [out], [onnx.numpy_helper.from_array(weights, "w")])
    path = tmp_path / "network.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("quick", [False, True])
def test_the_number_of_threads_changes_no_result(network, quick, monkeypatch):
    x, found = np.random.default_rng(1).normal(size=(1, 3, 64, 64)).astype(np.float32), []

    for threads in (1, 2, 7):
        monkeypatch.setattr(onnx_runtime, "thread_count", lambda threads=threads: threads)
        found.append(open_session(network, quick=quick).run(None, {"x": x})[0])

    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_less_optimizing_changes_no_result(network):
    x = np.random.default_rng(1).normal(size=(1, 3, 64, 64)).astype(np.float32)

    full, quick = (open_session(network, quick=quick).run(None, {"x": x})[0] for quick in (False, True))

    np.testing.assert_allclose(full, quick, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("reason", ["DLL load failed", "CPU lacks AVX\nmore of it"])
def test_a_runtime_that_cannot_be_loaded_here_is_one_line(network, reason, monkeypatch):
    class Refuses:
        def find_spec(self, name, path=None, target=None):
            if name == "onnxruntime":
                raise ImportError(reason)

    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refuses(), *sys.meta_path])

    with pytest.raises(WeightsError) as caught:
        open_session(network)

    first = reason.splitlines()[0]
    assert str(caught.value) == f"network.onnx needs ONNX Runtime, which cannot be imported ({first})"


@pytest.mark.parametrize("damage", ["cut", "empty", "newer opset"])
def test_a_damaged_or_newer_file_is_one_line(network, damage):
    content = network.read_bytes()
    if damage == "newer opset":
        model = onnx.load_from_string(content)
        model.opset_import[0].version = 999
        content = model.SerializeToString()
    network.write_bytes({"cut": content[: len(content) // 2], "empty": b""}.get(damage, content))

    with pytest.raises(WeightsMismatchError, match=r"^.*network\.onnx cannot be read by ONNX Runtime: [^\n]+$"):
        open_session(network)


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot fork")
def test_a_process_that_was_forked_after_use_can_open_a_session_of_its_own(network):
    code = f"""
import os, sys
from pathlib import Path
import numpy as np
from eraser.networks.onnx_runtime import open_session
x = np.ones((1, 3, 64, 64), np.float32)
before = open_session(Path({str(network)!r})).run(None, {{"x": x}})[0]
child = os.fork()
if child == 0:
    after = open_session(Path({str(network)!r})).run(None, {{"x": x}})[0]
    os._exit(0 if np.array_equal(before, after) else 1)
print(os.waitpid(child, 0)[1])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout.strip() == "0"
