"""Official checkpoints, as the tests make them with ultralytics from its recipes, with random weights."""

import numpy as np
import pytest
import torch

from eraser.config import EraseRequest, ModelConfig
from eraser.engine import Engine
from eraser.geometry import Box, Person
from eraser.maskers.detectors import unpickled
from eraser.maskers.recipes import build_segmenter
from eraser.weights import WeightsEntry, find, hash_file, register

PHOTO = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
NAMES = ["person", "dog", "handbag"]


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """Writes a pinned checkpoint of the form that is published, and returns its path."""
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))

    def make(arch, names=NAMES):
        torch.manual_seed(0)
        path = tmp_path / f"{arch}.pt"
        torch.save({"epoch": -1, "model": build_segmenter(arch, names).half(), "ema": None, "date": "a day"}, path)
        about = {"kind": "people", "licence": "MIT", "source": "a test", "url": "https://weights.invalid/x.pt"}
        register(WeightsEntry(name=arch, file=path.name, sha256=hash_file(path), **about))
        return path

    return make


@pytest.mark.parametrize("arch", ["yolo26n-seg", "yolo11n-seg", "yolov8n-seg"])
def test_a_pinned_checkpoint_runs_through_the_whole_pipeline_and_is_unpickled_once(arch, checkpoint, monkeypatch):
    path = checkpoint(arch)
    config = ModelConfig(people_weights=arch, min_score=1e-5, inpainter="telea", device="cpu", with_belongings=False)
    first = Engine(config, plugins=()).find(PHOTO)
    copy = path.with_name(f"{arch}.{hash_file(path)[:16]}.safetensors")
    assert copy.is_file()
    monkeypatch.setattr(torch, "load", None)

    engine = Engine(config, plugins=())
    again = engine.find(PHOTO)

    # Which of many equally unsure finds of an untrained network come first differs between runtimes: see test_onnx.
    assert first
    assert again
    somebody = Person(Box(30, 20, 60, 70), np.ones((50, 30), bool))  # untrained, the network finds the whole photo
    result = engine.erase(PHOTO, EraseRequest(dilate_px=0, shadows="off"), people=[somebody])
    assert result.changed
    np.testing.assert_array_equal(result.image[~result.hole], PHOTO[~result.hole])
    assert engine.masker.weights_name == arch
    assert engine.masker.weights_sha256 == hash_file(path)


def test_a_checkpoint_of_another_network_is_loaded_as_it_is(checkpoint):
    path = checkpoint("yolo11n-seg")
    renamed = path.rename(path.with_name("mine.pt"))
    about = {"kind": "people", "licence": "MIT", "source": "a test"}
    register(WeightsEntry(name="mine", file="mine.pt", sha256=hash_file(renamed), **about))

    assert unpickled.safe_copy(find("mine", "people")) is None
    engine = Engine(ModelConfig(people_weights="mine", min_score=1e-5, device="cpu"), plugins=())
    assert engine.find(PHOTO)
