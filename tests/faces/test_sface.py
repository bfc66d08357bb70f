"""YuNet and SFace: OpenCV's code on a small network of SFace's form, and on YuNet's own weights where they are here."""

import hashlib
import os
import shutil
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "weights"))  # fake_publisher

from fake_publisher import Server, serving

from eraser.errors import FacesError, WeightsError
from eraser.faces import sface
from eraser.faces.choose import load_recognizer
from eraser.faces.recognizer import Face
from eraser.faces.search import embed, faces_of_photo
from eraser.photo import load
from eraser.weights import read_manifest, register

YUNET = Path(os.environ.get("ERASER_DATA", "missing")).parent / "weights" / "face_detection_yunet_2023mar.onnx"
needs_yunet = pytest.mark.skipif(not YUNET.is_file(), reason="no weights of YuNet beside $ERASER_DATA")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A network that takes (1, 3, 112, 112) and gives (1, 128), as SFace does: means of squares, then a mixture."""
    rng = np.random.default_rng(0)
    mixture = rng.normal(size=(192, 128)).astype(np.float32) / 192
    nodes = [
        onnx.helper.make_node("AveragePool", ["data"], ["squares"], kernel_shape=[14, 14], strides=[14, 14]),
        onnx.helper.make_node("Flatten", ["squares"], ["flat"]),
        onnx.helper.make_node("Gemm", ["flat", "mixture"], ["fc1"]),
    ]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "small",
        [value("data", onnx.TensorProto.FLOAT, [1, 3, 112, 112])],
        [value("fc1", onnx.TensorProto.FLOAT, [1, 128])],
        [onnx.numpy_helper.from_array(mixture, "mixture")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 11)], ir_version=8)
    path = tmp_path_factory.mktemp("sface") / "face_recognition_sface_2021dec.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def street():
    return load(Path(find_spec("ultralytics").submodule_search_locations[0], "assets", "zidane.jpg")).image


@needs_yunet
def test_faces_are_found_at_every_scale_and_become_numbers_of_length_one(network, street, capfd):
    recognizer = sface.load_files(YUNET, network)

    faces = faces_of_photo(street, recognizer)

    assert capfd.readouterr().err == ""

    assert len(faces) == 2
    assert recognizer.weights_sha256 == hashlib.sha256(network.read_bytes()).hexdigest()
    for face in faces:
        assert np.ptp(face.landmarks[:, 0]) < face.side_px
        numbers = embed(street, face, recognizer)
        assert (numbers.shape, numbers.dtype) == ((128,), np.float32)
        assert np.linalg.norm(numbers) == pytest.approx(1, abs=1e-5)
        assert recognizer.similarities(numbers[None], numbers)[0] == pytest.approx(1, abs=1e-5)


@needs_yunet
def test_the_numbers_do_not_depend_on_the_scale_nor_on_the_view(network, street):
    import cv2

    recognizer = sface.load_files(YUNET, network)
    face = faces_of_photo(street, recognizer)[0]
    large = cv2.resize(street, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)

    once, twice = embed(street, face, recognizer), embed(large, face.moved(2, 0, 0), recognizer)

    assert recognizer.similarities(once[None], twice)[0] > 0.99


@needs_yunet
def test_the_colours_are_in_the_order_of_opencv(network):
    recognizer = sface.load_files(YUNET, network)
    landmarks = np.array([[38, 52], [74, 52], [56, 72], [42, 92], [71, 92]], np.float32)
    face = Face((0, 0, 112, 112), landmarks, 1.0)
    red = np.zeros((112, 112, 3), np.uint8)
    red[..., 0] = 200
    mixture = onnx.numpy_helper.to_array(onnx.load(network).graph.initializer[0]).reshape(3, 64, 128)

    numbers = recognizer.embed(red, face)

    # OpenCV hands SFace RGB: the first plane of its network is red.
    expected = mixture[0].sum(0)
    assert abs(float(numbers @ expected) / np.linalg.norm(expected)) > 0.95


@needs_yunet
def test_missing_weights_are_fetched_and_checked(network, monkeypatch, tmp_path):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("ERASER_OFFLINE")
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "own"))
    with serving(Server()) as yunet, serving(Server()) as net:
        for name, server, file in (("yunet", yunet, YUNET), ("sface", net, network)):
            server.body = file.read_bytes()
            sha256 = hashlib.sha256(server.body).hexdigest()
            entry = replace(
                read_manifest()[name], url=f"{server.address}/f", sha256=sha256, size_bytes=len(server.body)
            )
            register(entry)

        recognizer = load_recognizer("sface")

    assert recognizer.name == "sface"
    assert sface.is_here()
    assert len(list((tmp_path / "own").glob("*.onnx"))) == 2


def test_without_weights_and_network_the_message_says_which_are_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))

    with pytest.raises(WeightsError, match=r"yunet are not on this machine.*eraser weights fetch yunet"):
        load_recognizer("sface", offline=True)
    assert not sface.is_here()


def test_a_file_that_is_no_network_is_one_line(network, tmp_path):
    broken = tmp_path / "broken.onnx"
    shutil.copy(network, broken)
    broken.write_bytes(broken.read_bytes()[:100])

    with pytest.raises(FacesError, match=r"this OpenCV cannot use broken\.onnx"):
        sface.load_files(broken, network)
