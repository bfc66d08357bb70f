import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models.detection import MaskRCNN_ResNet50_FPN_V2_Weights as Published
from torchvision.models.detection import maskrcnn_resnet50_fpn_v2
from torchvision.models.detection.roi_heads import paste_masks_in_image

from eraser.errors import MaskerError, MaskerOptionError, WeightsMismatchError, WeightsNotFoundError
from eraser.maskers.base import MaskerContext
from eraser.plugins.facts import read_facts
from eraser.testing import check_masker

FILE = Path(__file__).parents[2] / "plugins" / "torchvision_maskrcnn.py"


@pytest.fixture(scope="module")
def plugin(module_of):
    return module_of("torchvision_maskrcnn")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A state dict of the right shapes in a file of kilobytes: each tensor is one random number, repeated."""
    torch.manual_seed(0)
    network = maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None)
    state = {
        name: (torch.rand(()) * 0.01 if tensor.is_floating_point() else torch.zeros((), dtype=tensor.dtype)).expand(
            tensor.shape
        )
        for name, tensor in network.state_dict().items()
    }
    # All places look alike to it: it takes them for a person rather than for a dog, and for either than for the rest.
    state["roi_heads.box_predictor.cls_score.bias"] = torch.tensor([0.0, 6.0] + [0.0] * 16 + [5.0] + [0.0] * 72)
    path = tmp_path_factory.mktemp("maskrcnn") / "random.pth"
    torch.save(state, path)
    return path


def test_with_random_weights_all_that_is_found_lies_on_the_photo(weights, load, no_network):
    photo = np.random.default_rng(0).integers(0, 255, (30, 48, 3), np.uint8)

    masker = load("torchvision_maskrcnn", weights=weights, size_px=32, min_score=0.1, classes="person,dog")
    [people] = check_masker(masker, photos=[photo], context=MaskerContext(weights_dir=weights.parent, min_score=0.1))

    assert len(people) > 1
    assert [person.score for person in people] == sorted((person.score for person in people), reverse=True)
    # The network as torchvision runs it whole, on a photo that needs no shrinking.
    with torch.inference_mode():
        (whole,) = masker._network([torch.from_numpy(photo).permute(2, 0, 1) / 255])
    theirs = whole["boxes"][torch.isin(whole["labels"], torch.tensor([1, 18]))].numpy()
    wide = theirs[((theirs[:, 2:] - theirs[:, :2]) > 4).all(axis=1)]
    ours = np.array([person.box for person in people])
    assert len(wide)
    assert np.abs(wide[:, None] - ours[None]).max(axis=2).min(axis=1).max() <= 2
    assert len(masker.weights_sha256) == 64


def test_only_the_classes_asked_for_count_and_boxes_are_the_photos(weights, load, monkeypatch):
    masker = load("torchvision_maskrcnn", weights=weights, size_px=64)
    seen = {
        "boxes": np.array([[8, 8, 40, 56], [8, 8, 40, 56]], np.float32),
        "labels": np.array([1, 18]),
        "scores": np.array([0.9, 0.8], np.float32),
        "masks": np.ones((2, 1, 28, 28), np.float32),
    }
    monkeypatch.setattr(masker, "_detect", lambda pixels: (seen, (64, 96)))

    (person,) = masker(np.zeros((128, 192, 3), np.uint8))

    assert tuple(person.box) == pytest.approx((16, 16, 80, 112), abs=2)
    assert person.score == pytest.approx(0.9)


def test_a_recorded_mask_is_pasted_as_torchvision_pastes_it(plugin):
    # One detection as the network gives it: a sloping oval of probabilities over a box that ends beyond the photo.
    y, x = np.mgrid[:28, :28]
    mask = 1 / (1 + np.exp((np.hypot((x - 12) / 9, (y - 15 + 0.2 * x) / 12) - 1) * 6)).astype(np.float32)
    box = np.array([30.4, -12.0, 96.8, 71.5], np.float32)

    person = plugin.decode(mask, box, 0.8, (90, 80))

    pasted = paste_masks_in_image(torch.from_numpy(mask)[None, None], torch.from_numpy(box)[None], (80, 90))[0, 0] > 0.5
    ours = np.zeros((80, 90), bool)
    ours[person.box.slices] = person.mask
    both = np.count_nonzero(ours & pasted.numpy()) / np.count_nonzero(ours | pasted.numpy())
    assert both > 0.96  # torchvision rounds boxes to whole pixels


@pytest.mark.parametrize("box", [(5, 5, 5, 20), (200, 5, 220, 20), (np.nan, 0, 1, 1)])
def test_a_box_that_is_none_or_off_the_photo_is_nobody(box, plugin):
    assert plugin.decode(np.ones((28, 28), np.float32), np.array(box, np.float32), 0.8, (90, 80)) is None


def test_without_weights_it_says_exactly_what_to_do_and_asks_no_network(load, no_network, tmp_path):
    with pytest.raises(WeightsNotFoundError) as error:
        load("torchvision_maskrcnn")

    for part in ("--masker-option fetch=true", str(tmp_path), Published.COCO_V1.url):
        assert part in str(error.value)


def test_only_when_asked_the_weights_are_fetched_with_the_checksum_in_their_name(monkeypatch, load, weights):
    asked = []

    def fetch(url, target, *, sha256_start):
        asked.append((url, target.name, sha256_start))
        return weights

    monkeypatch.setattr("eraser.weights.fetch_file", fetch)
    load("torchvision_maskrcnn", fetch="true")

    (name,) = read_facts(FILE).weights
    assert asked == [(Published.COCO_V1.url, name, name.removesuffix(".pth")[-8:])]


def test_a_file_that_holds_something_else_is_refused_and_nothing_in_it_is_run(load, tmp_path):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "exploded",)

    (tmp_path / "bomb.pth").write_bytes(pickle.dumps(Bomb()))
    torch.save({"backbone": torch.zeros(3)}, tmp_path / "other.pth")
    (tmp_path / "damaged.pth").write_bytes(b"nonsense")

    for name in ("bomb.pth", "other.pth", "damaged.pth"):
        with pytest.raises(WeightsMismatchError, match=name):
            load("torchvision_maskrcnn", weights=tmp_path / name)
    assert not (tmp_path / "exploded").exists()


def test_an_unknown_class_is_answered_with_those_there_are(load, weights):
    with pytest.raises(MaskerError, match="no class 'unicorn': there are person, bicycle"):
        load("torchvision_maskrcnn", classes="unicorn", weights=weights)
    with pytest.raises(MaskerOptionError, match="classes must name at least one"):
        load("torchvision_maskrcnn", classes="")
