"""Compiled code on disk: whatever lies there, loops run."""

import os
import subprocess
import sys

import pytest

MODULE = """
import math

from eraser.system.jit import compiled

FACTOR = 2

@compiled
def _times(x):
    return FACTOR * x

@compiled
def double(first, last, values):
    room = values.copy()  # takes memory
    for i in range(first, last):
        values[i] = _times(room[i])
"""
CODE = """
import sys
import numpy as np
from loops import double
values = np.full(3, 21.0)
double(0, 2, values)
print(values.tolist(), 'compiled' if 'numba' in sys.modules else 'loaded')
"""
COMPILED, LOADED = "[42.0, 42.0, 21.0] compiled", "[42.0, 42.0, 21.0] loaded"


@pytest.fixture
def run(tmp_path):
    (tmp_path / "loops.py").write_text(MODULE)
    cache = tmp_path / "cache"

    def run(code=CODE, **more):
        variables = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **more}
        variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *sys.path])
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    run.cache, run.module = cache, tmp_path / "loops.py"
    return run


def test_compiled_code_is_kept_between_runs_and_loaded_without_numba(run):
    assert run() == COMPILED
    assert run() == LOADED


@pytest.mark.parametrize("damage", ["cut", "empty", "foreign", "one bit"])
def test_a_damaged_cache_is_compiled_anew(run, damage):
    run()
    (file,) = run.cache.rglob("*.loop")
    content = file.read_bytes()
    flipped = content[:-99] + bytes([content[-99] ^ 1]) + content[-98:]
    damaged = {"cut": content[: len(content) // 2], "empty": b"", "foreign": b"nonsense" * 99, "one bit": flipped}
    file.write_bytes(damaged[damage])

    assert run() == COMPILED
    assert run() == LOADED


def test_a_cache_folder_that_cannot_be_written_is_done_without(run):
    run.cache.write_bytes(b"a file in the place of the folder")

    assert run() == COMPILED


def test_a_number_that_another_loop_uses_makes_other_code(run):
    run()
    run.module.write_text(MODULE.replace("FACTOR = 2", "FACTOR = 3"))

    assert run() == "[63.0, 63.0, 21.0] compiled"


def test_a_change_of_something_else_in_the_module_keeps_the_code(run):
    run()
    run.module.write_text(MODULE.replace("import math", "'''Loops.'''\nimport math\nUNRELATED = 7\n"))

    assert run() == LOADED


def test_an_option_of_numba_makes_other_code(run):
    run()

    assert run(NUMBA_OPT="1") == COMPILED


def test_numba_that_is_imported_later_works_beside_loaded_code(run):
    run()
    later = "double(0, 3, np.arange(3)); values[:] = 5; double(0, 3, values); print(values.tolist())"

    assert run(CODE + later).splitlines() == [LOADED, "[10.0, 10.0, 10.0]"]


def test_code_that_calls_what_is_not_there_is_left_to_numba(run):
    run()
    code = "from eraser.system import machine_code\nread = machine_code.read\n"
    code += "machine_code.read = lambda *a: __import__('dataclasses').replace(read(*a), needs=('no_such_function',))\n"

    assert run(code + CODE) == COMPILED


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_process_that_was_forked_after_use_runs_loops_on_threads_of_its_own(run):
    code = """
import os
import numpy as np
from loops import double
from eraser.system.jit import in_strips
values = np.ones(64)
in_strips(double, 64, values)
child = os.fork()
if child == 0:
    in_strips(double, 64, values)
    os._exit(0 if (values == 4).all() else 1)
print(os.waitpid(child, 0)[1], values.sum())
"""
    assert run(code) == "0 128.0"
