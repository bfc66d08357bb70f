import dataclasses
import sys

import pytest

from eraser.errors import DeviceError
from eraser.inpaint.base import InpainterContext
from eraser.system.device import resolve_device


def test_a_device_is_found_out_once_and_only_when_it_is_read(tmp_path):
    asked = []
    context = InpainterContext(device=lambda: asked.append(1) or "cpu", weights_dir=tmp_path)

    assert asked == []
    assert (context.device, context.device, asked) == ("cpu", "cpu", [1])


def test_a_context_without_a_device_is_on_the_cpu_and_can_be_copied(tmp_path):
    context = InpainterContext(weights_dir=tmp_path)

    assert dataclasses.replace(context, weights="other").device == "cpu"
    assert context == InpainterContext(weights_dir=tmp_path)
    assert "device='cpu'" in repr(context)


def test_a_device_cannot_be_changed_later(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        InpainterContext(weights_dir=tmp_path).device = "cuda"


def test_a_name_that_is_no_device_is_an_error():
    with pytest.raises(DeviceError, match="no tpu device"):
        resolve_device("tpu")


def test_the_cpu_is_taken_without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)

    assert resolve_device("cpu") == "cpu"
