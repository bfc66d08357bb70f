"""The parts of a rehearsal of the container that need no root and no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.container.dockerfile import read_steps
from tests.container.rehearse import sent

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "container" / "Dockerfile"


def test_steps_are_read_in_stages_with_lines_joined_and_comments_left_out(tmp_path):
    file = tmp_path / "Dockerfile"
    file.write_text('FROM a AS b\n# no step\nRUN one \\\n  && two\nFROM c\nENV X=1 Y="2 3"\nCMD ["x", "--y"]\n')

    first, second = read_steps(file)

    assert [(step.word, step.rest) for step in first] == [("FROM", "a AS b"), ("RUN", "one   && two")]
    assert second[1].pairs() == {"X": "1", "Y": "2 3"}
    assert second[2].command() == ["x", "--y"]


def test_our_steps_end_as_another_user_with_a_command_and_a_health_check_that_is_python():
    steps = {step.word: step for step in read_steps(DOCKERFILE)[-1]}

    assert steps["USER"].rest == "eraser"
    assert steps["CMD"].command()[:2] == ["eraser", "serve"]
    compile(steps["HEALTHCHECK"].command()[2], "health check", "exec")


def test_the_wheel_can_be_built_from_what_is_sent_to_the_build(tmp_path):
    for name in sent():
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)

    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "wheel")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert [file.suffix for file in (tmp_path / "wheel").iterdir()] == [".whl"]


@pytest.mark.slow
@pytest.mark.skipif("ERASER_CONTAINER" not in os.environ, reason="takes minutes and 15 GB: set ERASER_CONTAINER=1")
def test_every_step_of_the_dockerfile_runs_and_the_server_is_healthy_and_erases():
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("it mounts layers: needs root on Linux")

    done = subprocess.run([sys.executable, "tests/container/rehearse.py"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count("healthy") == done.stdout.count("ended with 0") == 2
    assert "people gone: 1" in done.stdout
