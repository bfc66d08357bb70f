"""A namespace without a network: the first run says once that it uses its own weights, and goes on."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

HAS_NAMESPACES = (
    shutil.which("unshare")
    and subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0
)


@pytest.mark.slow
@pytest.mark.skipif(not HAS_NAMESPACES, reason="this system makes no namespaces without a network")
def test_without_a_network_a_run_uses_its_own_weights_and_says_so_once(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)).save(tmp_path / "a.png")
    own = {"ERASER_WEIGHTS": str(tmp_path / "own"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_OFFLINE")} | own
    command = ["unshare", "-rn", sys.executable, "-c", "from eraser.cli import main; main()", "a.png", "--json"]

    first, again = (
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
        for _ in range(2)
    )

    assert "cannot fetch" in first.stderr
    assert "cannot fetch" not in again.stderr
    for run in (first, again):
        masker = json.loads(run.stdout)["masker"]
        assert masker["weights"] == "people"
        assert "cannot fetch" in masker["weights_why"]
