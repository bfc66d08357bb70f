"""ONNX Runtime keeps an identifier and a list of events below the home folder as long as its telemetry is on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")

OPEN = "onnxruntime.InferenceSession({file!r}, providers=['CPUExecutionProvider'])"


def files_after(code, home):
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    subprocess.run([sys.executable, "-c", code], env={**variables, "HOME": str(home)}, check=True)
    return [path for path in home.rglob("*") if "onnxruntime" in path.name]


@pytest.fixture(scope="module")
def network():
    file = Path(__file__).parents[2] / "weights" / "people.onnx"
    if not file.is_file():
        pytest.skip("our own weights are not here")
    return str(file)


def test_the_telemetry_of_onnx_runtime_is_off_whoever_opens_a_network(tmp_path, network):
    (tmp_path / "on").mkdir()
    (tmp_path / "off").mkdir()
    if not files_after(f"import onnxruntime\n{OPEN.format(file=network)}", tmp_path / "on"):
        pytest.skip("this ONNX Runtime has no telemetry")
    ours = "from eraser.networks.onnx_runtime import open_session; from pathlib import Path\n"

    assert files_after(f"{ours}open_session(Path({network!r}))", tmp_path / "off") == []


def test_it_is_imported_in_one_place():
    package = Path(__file__).parents[2] / "eraser"
    named = [path for path in package.rglob("*.py") if "import onnxruntime" in path.read_text(encoding="utf-8")]

    assert named == []
