import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from eraser.inpaint.base import InpainterContext
from eraser.inpaint.registry import INPAINTERS
from eraser.maskers.base import MaskerContext
from eraser.maskers.registry import MASKERS
from eraser.plugins import registry
from eraser.plugins.sources import FileSource

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.fixture
def load(tmp_path):
    """Builds a plugin as the command line does: ``load(name, context field=..., key="value as written")``."""

    def build(name, *, min_score=0.25, weights_file="people", **options):
        kind, context = (
            (INPAINTERS, InpainterContext(weights_dir=tmp_path))
            if name == "torchscript_lama"
            else (MASKERS, MaskerContext(weights_dir=tmp_path, min_score=min_score, weights=str(weights_file)))
        )
        loaded = registry.discover(kind, (PLUGINS,)).run(name)
        given = loaded.read_options([(key, str(value)) for key, value in options.items()])
        return loaded.build(type(context)(**{**vars(context), "options": given}))

    return build


@pytest.fixture(scope="session")
def module_of():
    """The module of a shipped masker, for what is tested below the interface."""

    def run(name):
        FileSource(PLUGINS / f"{name}.py").import_factory("load_masker")
        return sys.modules[f"eraser_plugins.{name}"]

    return run


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


@pytest.fixture
def on_photo():
    """What a masker finds, as one (H, W) mask."""

    def paint(people, shape):
        mask = np.zeros(shape[:2], bool)
        for person in people:
            mask[person.box.slices] |= person.mask
        return mask

    return paint


@pytest.fixture(scope="session")
def meadow():
    """A photo (240, 320, 3) of noisy grass with a red ellipse and its (240, 320) mask."""
    random = np.random.default_rng(3)
    photo = np.empty((240, 320, 3), np.uint8)
    photo[:] = (70, 130, 50)
    mask = cv2.ellipse(np.zeros((240, 320), np.uint8), (150, 110), (50, 70), 20, 0, 360, 1, -1)
    photo[mask > 0] = (190, 60, 50)
    shading = np.linspace(0.75, 1.25, 320)[None, :, None]
    noisy = photo * shading + random.normal(0, 12, photo.shape)
    return cv2.GaussianBlur(np.clip(noisy, 0, 255).astype(np.uint8), (3, 3), 0), mask > 0


@pytest.fixture(scope="session")
def onnx_model():
    """``onnx_model(operation, dtype, side=None, mask_first=False)``: bytes of a model of image and mask."""
    return _onnx_model


_TYPES = {np.float32: 1, np.uint8: 2}
"""TensorProto.DataType."""


def _onnx_model(operation, dtype, *, side=None, mask_first=False):
    """An ONNX file of one node, written as the protobuf messages that it is, so that no test needs the onnx package.

    It applies a broadcasting operation to ``image`` (1, 3, h, w) and ``mask`` (1, 1, h, w).

    Args:
        operation: Such as ``Min``.
        dtype: Of inputs and output.
        side: h and w, None for any.
        mask_first: The order of the inputs in the file.
    """
    height, width = (_field(1, side), _field(1, side)) if side else (_field(2, "h"), _field(2, "w"))

    def value(name, channels):
        shape = b"".join(_field(1, dim) for dim in (_field(1, 1), _field(1, channels), height, width))
        return _field(1, name) + _field(2, _field(1, _field(1, _TYPES[dtype]) + _field(2, shape)))

    inputs = [value("image", 3), value("mask", 1)]
    node = _field(1, "image") + _field(1, "mask") + _field(2, "out") + _field(4, operation)
    graph = _field(1, node) + _field(2, "tiny")
    graph += b"".join(_field(11, given) for given in (reversed(inputs) if mask_first else inputs))
    graph += _field(12, value("out", 3))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))  # ir_version, graph, opset_import.version


def _field(number, value):
    """One field: an int as a varint, bytes and text with their length in front."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])
