import logging

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from eraser.config import ModelConfig
from eraser.engine import Engine, load_inpainter
from eraser.errors import DeviceError, WeightsMismatchError, WeightsNotFoundError
from eraser.inpaint import patches
from eraser.inpaint.base import check_fill
from eraser.inpaint.generator import GeneratorInpainter
from eraser.inpaint.prior import GeneratorPrior
from eraser.inpaint.registry import BUILTIN_REQUIREMENTS, INPAINTERS
from eraser.inpaint.sizes import resize_back, resize_to_square
from eraser.inpaint.torch_generator import TorchGenerator
from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.weights import hash_file

HOLE = np.zeros((90, 140), np.bool_)
HOLE[30:60, 50:80] = True
RAMP = np.broadcast_to(np.linspace(20, 230, 140)[None, :, None], (90, 140, 3)).astype(np.uint8)

NETWORK_INPAINTERS = ["generator", "guided"]


@pytest.fixture(autouse=True)
def no_own_weights(tmp_path, monkeypatch):
    """No weights at hand, neither the person's nor shipped ones."""
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "own"))
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "manifest.toml").write_text("")
    monkeypatch.setattr("eraser.weights.files.shipped_weights_dir", lambda: shipped)
    monkeypatch.setattr("eraser.weights.manifest.shipped_weights_dir", lambda: shipped)


@pytest.fixture
def weights(tmp_path):
    """Write the weights of a tiny generator, untrained: of the ``own`` kind it returns about the membrane."""

    def weights(attention="own", size_px=64, **params):
        torch.manual_seed(3)
        network = PENNetGenerator(GeneratorParams(attention=attention, channels=(8,) * 6, **params))
        path = tmp_path / "tiny.safetensors"
        save_file(network.state_dict(), path, {"attention": attention, "size_px": str(size_px)})
        return path

    return weights


class Constant(torch.nn.Module):
    """Answers mid grey, and remembers what it was asked."""

    def forward(self, x, mask):
        self.asked = x, mask
        return torch.zeros_like(x[:, :3])


def blanked(image):
    return np.where(HOLE[..., None], np.uint8(0), image)


@pytest.mark.parametrize("name", NETWORK_INPAINTERS)
@pytest.mark.parametrize(("attention", "torgb"), [("own", True), ("published", False)])
def test_inpainters_with_weights_fill_a_crop_and_name_their_weights(weights, name, attention, torgb):
    path = weights(attention, torgb=torgb)

    inpainter = load_inpainter(ModelConfig(inpainter=name, fill_weights=str(path), device="cpu"))

    fill = check_fill(inpainter(blanked(RAMP), HOLE), RAMP.shape, name)
    assert (inpainter.weights_name, inpainter.weights_sha256) == ("tiny.safetensors", hash_file(path))
    if attention == "own":
        assert np.abs(fill.image[HOLE].astype(int) - RAMP[HOLE]).max() < 40


def test_a_crop_is_squeezed_to_the_size_that_the_network_was_trained_for(weights):
    inpainter = load_inpainter(ModelConfig(inpainter="generator", fill_weights=str(weights(size_px=128)), device="cpu"))
    assert inpainter.size_px == 128

    network = Constant()
    filled = GeneratorInpainter(TorchGenerator(network, "cpu"), 64)(blanked(RAMP), HOLE)

    x, mask = network.asked
    assert (x.shape, mask.shape) == ((1, 4, 64, 64), (1, 1, 64, 64))
    assert torch.equal(x[:, 3:], mask)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert (x[:, :3][mask.expand(1, 3, 64, 64) > 0] == 1.0).all()
    assert mask.mean().item() == pytest.approx(HOLE.mean(), rel=0.1)
    assert np.abs(filled.image.astype(int) - 127).max() <= 1


@pytest.mark.parametrize("shape", [(90, 140), (40, 30), (64, 64), (300, 65), (1, 500)])
def test_nothing_under_the_hole_takes_part(shape):
    rng = np.random.default_rng(0)
    hole = np.zeros(shape, np.bool_)
    hole[: max(1, shape[0] // 3), shape[1] // 4 : shape[1] // 2] = True
    image = np.full((*shape, 3), 90, np.uint8)
    image[hole] = rng.integers(0, 256, (hole.sum(), 3))

    square, unknown = resize_to_square(image, hole, 64)

    assert square[~unknown] == pytest.approx(90, abs=0.01)
    assert resize_back(square, shape).shape == (*shape, 3)


@pytest.mark.parametrize("name", NETWORK_INPAINTERS)
def test_a_crop_without_known_pixels_is_completed_all_the_same(weights, name):
    inpainter = load_inpainter(ModelConfig(inpainter=name, fill_weights=str(weights()), device="cpu"))

    assert inpainter(np.zeros((50, 70, 3), np.uint8), np.ones((50, 70), np.bool_)).image.shape == (50, 70, 3)


def test_guided_keeps_to_the_generators_completion_and_copies_known_pixels(weights, monkeypatch):
    priors = []
    transfer = patches.transfer

    def spy(*args, prior, **options):
        priors.append(prior)
        return transfer(*args, prior=prior, **options)

    monkeypatch.setattr(patches, "transfer", spy)
    inpainter = load_inpainter(ModelConfig(inpainter="guided", fill_weights=str(weights()), device="cpu"))

    fill = inpainter(blanked(RAMP), HOLE)

    (prior,) = priors
    assert np.abs(prior[HOLE].astype(int) - RAMP[HOLE]).mean() < 12
    assert fill.offsets is not None
    np.testing.assert_array_equal(fill.image[~HOLE], RAMP[~HOLE])


def test_what_the_leader_misses_around_the_hole_is_taken_off_inside(weights):
    leader = GeneratorInpainter(TorchGenerator(Constant(), "cpu"), 64)

    lead, _ = GeneratorPrior(leader).predict(blanked(np.full_like(RAMP, 200)), HOLE)

    assert np.abs(lead[HOLE].astype(int) - 200).max() <= 2


class Sideways(torch.nn.Module):
    """Answers brighter towards the right, whatever it is asked, and counts the questions."""

    def __init__(self):
        super().__init__()
        self.contexts = []

    def forward(self, x, mask):
        self.contexts.append(float(mask.mean()))
        return torch.linspace(-0.5, 0.5, x.shape[3]).expand_as(x[:, :3])


def test_the_prior_prefers_no_side():
    image = blanked(np.random.default_rng(0).integers(0, 255, RAMP.shape, np.uint8))
    inpainter = GeneratorPrior(GeneratorInpainter(TorchGenerator(Sideways(), "cpu"), 64))

    lead, _ = inpainter.predict(image, HOLE)
    mirrored, _ = inpainter.predict(np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(HOLE[:, ::-1]))

    assert np.abs(lead[HOLE].astype(int) - mirrored[:, ::-1][HOLE]).max() <= 1


@pytest.mark.parametrize(("size_px", "completions"), [(64, 4), (128, 4), (256, 2)])
def test_a_small_network_is_shown_nearer_and_wider_surroundings_and_a_large_one_the_whole_crop(size_px, completions):
    network = Sideways()

    GeneratorPrior(GeneratorInpainter(TorchGenerator(network, "cpu"), size_px)).predict(blanked(RAMP), HOLE)

    assert len(network.contexts) == completions
    assert completions == 2 or max(network.contexts) > 1.5 * min(network.contexts)


class Wavering(torch.nn.Module):
    """Keeps what is known, and answers dark and bright by turns."""

    def __init__(self):
        super().__init__()
        self.answer = 0.5

    def forward(self, x, mask):
        self.answer = -self.answer
        return torch.where(mask > 0, self.answer, x[:, :3])


def test_the_prior_is_sure_where_its_completions_agree():
    image = blanked(RAMP)

    _, agreeing = GeneratorPrior(GeneratorInpainter(TorchGenerator(Constant(), "cpu"), 64)).predict(image, HOLE)
    _, differing = GeneratorPrior(GeneratorInpainter(TorchGenerator(Wavering(), "cpu"), 64)).predict(image, HOLE)

    assert agreeing[HOLE].min() > 0.7
    assert differing[HOLE].min() < 0.5


def test_guided_without_weights_is_patches_and_says_so(caplog):
    with caplog.at_level(logging.INFO, "eraser"):
        inpainter = load_inpainter(ModelConfig(inpainter="guided", device="cpu"))

    assert inpainter is patches.inpaint
    assert "patches alone" in caplog.text


@pytest.mark.parametrize(
    ("inpainter", "name"), [("generator", "fill"), ("generator", "places2"), ("guided", "places2"), ("guided", "x.pth")]
)
def test_weights_that_were_asked_for_and_are_not_there_are_an_error(inpainter, name):
    with pytest.raises(WeightsNotFoundError):
        load_inpainter(ModelConfig(inpainter=inpainter, fill_weights=name, device="cpu"))


def test_guided_does_not_hide_damaged_weights(weights):
    path = weights()
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(WeightsMismatchError, match="truncated"):
        load_inpainter(ModelConfig(inpainter="guided", fill_weights=str(path), device="cpu"))


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory. Tried"), MemoryError()])
def test_exhausted_memory_is_a_device_error_that_says_what_to_try(error):
    class Hungry(torch.nn.Module):
        def forward(self, x, mask):
            raise error

    with pytest.raises(DeviceError, match=r"--device cpu"):
        GeneratorInpainter(TorchGenerator(Hungry(), "cpu"), 64)(RAMP, HOLE)


def test_other_failures_of_a_network_stay_what_they_are():
    class Broken(torch.nn.Module):
        def forward(self, x, mask):
            raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        GeneratorInpainter(TorchGenerator(Broken(), "cpu"), 64)(RAMP, HOLE)


def test_only_inpainters_with_a_network_ask_for_the_device(weights, monkeypatch):
    def no_device(wanted):
        raise DeviceError(wanted)

    monkeypatch.setattr("eraser.engine.resolve_device", no_device)

    for name in [name for name, wants in BUILTIN_REQUIREMENTS.items() if not wants.has_weights]:
        load_inpainter(ModelConfig(inpainter=name))
    for name in NETWORK_INPAINTERS:
        with pytest.raises(DeviceError):
            load_inpainter(ModelConfig(inpainter=name, fill_weights=str(weights())))


def test_an_eraser_with_a_generator_changes_nothing_outside_the_mask(weights):
    engine = Engine(ModelConfig(inpainter="generator", fill_weights=str(weights()), device="cpu"), plugins=())

    result = engine.erase(RAMP, mask=HOLE)

    np.testing.assert_array_equal(result.image[~HOLE], RAMP[~HOLE])


def test_every_built_in_says_what_it_wants():
    assert {entry_point.name for entry_point in INPAINTERS.builtins} == BUILTIN_REQUIREMENTS.keys()
