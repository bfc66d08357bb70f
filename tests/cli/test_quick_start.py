"""What a photo does not need is not loaded."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from eraser.system.paths import shipped_weights_dir
from eraser.weights import hash_file, read_manifest

NOT_NEEDED = ("torch", "torchvision", "ultralytics", "safetensors.torch", "httpx", "rich", "onnx")


def loaded_by(code, cwd):
    code += f"\nimport sys; print(*[name for name in {NOT_NEEDED} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=cwd, check=True, capture_output=True, text=True)
    return run.stdout.splitlines()[-1].split()


def test_a_photo_on_the_cpu_is_erased_without_torch(tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (64, 96, 3), np.uint8)).save(tmp_path / "a.png")
    mask = np.zeros((64, 96), np.uint8)
    mask[20:40, 30:50] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    command = ["a.png", "--mask", "m.png", "--add-mask", "--device", "auto", "-o", "b.png"]

    code = f"import contextlib, sys; sys.argv[1:] = {command}\nfrom eraser.cli import main\n"
    code += "with contextlib.suppress(SystemExit): main()"

    assert loaded_by(code, tmp_path) == []
    assert (tmp_path / "b.png").is_file()


def test_help_loads_no_numpy(tmp_path):
    code = "import contextlib, sys; sys.argv[1:] = ['--help']\nfrom eraser.cli import main\n"
    code += "with contextlib.suppress(SystemExit): main()\nassert 'numpy' not in sys.modules"

    assert loaded_by(code, tmp_path) == []


@pytest.mark.parametrize("name", ["people", "fill"])
def test_the_exports_that_are_shipped_are_pinned_and_made_of_the_weights_beside_them(name):
    import onnxruntime

    entry = read_manifest()[name]
    path = shipped_weights_dir() / f"{name}.onnx"

    assert hash_file(path) == entry.onnx_sha256
    metadata = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_modelmeta()
    assert metadata.custom_metadata_map["made_from_sha256"] == entry.sha256
