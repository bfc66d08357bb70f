import importlib
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from eraser.toolbox import app
from eraser.weights import read_manifest


@pytest.fixture(autouse=True)
def own(monkeypatch, tmp_path):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    module = importlib.import_module("eraser.toolbox.setup")  # the package holds the command under that name, too
    monkeypatch.setattr(module, "_compile", lambda: None)  # in this process; it takes ten seconds
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def test_a_dry_run_shows_what_runs_would_fetch_and_fetches_nothing(own):
    result = CliRunner().invoke(app, ["setup", "--dry-run"])

    assert result.exit_code == 0
    assert [line.split("  ")[0] for line in result.output.splitlines()[:2]] == ["name", "yolo26s-seg"]
    assert f"1 to fetch, 23 MB, into {own}" in result.output.replace("\n", "")
    assert not list(own.iterdir())


def test_all_adds_what_only_some_options_need():
    result = CliRunner().invoke(app, ["setup", "--all", "--dry-run"])

    assert [name for name in read_manifest() if f"\n{name} " in result.output] == [
        "yolo26s-seg",
        "lama",
        "migan",
        "yunet",
        "sface",
    ]


def test_what_is_here_is_not_fetched_again(own):
    (own / "yolo26s-seg.pt").write_bytes(b"here")

    assert CliRunner().invoke(app, ["setup"]).output.splitlines()[-1] == "everything is here"


def test_without_a_network_it_fails_with_the_exit_code_of_weights():
    result = CliRunner().invoke(app, ["setup"])

    assert result.exit_code != 0
    assert "the network must not be used" in str(result.exception)


def test_the_list_says_what_is_the_default_and_why(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    from eraser.toolbox.weights import _defaults

    assert _defaults({"people", "fill"}) == [
        "finding people: people by default, yolo26s-seg is not here, and the network must not be used",
        "filling: fill by default, they come with erase-me",
    ]
    monkeypatch.delenv("ERASER_OFFLINE")
    assert _defaults({"people"}) == ["finding people: yolo26s-seg by default, the next run fetches them"]


def test_setup_compiles_every_loop_that_a_photo_needs(own, tmp_path, monkeypatch):
    (own / "yolo26s-seg.pt").write_bytes(b"here")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled"))
    code = """
import sys
import numpy as np
from eraser.config import ModelConfig
from eraser.engine import Engine
image = np.random.default_rng(1).integers(0, 255, (1500, 2000, 3), np.uint8)
mask = np.zeros((1500, 2000), bool)
mask[200:1200, 500:1000] = True
result = Engine(ModelConfig(device='cpu')).erase(image, mask=mask)
print(result.changed, 'numba' in sys.modules)
"""
    for command in (["-c", "from eraser.toolbox import main; main()", "setup"], ["-c", code]):
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False"]
