from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eraser.errors import DeviceError
from eraser.maskers.belongings import MIN_SCORE
from eraser.maskers.detectors.base import NetworkInfo
from eraser.maskers.detectors.torch_network import TorchNetwork
from eraser.maskers.detectors.yolo import YoloDetector
from eraser.maskers.letterbox import fit, place
from eraser.maskers.tiled import TiledMasker
from eraser.weights import WeightsFile

sides = st.integers(1, 30_000)


class OneBackpackOnePerson:
    """A network that sees a backpack on the left and, less sure, a person on the right of whatever it is shown."""

    names, device, format = {0: "backpack", 1: "person"}, torch.device("cpu"), "pt"

    def __init__(self, end2end):
        self.end2end = end2end

    def __call__(self, pixels):
        height, width = pixels.shape[2:]
        prototypes = torch.ones(1, 1, height // 4, width // 4)
        backpack, person = (0.0, 0.0, width / 2, height), (width / 2, 0.0, width, height)
        if self.end2end:  # (1, N, 6 + k): corners, score, class, coefficient
            rows = [(*backpack, 0.9, 0.0, 1.0), (*person, 0.6, 1.0, 1.0)]
            return [torch.tensor([rows]), prototypes]
        rows = [(width / 4, height / 2, width / 2, height, 0.9, 0.0, 1.0)]
        rows += [(width * 3 / 4, height / 2, width / 2, height, 0.1, 0.6, 1.0)]
        return [(torch.tensor([rows]).mT, prototypes), {}]  # (1, 4 + classes + k, N): centre, size, scores, coefficient


def masker_around(backend, min_score=0.25, with_belongings=False, fast=False):
    network = TorchNetwork(backend, NetworkInfo(("backpack", "person"), person=1, best_px=64))
    file = WeightsFile(Path("x.pt"), "x", "0" * 64, trusted=True, entry=None)
    min_scores = {1: min_score} | ({0: MIN_SCORE} if with_belongings else {})
    return TiledMasker(YoloDetector(network, file, min_scores), with_belongings=with_belongings, fast=fast)


@pytest.mark.parametrize("end2end", [False, True])
def test_only_people_are_found_whether_or_not_the_network_suppresses_overlaps(end2end):
    (person,) = masker_around(OneBackpackOnePerson(end2end))(np.zeros((200, 400, 3), np.uint8))

    # From the middle, and 2 pixels of an input that is 6.25 times smaller, to the right edge.
    assert person.box == (187, 0, 400, 200)
    assert person.score == pytest.approx(0.6)
    assert person.mask.all()


def test_people_below_the_smallest_score_are_left_alone():
    assert masker_around(OneBackpackOnePerson(False), min_score=0.7)(np.zeros((20, 40, 3), np.uint8)) == []


@pytest.mark.parametrize("end2end", [False, True])
def test_what_is_carried_is_part_of_its_person_unless_that_is_not_wanted(end2end):
    photo = np.zeros((200, 400, 3), np.uint8)

    (alone,) = masker_around(OneBackpackOnePerson(end2end))(photo)
    (both,) = masker_around(OneBackpackOnePerson(end2end), with_belongings=True)(photo)

    assert alone.box == (187, 0, 400, 200)
    assert (both.box, both.score) == ((0, 0, 400, 200), pytest.approx(0.9))


def test_things_nobody_has_to_do_with_are_left_alone():
    photo = np.zeros((200, 400, 3), np.uint8)

    assert masker_around(OneBackpackOnePerson(False), min_score=0.7, with_belongings=True)(photo) == []


class FarPerson(OneBackpackOnePerson):
    """A network that needs somebody, in white, to be a third of its input high."""

    def __init__(self):
        super().__init__(end2end=True)
        self.views = 0

    def __call__(self, pixels):
        self.views += 1
        white = pixels[0, 0] > 0.9
        rows, columns = (np.flatnonzero(white.any(axis).numpy()) for axis in (1, 0))
        if len(rows) < pixels.shape[2] / 3:
            return [torch.zeros(1, 0, 7), torch.ones(1, 1, 16, 16)]
        corners = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        logits = torch.nn.functional.avg_pool2d(white.float()[None, None], 4) * 20 - 10
        return [torch.tensor([[(*map(float, corners), 0.8, 1.0, 1.0)]]), logits]


@pytest.mark.parametrize("fast", [False, True])
def test_somebody_small_in_a_large_photo_is_found_once_in_tiles(fast):
    photo = np.zeros((2000, 2600, 3), np.uint8)
    photo[100:600, 300:600] = 255
    network = FarPerson()

    people = masker_around(network, fast=fast)(photo)

    assert network.views == (1 if fast else 7)
    assert len(people) == (0 if fast else 1)
    for person in people:
        assert person.box == pytest.approx((300, 100, 600, 600), abs=12)


@given(sides, sides, st.sampled_from([None, (640, 640), (320, 480)]), st.sampled_from([None, 384]))
def test_a_photo_lies_inside_the_input_and_fills_it_one_way(width, height, fixed_hw, best_px):
    placement = place((width, height), fixed_hw, best_px)

    inner = np.array(placement.scale_xy) * (width, height)
    outer = np.array(placement.input_wh)
    assert (np.array(placement.offset_xy) >= 0).all()
    assert (inner + placement.offset_xy <= outer + 1e-6).all()
    assert (outer - inner < 32).any()
    if fixed_hw is None:
        assert (outer % 32 == 0).all()
        assert 640 <= outer.max() <= 1280 or outer.max() == best_px
    corners = np.array([[*placement.offset_xy, *(placement.offset_xy + inner)]], np.float32)
    assert placement.to_photo(corners)[0] == pytest.approx([0, 0, width, height], rel=1e-4, abs=0.1)


def test_the_input_grows_with_the_photo():
    assert [place((width, 100), None, None).input_wh[0] for width in (500, 2000, 12_000)] == [640, 1024, 1280]


def test_what_is_not_photo_is_grey_and_colours_keep_their_order():
    photo = np.full((50, 100, 3), (250, 10, 20), np.uint8)

    canvas = fit(photo, place((100, 50), (64, 64), None))

    assert canvas.shape == (64, 64, 3)
    assert (canvas[16:48] == (250, 10, 20)).all()
    assert (canvas[:16] == 114).all()
    assert (canvas[48:] == 114).all()


def test_memory_that_does_not_suffice_suggests_the_cpu():
    class Full(OneBackpackOnePerson):
        def __call__(self, pixels):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(DeviceError, match="--device cpu"):
        masker_around(Full(False))(np.zeros((20, 40, 3), np.uint8))
