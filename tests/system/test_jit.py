import os
import threading
import time

import numba
import numpy as np
import pytest

from eraser.system import jit as module
from eraser.system.jit import compiled, compiled_fast, in_strips, is_cached


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder as the cache of compiled code."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(folder))
    return folder


def double_all(first, last, values):
    for i in range(first, last):
        values[i] *= 2


@pytest.mark.parametrize("rows", [0, 1, 2, 15, 16, 17, 1000])
def test_every_row_is_worked_on_once(rows):
    count = np.zeros(rows, np.int64)

    def work(top, bottom, step):
        count[top:bottom] += step

    in_strips(work, rows, 3)

    assert (count == 3).all()


def test_strips_are_the_same_on_any_number_of_threads(monkeypatch):
    cuts, used = [], []

    for threads in (1, 64):
        module._threads.cache_clear()
        monkeypatch.setattr(module, "thread_count", lambda threads=threads: threads)
        strips, names = set(), set()

        def work(top, bottom, strips=strips, names=names):
            strips.add((top, bottom))
            names.add(threading.current_thread().name)
            time.sleep(0.01)

        in_strips(work, 100)
        cuts.append(strips)
        used.append(len(names))
    module._threads.cache_clear()

    assert used[0] == 1 < used[1]
    assert cuts[0] == cuts[1]
    assert len(cuts[0]) == 16


def test_what_fails_in_a_strip_is_raised():
    def work(top, bottom):
        raise ValueError(f"row {top}")

    with pytest.raises(ValueError, match="row 0"):
        in_strips(work, 4)


def test_strips_run_on_threads_of_their_own():
    names = set()

    in_strips(lambda top, bottom: names.add(threading.current_thread().name), 8)

    assert all(name.startswith("eraser") for name in names)


def test_compiled_code_is_kept_and_known_to_be_kept_until_the_source_changes(cache):
    assert not is_cached(__file__)

    values = np.ones(4)
    compiled(double_all)(0, 4, values)

    assert (values == 2).all()
    assert list(cache.glob("**/*.nbi"))
    assert is_cached(__file__)
    for index in cache.glob("**/*.nbi"):
        os.utime(index, (0, 0))
    assert not is_cached(__file__)


def test_code_of_another_module_does_not_count(cache):
    compiled(double_all)(0, 1, np.ones(1))

    assert not is_cached(module.__file__)


@pytest.mark.parametrize("decorator", [compiled, compiled_fast])
def test_without_a_folder_to_write_to_code_is_compiled_every_time(decorator, monkeypatch):
    njit = numba.njit

    def njit_read_only(**flags):
        if flags.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**flags)

    monkeypatch.setattr(numba, "njit", njit_read_only)
    values = np.ones(3)

    decorator(double_all)(0, 3, values)

    assert (values == 2).all()
