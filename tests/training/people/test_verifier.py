import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from eraser.errors import WeightsMismatchError
from eraser.maskers.detectors.yolo import YoloDetector
from eraser.maskers.recipes import LITE0, build_segmenter
from eraser.networks.verifier import CHANNELS, Verifier
from eraser.training.people.verifier import VerifierData, fit, train_verifier
from eraser.weights import read_metadata

WIDTH = 2 * sum(CHANNELS)


def test_a_fitted_verifier_tells_apart_what_differs_in_a_few_features():
    torch.manual_seed(0)
    labels = torch.arange(400) % 4 == 0
    pooled = torch.randn(400, WIDTH)
    pooled[:, :20] += 2.0 * labels[:, None]

    odds = fit(pooled, labels).judge(torch.cat([pooled[:1] * 0 + 2.0, pooled[:1] * 0])).tolist()

    assert odds[0] > 0 > odds[1]


def test_features_that_never_change_and_wild_ones_give_finite_odds():
    labels = torch.arange(100) % 2 == 0
    pooled = torch.zeros(100, WIDTH)

    verifier = fit(pooled, labels)

    assert verifier.judge(torch.full((1, WIDTH), 1e9)).isfinite().all()


def test_the_mean_and_the_maximum_of_each_map_are_pooled():
    maps = [torch.arange(channels * 4.0).reshape(1, channels, 2, 2) for channels in (1, 2)]

    assert Verifier.pool(maps).tolist() == [[1.5, 3.0, 1.5, 5.5, 3.0, 7.0]]


@pytest.fixture
def weights(tmp_path):
    """Weights that see somebody everywhere: the best that random ones can do."""
    torch.manual_seed(0)
    model = build_segmenter(LITE0, ["person"])
    for branch in model.model[-1].cv3:
        branch[-1].bias.data.fill_(2.0)
    path = tmp_path / "people.safetensors"
    said = {"arch": LITE0, "names": json.dumps(["person"]), "imgsz": "128"}
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path, said)
    return path


def write_photos(folder, count):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(count):
        cv2.imwrite(str(folder / f"x_{index}.png"), rng.integers(0, 255, (96, 128, 3), np.uint8))


def data_of(tmp_path):
    """Two photos full of one person, and two without anybody."""
    write_photos(tmp_path / "data" / "images", 2)
    (tmp_path / "data" / "labels").mkdir()
    for index in range(2):
        (tmp_path / "data" / "labels" / f"x_{index}.txt").write_text("0 0 0 1 0 1 1 0 1\n")
    write_photos(tmp_path / "nobody", 2)
    return VerifierData(photos=[tmp_path / "data"], backgrounds=[tmp_path / "nobody"], per_source=5)


def test_the_result_is_the_same_network_with_a_head(weights, tmp_path):
    data = data_of(tmp_path)

    made = train_verifier(data, str(weights), tmp_path / "run", min_score=0.4)

    before, after = load_file(weights), load_file(made)
    assert set(after) - set(before) >= {"verifier.hidden.weight", "verifier.mean"}
    assert all(torch.equal(tensor.half(), after[name].half()) for name, tensor in before.items())
    assert read_metadata(made)["arch"] == f"{LITE0}-verified"
    assert read_metadata(made)["min_score"] == "0.4"


def test_what_was_found_is_kept_for_another_confidence_and_collected_anew_for_other_photos(
    weights, tmp_path, monkeypatch
):
    looked = []
    detect = YoloDetector.detect
    monkeypatch.setattr(YoloDetector, "detect", lambda *given, **options: looked.append(1) or detect(*given, **options))
    data = data_of(tmp_path)

    first = load_file(train_verifier(data, str(weights), tmp_path / "run", min_score=0.4))
    again = train_verifier(data, str(weights), tmp_path / "run", min_score=0.7)

    assert len(looked) == 4
    assert read_metadata(again)["min_score"] == "0.7"
    assert all(torch.equal(tensor, first[name]) for name, tensor in load_file(again).items())
    train_verifier(replace(data, per_source=1), str(weights), tmp_path / "run", min_score=0.7)
    assert len(looked) == 6
    (tmp_path / "data" / "labels" / "x_0.txt").write_text("0 0 0 1 0 1 0.5\n")
    train_verifier(replace(data, per_source=1), str(weights), tmp_path / "run", min_score=0.7)
    assert len(looked) == 8


def test_a_network_without_its_features_is_refused(tmp_path):
    model = build_segmenter("yolo11n-seg", ["person"])
    path = tmp_path / "other.safetensors"
    said = {"arch": "yolo11n-seg", "names": json.dumps(["person"])}
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path, said)
    data = VerifierData(photos=[tmp_path], backgrounds=[tmp_path], per_source=5)

    with pytest.raises(WeightsMismatchError, match="no features"):
        train_verifier(data, str(path), tmp_path / "run", min_score=0.4)
