"""Compiled code on disk: whatever lies there, loops run."""

import os
import subprocess
import sys

import pytest

MODULE = """
from eraser.system.jit import compiled

@compiled
def double(x):
    return 2 * x
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "loops.py").write_text(MODULE)
    cache = tmp_path / "cache"

    def run():
        variables = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
        variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *sys.path])
        code = "from loops import double; print(double(21), sum(double.stats.cache_hits.values()))"
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    run.cache = cache
    return run


def test_compiled_code_is_kept_between_runs(run):
    assert run() == ["42", "0"]
    assert run() == ["42", "1"]


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", ["cut", "empty", "foreign"])
def test_a_damaged_cache_is_compiled_anew(run, suffix, damage):
    run()
    (file,) = run.cache.rglob(f"*{suffix}")
    content = file.read_bytes()
    file.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "foreign": b"\x80\x04nonsense" * 99}[damage])

    assert run() == ["42", "0"]
    assert run() == ["42", "1"]


def test_a_cache_folder_that_cannot_be_written_is_done_without(run):
    run.cache.write_bytes(b"a file in the place of the folder")

    assert run()[0] == "42"
