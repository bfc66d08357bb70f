import os
import subprocess
import sys

import pytest

from eraser.system import machine
from eraser.system.machine import limited_threads, thread_count


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(machine, "usable_cores", lambda: 4)
    monkeypatch.setattr(machine, "_allowed", None)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


@pytest.mark.parametrize(
    ("said", "threads"), [("1", 1), ("3", 3), ("9", 4), ("2,1", 2), ("", 4), ("0", 4), ("many", 4), ("-1", 4)]
)
def test_the_user_may_set_fewer_threads_than_there_are_cores(said, threads, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", said)

    assert thread_count() == threads


def test_a_worker_takes_the_threads_that_it_is_given(monkeypatch):
    monkeypatch.setattr(machine, "_allowed", 2)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    assert thread_count() == 2


def test_worker_processes_inherit_their_share_of_threads_unless_the_user_has_set_another(monkeypatch):
    code = "import os; print(os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'])"

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    with limited_threads(1):
        seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert seen.split() == ["1", "7"]
    assert "OMP_NUM_THREADS" not in os.environ


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not say which cores may be used")
def test_a_process_that_may_run_on_one_core_uses_one_thread():
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
    code += "from eraser.system.machine import thread_count; print(thread_count())"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"
