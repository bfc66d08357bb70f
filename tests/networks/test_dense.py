import numpy as np
import pytest
import torch

from eraser.inpaint.export import export_generator
from eraser.inpaint.generator import OnnxGenerator
from eraser.inpaint.torch_generator import TorchGenerator
from eraser.networks.dense import DenseGenerator
from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.networks.onnx_file import simplify, store_halves
from eraser.training.checkpoint import export_weights
from eraser.weights import find, load_generator

HOLES = {
    "a box": np.s_[20:40, 10:30],
    "the rim": np.s_[:, :9],
    "specks": np.s_[::9, ::11],
    "two thirds": np.s_[:44],
    "everything": np.s_[:],
}


def generator(**params):
    torch.manual_seed(0)
    network = PENNetGenerator(GeneratorParams(attention="own", channels=(8,) * 6, **params)).eval()
    for parameter in network.parameters():  # untrained, the last layers are silent, and would hide all others
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return network


def case(hole, size_px=64):
    mask = np.zeros((size_px, size_px), bool)
    mask[HOLES[hole]] = True
    picture = np.random.default_rng(1).uniform(0, 255, (size_px, size_px, 3)).astype(np.float32)
    return picture, mask


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("depth", [0, 1])
def test_the_dense_form_gives_the_numbers_of_the_generator(hole, depth):
    network = generator(depth=depth)
    picture, mask = (torch.from_numpy(array) for array in case(hole))
    picture, mask = picture.permute(2, 0, 1)[None] / 127.5 - 1, mask[None, None].float()

    with torch.inference_mode():
        out = network(torch.cat([torch.where(mask > 0, 1.0, picture), mask], 1), mask)
        dense = DenseGenerator(network)(picture, mask)

    assert torch.allclose(dense, out[1], atol=1e-4)


def test_the_published_attention_has_no_dense_form():
    with pytest.raises(ValueError, match="our own attention"):
        DenseGenerator(PENNetGenerator(GeneratorParams(channels=(8,) * 6)))


@pytest.mark.parametrize("hole", HOLES)
def test_an_exported_generator_differs_by_at_most_one_level_of_255(hole, tmp_path):
    weights, exported = tmp_path / "tiny.safetensors", tmp_path / "tiny.onnx"
    export_weights(weights, generator(depth=1), {"attention": "own", "size_px": "64"})
    export_generator(find(str(weights), "fill"), exported)
    simplify(exported)
    store_halves(exported)
    picture, mask = case(hole)

    by_torch = TorchGenerator(load_generator(weights), "cpu")(picture, mask)
    by_onnx = OnnxGenerator(exported)(picture, mask)

    assert OnnxGenerator(exported).size_px == 64
    assert np.abs(by_torch - by_onnx).max() <= 1.0
