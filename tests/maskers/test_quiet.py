"""The promise that ultralytics neither talks to the network nor touches the machine, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

SPY = """
import json, os, socket, subprocess, sys
seen = []

def spy(name):
    def refuse(*args, **kwargs):
        seen.append(f"{name} {args}")
        raise OSError(f"{name} is watched")
    return refuse

# torch looks for shared libraries by ldconfig while it is imported, whoever imports it.
import cv2, numpy, torch
before = (cv2.getNumThreads(), torch.get_num_threads(), dict(os.environ), numpy.get_printoptions())

socket.socket.connect = spy("connect")
socket.getaddrinfo = spy("getaddrinfo")
subprocess.Popen.__init__ = spy("Popen")
os.system = spy("system")

import numpy as np
from pathlib import Path
from eraser.maskers.quiet_ultralytics import import_ultralytics
from safetensors.torch import save_file

tasks = import_ultralytics("ultralytics.nn.tasks")
state = tasks.SegmentationModel("yolo11n-seg.yaml", nc=1, verbose=False).state_dict()
save_file(state, os.environ["TEST_WEIGHTS"], {"arch": "yolo11n-seg", "imgsz": "64"})

from eraser.maskers.base import MaskerContext
from eraser.maskers.registry import discover

masker = discover().load("yolo", MaskerContext(weights_dir=Path("."), weights=os.environ["TEST_WEIGHTS"]))
masker(np.zeros((40, 60, 3), np.uint8))
after = (cv2.getNumThreads(), torch.get_num_threads(), dict(os.environ), numpy.get_printoptions())
slow = [name for name in ("matplotlib", "pandas", "polars", "torchvision", "scipy") if name in sys.modules]
print(json.dumps({"seen": seen, "changed": before != after, "slow": slow}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiet")
    for name in ("home", "work"):
        (folder / name).mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("YOLO_", "PYTEST", "XDG_"))}
    env |= {"HOME": str(folder / "home"), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    env |= {"TEST_WEIGHTS": str(folder / "people.safetensors"), "PYTHONDONTWRITEBYTECODE": "1"}
    env |= {"OMP_WAIT_POLICY": "PASSIVE"}  # which eraser.system.threads would set, for a reason of its own
    command = [sys.executable, "-c", SPY]
    done = subprocess.run(command, cwd=folder / "work", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_no_socket_is_opened_and_no_program_is_started(run):
    assert json.loads(run[1].stdout)["seen"] == []


def test_nothing_is_printed_by_the_library(run):
    assert len(run[1].stdout.splitlines()) == 1
    assert run[1].stderr == ""


def test_neither_the_home_nor_the_working_folder_is_written_to(run):
    folder, _ = run

    assert list((folder / "home").iterdir()) == []
    assert list((folder / "work").iterdir()) == []


def test_threads_environment_and_print_options_stay_as_they_were(run):
    assert json.loads(run[1].stdout)["changed"] is False


def test_slow_imports_that_finding_people_does_not_need_are_left_out(run):
    assert json.loads(run[1].stdout)["slow"] == []
