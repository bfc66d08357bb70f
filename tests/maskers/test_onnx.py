"""Networks in ONNX Runtime see what torch sees, and damaged files end in one line."""

import json

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.geometry import shared_px
from eraser.maskers.detectors.base import read_names
from eraser.maskers.detectors.export import export_beside, export_segmenter
from eraser.maskers.detectors.onnx import OnnxNetwork
from eraser.maskers.detectors.suppress import best_of
from eraser.maskers.detectors.torch_network import load_network
from eraser.maskers.detectors.yolo import YoloDetector
from eraser.maskers.quiet_ultralytics import import_ultralytics
from eraser.maskers.recipes import build_segmenter
from eraser.maskers.tiled import TiledMasker
from eraser.networks.onnx_file import store_halves
from eraser.weights import export_path, find

PHOTO = np.random.default_rng(0).integers(0, 255, (150, 220, 3), np.uint8)
NAMES = ["person", "handbag"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Random weights, and their export."""
    folder = tmp_path_factory.mktemp("exported")

    def make(arch):
        weights, target = folder / f"{arch}.safetensors", folder / f"{arch}.onnx"
        if not weights.exists():
            torch.manual_seed(0)
            state = {name: tensor.contiguous() for name, tensor in build_segmenter(arch, NAMES).state_dict().items()}
            said = {"arch": arch, "names": json.dumps(NAMES), "imgsz": "128", "min_score": "0.3"}
            save_file({n: t.half() if t.is_floating_point() else t for n, t in state.items()}, weights, said)
            export_segmenter(find(str(weights), "people"), target)
            store_halves(target)
        return weights, target

    return make


@pytest.mark.parametrize("process", ["main", "worker"])
def test_fetched_weights_are_exported_by_the_main_process_alone(process, tmp_path, monkeypatch):
    weights = tmp_path / "m.pt"
    weights.write_bytes(b"a checkpoint")
    file = find(str(weights), "people", trust_pickle=True)
    monkeypatch.setattr("eraser.maskers.detectors.export.safe_copy", lambda file: tmp_path / "copy.safetensors")
    monkeypatch.setattr(
        "eraser.maskers.detectors.export.export_segmenter", lambda file, target: target.write_bytes(b"exported")
    )
    monkeypatch.setattr("multiprocessing.parent_process", lambda: None if process == "main" else object())

    export_beside(file)

    assert export_path(file).is_file() == (process == "main")
    assert not list(tmp_path.glob(".*"))


LITE0 = "efficientnet-lite0-yolo11n-seg"


@pytest.mark.parametrize("arch", ["yolo11n-seg", "yolo26n-seg", LITE0, f"{LITE0}-verified"])
def test_both_runtimes_find_the_same_outlines(arch, exported):
    weights, target = exported(arch)
    file = find(str(weights), "people")
    networks = load_network(file, "cpu"), OnnxNetwork(target)

    by_torch, by_onnx = (
        TiledMasker(YoloDetector(network, file, {0: 1e-5}), with_belongings=False)(PHOTO) for network in networks
    )

    assert networks[0].info == networks[1].info
    assert by_torch
    assert len(by_torch) == len(by_onnx)
    for one, other in zip(by_torch, by_onnx, strict=True):
        both = shared_px(one, other)
        assert both > 0.999 * (one.area_px + other.area_px - both)
        assert one.score == pytest.approx(other.score, abs=1e-3)


def test_both_runtimes_verify_a_find_alike(exported):
    weights, target = exported(f"{LITE0}-verified")
    picture = np.random.default_rng(1).integers(0, 255, (224, 224, 3), np.uint8)

    by_torch = load_network(find(str(weights), "people"), "cpu").verify(picture)
    by_onnx = OnnxNetwork(target).verify(picture)

    assert by_torch != 0.0
    assert by_onnx == pytest.approx(by_torch, abs=1e-2)


@pytest.mark.parametrize("seed", range(5))
def test_overlapping_boxes_are_suppressed_as_ultralytics_does(seed):
    rng = np.random.default_rng(seed)
    classes, coefficients, anchors = 3, 4, 400
    raw = np.concatenate(
        [
            rng.uniform(0, 200, (2, anchors)),
            rng.uniform(20, 120, (2, anchors)),
            rng.uniform(0, 1, (classes, anchors)) ** 3,
            rng.normal(size=(coefficients, anchors)),
        ]
    ).astype(np.float32)
    theirs = import_ultralytics("ultralytics.utils.nms").non_max_suppression
    (expected,) = theirs(torch.from_numpy(raw)[None], conf_thres=0.3, iou_thres=0.7, classes=[0, 2], nc=classes)

    found = best_of(raw, classes, {0: 0.3, 2: 0.3})

    assert 20 < len(found) < anchors
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5, atol=1e-3)


def test_each_class_has_a_threshold_of_its_own():
    raw = np.array([[10, 50], [10, 50], [8, 8], [8, 8], [0.5, 0.0], [0.0, 0.5]], np.float32)

    assert best_of(raw, 2, {0: 0.4, 1: 0.6})[:, 5].tolist() == [0]
    assert best_of(raw, 2, {1: 0.4})[:, 5].tolist() == [1]
    assert best_of(raw, 2, {0: 0.9}).shape == (0, 6)


@pytest.mark.parametrize("damage", ["cut", "empty", "another opset"])
def test_a_damaged_export_ends_in_one_line(damage, exported, tmp_path):
    path = tmp_path / "damaged.onnx"
    content = exported("yolo11n-seg")[1].read_bytes()
    if damage == "another opset":
        model = onnx.load_from_string(content)
        model.opset_import[0].version = 999
        content = model.SerializeToString()
    path.write_bytes({"cut": content[: len(content) // 2], "empty": b""}.get(damage, content))

    with pytest.raises(WeightsMismatchError, match=r"^.*damaged\.onnx cannot be read by ONNX Runtime: .+$"):
        OnnxNetwork(path)


def test_a_network_without_masks_is_refused(tmp_path, exported):
    model = onnx.load(exported("yolo11n-seg")[1])
    del model.graph.output[1:]
    onnx.save(model, tmp_path / "boxes.onnx")

    with pytest.raises(WeightsError, match="gives no masks"):
        OnnxNetwork(tmp_path / "boxes.onnx")


def test_names_are_read_as_a_list_or_as_ultralytics_writes_them(tmp_path):
    assert read_names('["person", "dog"]', tmp_path) == ["person", "dog"]
    assert read_names("{1: 'dog', 0: 'person'}", tmp_path) == ["person", "dog"]
    with pytest.raises(WeightsMismatchError, match="what its classes are called"):
        read_names("__import__('os')", tmp_path)
