import csv
import os
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from eraser.errors import DivergedError
from eraser.training.app import app
from eraser.training.figures import FillFigures
from eraser.training.fill import FillData, train_fill
from eraser.training.settings import FillSettings
from eraser.training.settings_text import parse_settings

TINY = {"channels": (8,) * 6, "cache_px": 64, "batch": 2, "procedural_count": 3, "validate_every": 2, "threads": 1}


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    mask = np.zeros((80, 100), np.uint8)
    mask[30:60, 40:55] = 255
    for folder in ("photos/park", "val/truth", "val/mask", "shapes"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("a", "b"):
        noise = cv2.resize(rng.integers(0, 255, (5, 6, 3), np.uint8), (100, 80))
        cv2.imwrite(str(tmp_path / "photos" / "park" / f"{name}.png"), noise)
        cv2.imwrite(str(tmp_path / "val" / "truth" / f"{name}.png"), noise)
        cv2.imwrite(str(tmp_path / "val" / "mask" / f"{name}.png"), mask)
    cv2.imwrite(str(tmp_path / "shapes" / "p.png"), mask)
    return FillData(photos=[tmp_path / "photos"], shapes=[tmp_path / "shapes"], validation=[tmp_path / "val"])


def read_curve(run_dir):
    with (run_dir / "curve.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_run_leaves_weights_figures_and_a_picture_and_goes_on_when_called_again(data, tmp_path):
    run_dir = tmp_path / "run"

    train_fill(data, run_dir, FillSettings(steps=3, **TINY), device="cpu")
    train_fill(data, run_dir, FillSettings(steps=4, **TINY), device="cpu")

    assert [row["step"] for row in read_curve(run_dir)] == ["2", "3", "4"]
    assert set(FillFigures.names()) <= set(read_curve(run_dir)[0])
    assert float(read_curve(run_dir)[0]["low_mse"]) > 0
    assert {"telea", "navier-stokes", "smooth"} <= set(re.findall(r"^[\w-]+", _text(run_dir / "baselines.csv"), re.M))
    assert cv2.imread(str(run_dir / "grid.png")) is not None
    for name in ("ema.safetensors", "best.safetensors"):
        with safe_open(run_dir / name, "pt") as weights:
            metadata = weights.metadata()
        assert metadata["arch"] == "pennet"
        assert metadata["attention"] == "own"
        assert metadata["size_px"] == "64"


def test_weights_are_best_on_the_photos_that_are_validated_on_now(data, tmp_path):
    run_dir = tmp_path / "run"
    train_fill(data, run_dir, FillSettings(steps=1, **TINY), device="cpu")
    checkpoint = torch.load(run_dir / "checkpoint.pt", weights_only=True)
    torch.save(checkpoint | {"best": 0.0}, run_dir / "checkpoint.pt")
    (run_dir / "best.safetensors").unlink()

    train_fill(data, run_dir, FillSettings(steps=2, **TINY), device="cpu")
    on_the_same = (run_dir / "best.safetensors").exists()
    first = _text(run_dir / "baselines.csv")
    cv2.imwrite(str(tmp_path / "val" / "truth" / "a.png"), np.full((80, 100, 3), 77, np.uint8))
    train_fill(data, run_dir, FillSettings(steps=3, **TINY), device="cpu")

    assert not on_the_same
    assert (run_dir / "best.safetensors").exists()
    assert _text(run_dir / "baselines.csv") != first


def test_weights_that_are_no_numbers_replace_none(data, tmp_path):
    run_dir = tmp_path / "run"
    train_fill(data, run_dir, FillSettings(steps=1, **TINY), device="cpu")
    before = {name: (run_dir / name).read_bytes() for name in ("ema.safetensors", "checkpoint.pt")}

    with pytest.raises(DivergedError):
        train_fill(data, run_dir, FillSettings(steps=9, lr=1e30, clip_norm=1e30, warmup_steps=0, **TINY), device="cpu")

    assert {name: (run_dir / name).read_bytes() for name in before} == before


def test_tensorboard_shows_figures_losses_and_pictures(data, tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

    train_fill(data, tmp_path / "run", FillSettings(steps=4, **TINY), device="cpu")

    board = events.EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    psnr = board.Scalars("validation/psnr")
    assert [event.step for event in psnr] == [2, 4]
    written = [float(row["psnr"]) for row in read_curve(tmp_path / "run")]
    assert [event.value for event in psnr] == pytest.approx(written, abs=1e-4)
    assert {"train/hole", "train/pyramid", "train/gradient"} <= set(board.Tags()["scalars"])
    picture = np.frombuffer(board.Images("validation")[-1].encoded_image_string, np.uint8)
    assert np.array_equal(cv2.imdecode(picture, cv2.IMREAD_COLOR), cv2.imread(str(tmp_path / "run" / "grid.png")))


def _text(path):
    return path.read_text(encoding="utf-8")


def test_the_command_trains_with_the_settings_it_is_given(data, tmp_path):
    settings = TINY | {"channels": "8,8,8,8,8,8", "steps": 1}
    options = [f"--set={name}={value}" for name, value in settings.items()]

    result = CliRunner().invoke(
        app,
        ["fill", str(data.photos[0]), "--run-dir", str(tmp_path / "run"), "--device", "cpu", *options],
    )

    assert result.exit_code == 0, result.output
    assert result.stdout.split() == [str(tmp_path / "run" / "ema.safetensors")]
    assert read_curve(tmp_path / "run")[-1]["images_seen"] == "2"


def test_settings_are_read_by_their_types():
    texts = "lr=1e-3 batch=7 compile=true adversarial_from=none threads=2 channels=4,4,8,8,8,8 source_weights=a:0.5,b:0"

    parsed = parse_settings(texts.split(), FillSettings)

    assert parsed == {
        "lr": 1e-3,
        "batch": 7,
        "compile": True,
        "adversarial_from": None,
        "threads": 2,
        "channels": (4, 4, 8, 8, 8, 8),
        "source_weights": {"a": 0.5, "b": 0.0},
    }


@pytest.mark.parametrize("pair", ["lr", "speed=3", "batch=many", "compile=perhaps", "minutes=3"])
def test_a_setting_that_is_none_or_of_the_wrong_type_is_refused(pair):
    with pytest.raises(ValueError, match=re.escape(pair.partition("=")[0])):
        parse_settings([pair], FillSettings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"size_px": 100},
        {"cache_px": 32},
        {"batch": 0},
        {"minutes": 0.0},
        {"minutes": -1.0},
        {"lr": -1.0},
        {"clip_norm": 0.0},
        {"threads": 0},
        {"seed": -1},
        {"depth": -1},
        {"procedural_count": -1},
        {"cooldown": 2.0},
        {"channels": (8,)},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FillSettings(**wrong)


def test_the_help_names_every_setting_and_loads_no_torch():
    code = "import sys, eraser.training.app; sys.exit('torch' in sys.modules)"

    help_text = CliRunner().invoke(app, ["fill", "--help"]).output

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    for name in ("adversarial_from", "channels", "source_temper"):
        assert f"{name}=" in help_text


@pytest.mark.slow
def test_two_processes_train_one_network(data, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "from pathlib import Path\n"
        "from eraser.training.fill import FillData, train_fill\n"
        "from eraser.training.settings import FillSettings\n"
        f"data = FillData(photos=[Path({str(data.photos[0])!r})])\n"
        f"settings = FillSettings(steps=2, adversarial_from=1, **{TINY!r})\n"
        f"train_fill(data, Path({str(tmp_path / 'run')!r}), settings, device='cpu')\n"
    )
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]

    done = subprocess.run(
        torchrun, check=False, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert read_curve(tmp_path / "run")[-1]["images_seen"] == "8"
