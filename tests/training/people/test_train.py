import csv
import subprocess
import sys

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from eraser.maskers.detectors.torch_network import load_network
from eraser.training.app import app
from eraser.training.people.settings import PeopleSettings
from eraser.training.settings_text import parse_settings
from eraser.weights import find, read_metadata


def arguments(data, *more):
    return [
        "people",
        str(data / "people"),
        "--backgrounds",
        str(data / "backgrounds"),
        "--validation",
        str(data / "people"),
        "--run-dir",
        str(data / "run"),
        "--device",
        "cpu",
        *(
            part
            for pair in ("size_px=64", "batch=2", "validate_px=64,96", "warmup_steps=1")
            for part in ("--set", pair)
        ),
        *more,
    ]


def test_the_command_leaves_weights_that_the_masker_loads_and_goes_on_when_called_again(data):
    for steps in (1, 2):
        result = CliRunner().invoke(app, arguments(data, "--set", f"steps={steps}"), catch_exceptions=False)
        assert result.exit_code == 0

    rows = list(csv.DictReader((data / "run" / "curve.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert {"recall_64", "covered_96", "seg_loss", "images_seen"} <= set(rows[0])
    weights = data / "run" / "ema.safetensors"
    assert read_metadata(weights)["imgsz"] in ("64", "96")
    assert (data / "run" / "best.safetensors").is_file()
    assert load_network(find(str(weights), "people"), "cpu").info.best_px in (64, 96)


def test_weights_are_best_on_the_photos_that_are_validated_on_now(data):
    def train(steps):
        result = CliRunner().invoke(app, arguments(data, "--set", f"steps={steps}"), catch_exceptions=False)
        assert result.exit_code == 0
        return (data / "run" / "best.safetensors").exists()

    train(1)
    checkpoint = torch.load(data / "run" / "checkpoint.pt", weights_only=True)
    torch.save(checkpoint | {"best": 1e9}, data / "run" / "checkpoint.pt")
    (data / "run" / "best.safetensors").unlink()
    on_the_same = train(2)
    Image.new("RGB", (80, 100), "white").save(data / "people" / "images" / "hall_2.png")

    assert not on_the_same
    assert train(3)


def test_settings_are_read_as_their_types_say():
    pairs = ["size_px=256,320", "optimizer=adamw", "source_weights=a:2,b:0.5", "workers=3", "arch=yolov8s-seg"]

    assert parse_settings(pairs, PeopleSettings) == {
        "size_px": (256, 320),
        "optimizer": "adamw",
        "source_weights": {"a": 2.0, "b": 0.5},
        "workers": 3,
        "arch": "yolov8s-seg",
    }


@pytest.mark.parametrize(
    "pair", ["optimizer=sgd", "size_px=100", "validate_px=32", "empty_share=0.9", "batch=0", "cooldown=2", "minutes=5"]
)
def test_a_setting_that_cannot_be_is_a_usage_error_that_names_it(data, pair):
    result = CliRunner().invoke(app, arguments(data, "--set", pair))

    assert result.exit_code == 2
    assert pair.partition("=")[0] in result.stderr


@pytest.mark.parametrize("minutes", ["0", "-5", "nan"])
def test_a_run_of_no_time_is_a_usage_error(data, minutes):
    result = CliRunner().invoke(app, arguments(data, "--minutes", minutes))

    assert result.exit_code == 2
    assert "minutes must be above 0" in " ".join(result.stderr.split())


def test_the_help_lists_every_setting_without_loading_torch():
    code = (
        "import sys; from typer.testing import CliRunner; from eraser.training.app import app\n"
        "text = CliRunner().invoke(app, ['people', '--help']).output\n"
        "assert 'mosaic_share=' in text and 'size_px=' in text, text\n"
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_two_processes_train_one_network(data, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "import torch\n"
        "from eraser.training.app import app\n"
        f"app({arguments(data, '--set', 'steps=2', '--set', 'threads=1')!r}, standalone_mode=False)\n"
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    state = torch.load(data / "run" / "checkpoint.pt", weights_only=True)
    assert (state["step"], state["images_seen"]) == (2, 8)
