import os
import subprocess
import sys
from dataclasses import replace

import pytest

from eraser.system.process_id import ProcessId, this_process


def test_a_tag_names_the_process_and_nothing_else_is_taken_for_one():
    assert ProcessId.parse(str(this_process())) == this_process()
    assert [ProcessId.parse(text) for text in ("", "12", "x-1-2", f"{this_process()}-3")] == [None] * 4


def test_this_process_and_its_parent_live():
    parent = subprocess.run(
        [sys.executable, "-c", "from eraser.system.process_id import *; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    assert not this_process().is_dead
    assert ProcessId.parse(parent).is_dead


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the number is known")
def test_a_number_that_belongs_to_a_later_process_does_not_keep_the_earlier_one_alive():
    assert replace(this_process(), began=this_process().began - 1000).is_dead


@pytest.mark.parametrize("unknown", ["there", "here"])
def test_a_process_whose_start_time_is_unknown_counts_as_alive(monkeypatch, unknown):
    process = replace(this_process(), began=0) if unknown == "there" else this_process()
    if unknown == "here":
        monkeypatch.setattr("eraser.system.process_id._began", lambda pid: 0)

    assert not process.is_dead


def test_a_process_that_only_waits_to_be_noticed_is_dead():
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert replace(this_process(), pid=child.pid).is_dead

    child.wait()
    child.stdout.close()


def test_of_another_machine_nothing_is_known():
    other = replace(this_process(), host="0" * 8)

    assert not other.is_here
    assert not other.is_dead
