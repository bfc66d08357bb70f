import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from eraser.errors import MaskerError, MaskerOptionError, WeightsMismatchError, WeightsNotFoundError
from eraser.maskers.base import MaskerContext
from eraser.maskers.toolkit import import_ultralytics
from eraser.plugins.options import read_options
from eraser.testing import check_masker

PHOTO = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """``weights(network)``: a state dict of the right shapes in a small file, each tensor a slice of few numbers."""
    folder = tmp_path_factory.mktemp("sam")

    def make(network):
        path = folder / f"{network}.pt"
        if not path.exists():
            torch.manual_seed(0)
            built = getattr(import_ultralytics("ultralytics.models.sam.build"), f"build_{network}")()
            state = {name: scattered(tensor) for name, tensor in built.state_dict().items()}
            torch.save({"model": state} if network.startswith("sam2") else state, path)
        return path

    return make


def scattered(tensor):
    """As many numbers as the last axis holds, repeated along the others."""
    if not tensor.ndim or not tensor.is_floating_point():
        return tensor
    return (torch.rand(tensor.shape[-1]) * 0.1).expand(tensor.shape)


@pytest.mark.parametrize("network", ["mobile_sam", "sam2_t"])
def test_with_random_weights_what_is_cut_out_lies_on_the_photo(network, weights, load, no_network):
    masker = load(
        "sam_click", network=network, weights=weights(network), size_px=64, points="60,45;20,20", boxes="10,10,50,80"
    )

    [found] = check_masker(masker, photos=[PHOTO], context=MaskerContext(weights_dir=Path(), min_score=0.0))

    assert len(found) <= 2  # the second point lies in the box
    assert len(masker.weights_sha256) == 64


def test_logits_are_carried_to_the_photo_and_padding_is_left_out(weights, load, monkeypatch):
    masker = load("sam_click", weights=weights("mobile_sam"), size_px=128, points="60,45")
    logits = np.full((32, 32), -9.0, np.float32)
    logits[8:16, 16:24] = 9.0  # of an input of 128 that holds 120 x 90 pixels: 3.75 pixels a cell
    logits[28:, :] = 9.0  # below the photo
    monkeypatch.setattr(masker, "_cut", lambda *given: (logits, 0.7))

    (person,) = masker(PHOTO)

    assert tuple(person.box) == pytest.approx((60, 30, 90, 60), abs=1)
    assert person.score == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("given", "prompts"),
    [
        ({"points": "1,2;3,4"}, [(None, [(1, 2)]), (None, [(3, 4)])]),
        ({"points": "1,2;3,4", "together": "true"}, [(None, [(1, 2), (3, 4)])]),
        ({"points": "1,2;30,40", "boxes": "0,0,9,9"}, [((0, 0, 9, 9), [(1, 2)]), (None, [(30, 40)])]),
    ],
)
def test_each_box_and_each_click_outside_of_them_is_one_thing(given, prompts, module_of):
    options = read_options(module_of("sam_click").SamOptions, list(given.items()))

    assert options.prompts() == prompts


def test_a_click_is_seen_where_it_is_in_the_input(weights, load, monkeypatch):
    masker = load("sam_click", weights=weights("mobile_sam"), size_px=128, points="60,45", not_points="0,0")
    encoder, seen = masker._network.prompt_encoder, []
    real = encoder.forward
    monkeypatch.setattr(encoder, "forward", lambda **given: seen.append(given) or real(**given))

    masker(PHOTO)

    clicks, labels = seen[0]["points"]
    scale = 128 / 120  # the network adds half a pixel
    assert (clicks[0] + 0.5).tolist() == pytest.approx(np.array([[60.5, 45.5], [0.5, 0.5]]) * scale)
    assert labels.tolist() == [[1, 0]]


def test_missing_weights_end_in_what_to_do_and_nothing_is_fetched(load, no_network, tmp_path):
    with pytest.raises(WeightsNotFoundError) as error:
        load("sam_click", points="1,1", network="sam2.1_s")

    for part in (str(tmp_path / "sam2.1_s.pt"), "by hand from https://", "--masker-option weights=FILE"):
        assert part in str(error.value)


def test_missing_weights_of_the_default_network_are_fetched_by_a_command(load, no_network):
    with pytest.raises(WeightsNotFoundError, match="run: eraser weights fetch mobile-sam, or say where"):
        load("sam_click", points="1,1")


def test_a_file_that_holds_something_else_is_refused_and_nothing_in_it_is_run(load, tmp_path, weights):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "exploded",)

    (tmp_path / "bomb.pt").write_bytes(pickle.dumps(Bomb()))
    torch.save({"backbone": torch.zeros(3)}, tmp_path / "other.pt")
    torch.save([1, 2], tmp_path / "list.pt")

    for name in ("bomb.pt", "other.pt", "list.pt"):
        with pytest.raises(WeightsMismatchError, match=name):
            load("sam_click", points="1,1", weights=tmp_path / name)
    assert not (tmp_path / "exploded").exists()


def test_without_a_point_or_a_box_it_says_how_to_give_one(load):
    with pytest.raises(MaskerError, match="points=X,Y or boxes=X0,Y0,X1,Y1"):
        load("sam_click", not_points="1,1")


@pytest.mark.parametrize("given", [{"boxes": "9,9,9,12"}, {"size_px": "100"}, {"points": "1,2,3"}, {"network": "sam9"}])
def test_options_that_make_no_sense_are_refused(given, load):
    with pytest.raises(MaskerOptionError):
        load("sam_click", **given)


@pytest.mark.parametrize(
    "given", [{"points": "120,5"}, {"boxes": "130,5,140,9"}, {"points": "1,1", "not_points": "5,90"}]
)
def test_places_off_the_photo_are_named(given, load, weights):
    masker = load("sam_click", weights=weights("mobile_sam"), size_px=64, **given)

    with pytest.raises(MaskerError, match="off a photo of 120 x 90"):
        masker(PHOTO)
