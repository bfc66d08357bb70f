import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from eraser.config import EraseRequest, ModelConfig
from eraser.engine import Engine, load_inpainter, load_masker, resolve_device
from eraser.errors import DeviceError, InpainterError, UnknownMaskerError
from eraser.geometry import Person
from eraser.inpaint.base import Inpainter, check_fill
from eraser.inpaint.registry import INPAINTERS

PHOTO = np.full((40, 50, 3), 90, np.uint8)
MASK = np.zeros((40, 50), np.bool_)
MASK[10:20, 10:20] = True
HATS = """
import numpy as np
from eraser import Person

loads = []

def load_masker(context):
    loads.append(context)
    def hats(image):
        mask = np.zeros(image.shape[:2], np.bool_)
        mask[5:15, 5:15] = True
        return [Person.from_mask(mask)]
    hats.contexts = loads
    return hats
"""


@pytest.fixture
def plugins(tmp_path):
    """A folder of plugins with the masker ``hats``, which remembers how it was loaded."""
    (tmp_path / "hats.py").write_text(HATS)
    return tmp_path


def torch_with(monkeypatch, *, cuda=False, mps=False):
    fake = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: cuda),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )
    monkeypatch.setitem(sys.modules, "torch", fake)


@pytest.mark.parametrize("name", ["patches", "telea", "navier-stokes"])
def test_every_inpainter_without_weights_fills_a_hole(name):
    inpainter = load_inpainter(ModelConfig(inpainter=name, device="cpu"))

    assert isinstance(inpainter, Inpainter)
    fill = check_fill(inpainter(np.where(MASK[..., None], np.uint8(0), PHOTO), MASK), PHOTO.shape, name)
    assert np.abs(fill.image[MASK].astype(int) - 90).max() <= 3


def test_the_default_inpainter_exists():
    assert ModelConfig().inpainter in {entry_point.name for entry_point in INPAINTERS.builtins}


def test_an_unknown_inpainter_is_an_error_that_lists_those_there_are():
    with pytest.raises(InpainterError, match=r"no inpainter is called 'magic': there are .*patches.*telea"):
        load_inpainter(ModelConfig(inpainter="magic"))


def test_an_unknown_masker_is_an_error():
    with pytest.raises(UnknownMaskerError, match="cats"):
        load_masker(ModelConfig(masker="cats"), "cpu")


def test_a_masker_from_the_plugins_folder_is_loaded_once_and_told_what_was_asked(plugins, monkeypatch):
    monkeypatch.setenv("ERASER_WEIGHTS", str(plugins / "weights"))
    config = ModelConfig(
        masker="hats",
        inpainter="telea",
        device="cpu",
        min_score=0.6,
        people_weights="big",
        trust_pickle=True,
        with_belongings=False,
        fast=True,
    )
    engine = Engine(config, plugins=(plugins,))

    results = [engine.erase(PHOTO, EraseRequest(dilate_px=0)) for _ in range(2)]
    found = engine.find(PHOTO)

    assert [result.hole.sum() for result in results] == [100, 100]
    assert found[0].box == (5, 5, 15, 15)
    assert engine.masker is engine.masker
    assert engine.inpainter is engine.inpainter
    (context,) = engine.masker.contexts
    assert (context.device, context.min_score, context.weights) == ("cpu", 0.6, "big")
    assert context.trust_pickle
    assert (context.weights_may_choose_score, context.with_belongings, context.fast) == (False, False, True)
    assert context.weights_dir == plugins / "weights"


def test_without_a_smallest_score_weights_may_choose_theirs(plugins):
    context = load_masker(ModelConfig(masker="hats"), "cpu", (plugins,)).contexts[0]

    assert (context.min_score, context.weights_may_choose_score) == (0.25, True)
    assert context.with_belongings


def test_a_mask_alone_needs_no_masker_and_no_device():
    engine = Engine(ModelConfig(masker="cats", inpainter="telea", device="cuda"), plugins=())

    result = engine.erase(PHOTO, mask=MASK)

    np.testing.assert_array_equal(result.hole, MASK)


def test_a_mask_on_top_of_people_needs_the_masker():
    engine = Engine(ModelConfig(masker="cats", inpainter="telea", device="cpu"), plugins=())

    with pytest.raises(UnknownMaskerError):
        engine.erase(PHOTO, EraseRequest(add_mask=True), mask=MASK)


@pytest.mark.parametrize(
    ("available", "device"), [({}, "cpu"), ({"mps": True}, "mps"), ({"mps": True, "cuda": True}, "cuda")]
)
def test_auto_is_the_best_device_there_is(monkeypatch, available, device):
    torch_with(monkeypatch, **available)
    monkeypatch.setattr("eraser.system.device.may_have_gpu", lambda: True)

    assert resolve_device("auto") == device
    assert Engine(ModelConfig(), plugins=()).device == device


def test_torch_is_not_asked_where_there_is_no_driver(monkeypatch):
    torch_with(monkeypatch, cuda=True)
    monkeypatch.setattr("eraser.system.device.may_have_gpu", lambda: False)

    assert resolve_device("auto") == "cpu"


@pytest.mark.parametrize("wanted", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_an_error_that_says_what_to_try(monkeypatch, wanted):
    torch_with(monkeypatch)

    with pytest.raises(DeviceError, match=f"no {wanted} device .* --device cpu"):
        resolve_device(wanted)


def test_a_device_that_is_there_is_used(monkeypatch):
    torch_with(monkeypatch, cuda=True)

    assert resolve_device("cuda") == "cuda"


def test_the_cpu_is_used_without_asking_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)

    assert resolve_device("cpu") == "cpu"


def test_people_who_are_given_are_not_looked_for_again(plugins):
    engine = Engine(ModelConfig(masker="hats", inpainter="telea", device="cpu"), plugins=(plugins,))
    people = engine.find(PHOTO)

    result = engine.erase(PHOTO, EraseRequest(dilate_px=0), people=people)

    assert result.people == people
    assert result.hole.sum() == 100
    assert "detect" not in result.seconds


def test_people_given_without_a_second_look_need_no_masker():
    engine = Engine(ModelConfig(masker="cats", inpainter="telea", device="cpu"), plugins=())
    people = [Person.from_mask(MASK)]

    result = engine.erase(PHOTO, EraseRequest(second_look=False, dilate_px=0), people=people)

    np.testing.assert_array_equal(result.hole, MASK)


def test_two_threads_that_ask_at_once_share_one_masker(tmp_path):
    loads = tmp_path / "loads.txt"
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "def load_masker(context):\n"
        f"    with open({str(loads)!r}, 'a') as file:\n        file.write('x')\n"
        "    time.sleep(0.2)\n"
        "    return lambda image: []\n"
    )
    engine = Engine(ModelConfig(masker="slow", device="cpu"), plugins=(tmp_path,))

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: engine.masker, range(2))

    assert first is second
    assert loads.read_text() == "x"
