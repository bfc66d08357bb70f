import pytest
import torch
from safetensors.torch import save_file

from eraser.errors import WeightsMismatchError, WeightsNotFoundError
from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.weights import load_generator, read_size_px

THIN = (8, 12, 16, 20, 24, 28)


def network(**params):
    torch.manual_seed(1)
    return PENNetGenerator(GeneratorParams(channels=THIN, **params)).eval()


@pytest.fixture
def saved(tmp_path):
    def saved(state, **metadata):
        save_file(state, tmp_path / "w.safetensors", metadata or None)
        return tmp_path / "w.safetensors"

    return saved


@pytest.mark.parametrize("attention", ["own", "published"])
@pytest.mark.parametrize("torgb", [True, False])
def test_a_saved_generator_comes_back_as_the_same_function(saved, attention, torgb):
    made = network(attention=attention, torgb=torgb)
    x, mask = torch.rand(1, 4, 64, 64), torch.zeros(1, 1, 64, 64)
    mask[..., 20:40, 20:40] = 1

    loaded = load_generator(saved(made.state_dict(), attention=attention))

    assert loaded.params == made.params
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())
    with torch.inference_mode():
        expected, got = made(x, mask), loaded(x, mask)
    torch.testing.assert_close(got, expected)


def test_half_precision_weights_are_used_in_single_precision(saved):
    state = {name: tensor.half() for name, tensor in network().state_dict().items()}

    assert {weight.dtype for weight in load_generator(saved(state)).parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("encoder.3.weight"), r"missing: encoder.3.weight"),
        (lambda s: s.pop("decoder.2.bias"), r"decoder.2.bias"),
        (lambda s: s.update({"attic.0.weight": torch.zeros(2)}), r"attic.0.weight"),
        (lambda s: s.update({"picture.1.bias": torch.zeros(7)}), r"picture.1.bias"),
        (lambda s: s.update({"encoder.3.weight": torch.tensor(1.0)}), r"w.safetensors"),
        (lambda s: s.update({"picture.1.bias": torch.full((3,), torch.nan)}), r"undefined numbers"),
    ],
)
def test_weights_of_something_else_are_refused_in_one_line(saved, change, message):
    state = network().state_dict()
    change(state)

    with pytest.raises(WeightsMismatchError, match=message) as told:
        load_generator(saved(state))
    assert "\n" not in str(told.value)


def test_a_file_that_contradicts_itself_is_refused(saved):
    with pytest.raises(WeightsMismatchError, match="attention"):
        load_generator(saved(network().state_dict(), attention="own"))


def test_missing_and_truncated_files_are_told_apart(saved, tmp_path):
    with pytest.raises(WeightsNotFoundError):
        load_generator(tmp_path / "none.safetensors")
    path = saved(network().state_dict())
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(WeightsMismatchError, match="truncated"):
        load_generator(path)


def test_a_pickle_is_read_without_running_it(tmp_path):
    torch.save({"netG": {"a": torch.zeros(1)}}, tmp_path / "w.pth")

    with pytest.raises(WeightsMismatchError, match="missing"):
        load_generator(tmp_path / "w.pth")
    assert read_size_px(tmp_path / "w.pth") == 256


@pytest.mark.parametrize(("metadata", "size_px"), [({}, 256), ({"size_px": "64"}, 64), ({"size_px": "512"}, 512)])
def test_the_size_of_training_is_read_from_the_file(saved, metadata, size_px):
    assert read_size_px(saved({"a": torch.zeros(1)}, **metadata)) == size_px


@pytest.mark.parametrize("said", ["0", "100", "-64", "64.0", "", "big", "1000000000000"])
def test_a_size_that_makes_no_sense_is_refused(saved, said):
    with pytest.raises(WeightsMismatchError, match="pixels a side"):
        read_size_px(saved({"a": torch.zeros(1)}, size_px=said))
