import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from eraser.errors import MaskerError, WeightsError
from eraser.geometry import Person
from eraser.maskers.base import MaskerContext
from eraser.maskers.classes import ClassMasker, load_class_masker
from eraser.maskers.detection import Detection
from eraser.maskers.detectors.torch_network import TorchNetwork
from eraser.maskers.toolkit import import_ultralytics
from eraser.testing import check_masker

NAMES = ["person", "dog", "Umbrella"]
PHOTO = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A random network that knows three classes."""
    path = tmp_path_factory.mktemp("classes") / "three.safetensors"
    utils, tasks = import_ultralytics("ultralytics.utils"), import_ultralytics("ultralytics.nn.tasks")
    recipe = utils.YAML.load(utils.ROOT / "cfg/models/11/yolo11-seg.yaml")
    torch.manual_seed(0)
    state = tasks.SegmentationModel({**recipe, "scale": "n"}, nc=len(NAMES), verbose=False).state_dict()
    for name, bias in state.items():
        if bias.shape == (len(NAMES),):  # an untrained network holds all classes for equal, and would name the first
            state[name] = bias + torch.tensor([0.0, 6.0, 3.0])
    metadata = {"arch": "yolo11n-seg", "names": json.dumps(NAMES), "imgsz": "96"}
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
    return path


@pytest.fixture
def context(weights):
    return MaskerContext(weights_dir=weights.parent, weights=str(weights), min_score=1e-6)


def test_with_random_weights_what_is_found_lies_on_the_photo_surest_first(load, weights):
    masker = load("coco_class", classes="dog,umbrella", weights_file=weights, min_score=1e-6)

    [found] = check_masker(masker, photos=[PHOTO], context=MaskerContext(weights_dir=weights.parent, min_score=1e-6))

    assert found
    scores = [thing.score for thing in found]
    assert scores == sorted(scores, reverse=True)
    assert len(masker.weights_sha256) == 64


def test_only_the_classes_named_are_looked_for(context, monkeypatch):
    masker = load_class_masker(context, ["umbrella", "DOG"])
    asked = []
    detect = TorchNetwork.detect
    monkeypatch.setattr(
        TorchNetwork,
        "detect",
        lambda self, pixels, scores: asked.append(scores) or detect(self, pixels, scores),
    )

    masker(PHOTO)

    assert asked[0] == {2: 1e-6, 1: 1e-6}


def test_a_class_that_the_weights_do_not_know_is_answered_with_the_nearest(load, weights):
    with pytest.raises(MaskerError, match=r"three.safetensors know no class 'umbrela'; did you mean umbrella\?"):
        load("coco_class", classes="dog,umbrela", weights_file=weights)


def test_without_a_class_it_says_how_to_name_one(load):
    with pytest.raises(MaskerError, match="--masker-option classes=dog,umbrella"):
        load("coco_class")


def test_missing_weights_are_said_to_be_missing(load, tmp_path):
    with pytest.raises(WeightsError, match="there is no weights file"):
        load("coco_class", classes="dog", weights_file=tmp_path / "nowhere.safetensors")


def test_a_thing_inside_a_thing_of_another_class_stays_a_thing_of_its_own():
    def detection(label, box, score):
        outline = np.zeros(PHOTO.shape[:2], bool)
        outline[box[1] : box[3], box[0] : box[2]] = True
        return Detection.of(Person.from_mask(outline, score), label)

    class Seen:
        weights_name = weights_sha256 = None

        def detect(self, view, *, is_part):
            couch = detection("couch", (10, 10, 90, 80), 0.9)
            return [couch, *(detection("dog", (30, 30, x1, 50), score) for x1, score in ((50, 0.7), (51, 0.6)))]

    found = ClassMasker(Seen(), ["dog", "couch"], fast=False)(PHOTO)

    assert [round(thing.score, 1) for thing in found] == [0.9, 0.7]
