import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from eraser.errors import DeviceError, WeightsError, WeightsMismatchError
from eraser.maskers.base import MaskerContext, check_people
from eraser.maskers.detectors import base
from eraser.maskers.detectors import torch_network as _network
from eraser.maskers.detectors.base import NetworkInfo
from eraser.maskers.detectors.torch_network import load_network
from eraser.maskers.quiet_ultralytics import import_ultralytics
from eraser.maskers.registry import discover
from eraser.weights import WeightsFile


def load_yolo(path, **context):
    return discover().load("yolo", MaskerContext(weights_dir=path.parent, weights=str(path), **context))


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")

    def make(arch):
        path = folder / f"{arch}.safetensors"
        if not path.exists():
            tasks = import_ultralytics("ultralytics.nn.tasks")
            torch.manual_seed(0)
            state = tasks.SegmentationModel(f"{arch}.yaml", nc=2, verbose=False).state_dict()
            names = json.dumps(["person", "belonging"])
            metadata = {"arch": arch, "names": names, "imgsz": "96", "min_score": "0.4"}
            save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
        return path

    return make


@pytest.mark.parametrize("arch", ["yolo11n-seg", "yolo26n-seg"])
def test_a_network_is_built_from_safetensors_and_its_people_lie_on_the_photo(arch, random_weights):
    photo = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)

    masker = load_yolo(random_weights(arch), min_score=1e-6)

    assert len(masker.weights_sha256) == 64
    assert check_people(masker(photo), photo.shape, "yolo")


def test_tensors_that_do_not_fit_the_network_are_refused(random_weights, tmp_path):
    state = load_file(random_weights("yolo11n-seg"))
    del state["model.0.conv.weight"]
    for name, metadata in {"key": {"arch": "yolo11n-seg"}, "arch": {"arch": "../../yolo11n-seg"}, "none": {}}.items():
        save_file(state, tmp_path / f"{name}.safetensors", metadata)
        with pytest.raises(WeightsMismatchError, match=f"{name}.safetensors"):
            load_yolo(tmp_path / f"{name}.safetensors")


@pytest.mark.parametrize("suffix", [".onnx", ".tflite", ".safetensors"])
def test_a_damaged_file_is_refused_and_says_so(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr(_network.importlib.util, "find_spec", lambda name: object())
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(b"nonsense" * 99)

    with pytest.raises(WeightsMismatchError, match=f"damaged{suffix}"):
        load_yolo(path)


@pytest.mark.parametrize(("suffix", "package"), [(".tflite", "ai-edge-litert")])
def test_a_missing_runtime_ends_in_what_to_install(suffix, package, tmp_path, monkeypatch):
    monkeypatch.setattr(_network.importlib.util, "find_spec", lambda name: None)
    (tmp_path / f"net{suffix}").touch()

    with pytest.raises(WeightsError, match=f"pip install {package}$"):
        load_yolo(tmp_path / f"net{suffix}")


def test_a_file_says_its_smallest_score_and_which_class_is_carried(random_weights):
    file = WeightsFile(random_weights("yolo11n-seg"), "two", "0" * 64, trusted=False, entry=None)

    network = load_network(file, "cpu")

    assert (network.info.person, network.info.belongings, network.info.own_min_score) == (0, frozenset({1}), 0.4)


@pytest.mark.parametrize(
    ("own", "context", "expected"),
    [
        (0.4, {"weights_may_choose_score": True}, 0.4),
        (0.4, {"min_score": 0.6}, 0.6),
        (None, {"weights_may_choose_score": True}, 0.25),
    ],
)
def test_weights_choose_their_own_smallest_score_unless_one_is_given(own, context, expected, tmp_path, monkeypatch):
    network = SimpleNamespace(info=NetworkInfo(("person",), person=0, own_min_score=own))
    monkeypatch.setattr(_network, "load_network", lambda file, device, trust_pickle: network)
    (tmp_path / "x.safetensors").touch()

    masker = load_yolo(tmp_path / "x.safetensors", **context)

    assert masker._detector._min_scores == {0: expected}


@pytest.mark.parametrize("said", ["1.5", "nan", "high"])
def test_a_smallest_score_that_makes_no_sense_is_refused(said):
    with pytest.raises(WeightsMismatchError, match=r"x\.safetensors names a min_score"):
        base.read_info(["person"], {"min_score": said}, Path("x.safetensors"))


class Bomb:
    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


def test_a_pickle_that_nobody_trusts_is_never_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bomb.pt"
    path.write_bytes(pickle.dumps(Bomb()))

    with pytest.raises(WeightsError, match="trust-pickle"):
        load_yolo(path)
    with pytest.raises(WeightsError, match="trust-pickle"):
        load_network(WeightsFile(path, "bomb", "0" * 64, trusted=False, entry=None), "cpu")
    assert not (tmp_path / "exploded").exists()


def test_a_network_that_knows_no_people_is_refused():
    with pytest.raises(WeightsError, match="which of its classes is called person"):
        base.read_info(["dog", "cat"], {}, Path("dogs.onnx"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is such a device here")
def test_a_device_that_is_not_there_is_said(random_weights):
    with pytest.raises(DeviceError, match="no cuda device that torch can use"):
        load_yolo(random_weights("yolo11n-seg"), device="cuda")
