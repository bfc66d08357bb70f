import ctypes
import threading
import time

import numba
import numpy as np
import pytest

from eraser.system import compile as compile_module
from eraser.system import jit as module
from eraser.system.jit import compiled, compiled_fast, in_strips, is_cached


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder as the cache of compiled code."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
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


def test_compiled_code_is_known_to_be_kept(cache):
    loop = compiled(double_all)
    assert not is_cached(loop)

    values = np.ones(4)
    loop(0, 4, values)

    assert (values == 2).all()
    assert list(cache.glob("*.loop"))
    assert is_cached(compiled(double_all))
    assert not is_cached(compiled_fast(double_all))


@pytest.mark.parametrize(
    "values",
    [
        np.ones((6, 8), np.float32),
        np.ones((6, 8), np.float32).T,
        np.ones((6, 8), np.uint8)[::2, 1::3],
        np.ones((6, 8), np.int32, order="F"),
        np.ones((2, 0), np.float64),
        np.frombuffer(b"0" + np.ones(9, np.float32).tobytes(), np.uint8)[1:].view(np.float32).reshape(3, 3),
    ],
    ids=["C", "F", "gaps", "order F", "empty", "unaligned"],
)
def test_arrays_of_any_layout_are_read_and_written(values, cache):
    out = np.zeros(values.shape, np.float64)

    compiled(scale_all)(values, 3, out)

    assert (out == 3).all()


def scale_all(values, factor, out):
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            out[y, x] = values[y, x] * factor


def test_what_numba_cannot_compile_is_its_own_error(cache):
    with pytest.raises(numba.core.errors.NumbaError):
        compiled(scale_all)(np.ones((2, 3), ">f4"), 3, np.zeros((2, 3)))


@pytest.mark.parametrize("factor", [3, 3.0, np.float32(3), np.int8(3), np.uint64(3)])
def test_numbers_of_any_type_are_passed(factor, cache):
    out = np.zeros((2, 3))

    compiled(scale_all)(np.ones((2, 3)), factor, out)

    assert (out == 3).all()


def add_pair(pair, out):
    out[0] += pair[0] * 10 + pair[1]


def test_tuples_are_passed(cache):
    out = np.zeros(1)

    compiled(add_pair)((4, 2), out)

    assert out == 42


def average(values):
    return values.mean()


def test_a_function_that_returns_something_is_called_through_numba(cache):
    assert compiled(average)(np.arange(5.0)) == 2


def read_far(values, at):
    values[0] = values[at]
    if values[0] > 0:
        raise ValueError("found")


def test_an_error_inside_a_loop_is_raised(cache):
    with pytest.raises(RuntimeError, match=r"read_far failed"):
        compiled(read_far)(np.ones(3), 1)


def test_without_a_folder_to_write_to_code_is_compiled_every_time(cache):
    cache.write_bytes(b"a file")
    values = np.ones(3)

    compiled(double_all)(0, 3, values)

    assert (values == 2).all()


def test_a_numba_that_passes_arguments_in_another_way_calls_loops_itself(cache, monkeypatch):
    monkeypatch.setitem(compile_module._LLVM_TYPES, ctypes.c_int64, "i128")
    values = np.ones(3)

    compiled(double_all)(0, 3, values)

    assert (values == 2).all()
    assert not cache.exists()
