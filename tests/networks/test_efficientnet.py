import pytest
import torch
import torch.nn.functional as F

from eraser.maskers.recipes import LITE0, build_segmenter
from eraser.networks.efficientnet import STRIDE_8_16_32, EfficientNetLite, SameConv2d, fold_published


@pytest.fixture
def published():
    """Random weights under the published names and shapes, batch normalisations apart from the convolutions."""
    torch.manual_seed(0)
    state = {}
    for name, tensor in EfficientNetLite(outputs=(15,)).state_dict().items():
        layer, kind = name.rsplit(".", 1)
        if kind == "bias":
            continue
        theirs = layer.replace("stem", "_conv_stem").replace("blocks", "_blocks")
        norm = {"stem": "_bn0", "expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[layer.split(".")[-1]]
        prefix = theirs.rsplit(".", 1)[0] + "." if "." in theirs else ""
        for part in ("expand", "depthwise", "project"):
            theirs = theirs.replace(f".{part}", f"._{part}_conv")
        channels = tensor.shape[0]
        state[f"{theirs}.weight"] = torch.randn(tensor.shape) / tensor[0].numel() ** 0.5
        state[f"{prefix}{norm}.weight"] = torch.rand(channels) + 0.5
        state[f"{prefix}{norm}.bias"] = torch.randn(channels) / 10
        state[f"{prefix}{norm}.running_mean"] = torch.randn(channels) / 10
        state[f"{prefix}{norm}.running_var"] = torch.rand(channels) + 0.5
    return state


def test_features_come_at_strides_8_16_and_32():
    features = EfficientNetLite(STRIDE_8_16_32)(torch.rand(1, 3, 64, 96))

    assert [tuple(f.shape[1:]) for f in features] == [(40, 8, 12), (112, 4, 6), (320, 2, 3)]


@pytest.mark.parametrize("kernel", [3, 5])
def test_a_strided_convolution_pads_as_tensorflow_does(kernel):
    conv = SameConv2d(1, 1, kernel, 2)
    x = torch.rand(1, 1, 8, 8)
    total = (8 // 2 - 1) * 2 + kernel - 8  # TensorFlow's "same": the smaller half before, the larger after
    padded = F.pad(x, (total // 2, total - total // 2) * 2)

    torch.testing.assert_close(conv(x), F.conv2d(padded, conv.weight, conv.bias, 2))


def test_folded_weights_give_what_convolution_and_normalisation_gave(published):
    network = EfficientNetLite(outputs=(0, 15))
    network.load_state_dict(fold_published(published))
    x = torch.rand(1, 3, 32, 32)

    def norm(y, name):
        mean, var = published[f"{name}.running_mean"], published[f"{name}.running_var"]
        return F.batch_norm(y, mean, var, published[f"{name}.weight"], published[f"{name}.bias"], eps=1e-3)

    y = F.pad((x * 255 - 127) / 128, (0, 1, 0, 1))
    y = norm(F.conv2d(y, published["_conv_stem.weight"], stride=2), "_bn0").clamp(0, 6)
    y = F.conv2d(y, published["_blocks.0._depthwise_conv.weight"], padding=1, groups=32)
    y = norm(y, "_blocks.0._bn1").clamp(0, 6)
    y = norm(F.conv2d(y, published["_blocks.0._project_conv.weight"]), "_blocks.0._bn2")

    torch.testing.assert_close(network(x)[0], y, rtol=1e-4, atol=1e-4)


def test_frozen_blocks_ask_for_no_gradient_and_the_others_do():
    network = EfficientNetLite()

    network.freeze(3)

    frozen = {
        name.split(".")[1] if "." in name[:7] else "stem"
        for name, p in network.named_parameters()
        if not p.requires_grad
    }
    assert {name for name in frozen if name.isdigit()} == {"0", "1", "2"}
    assert not network.stem.weight.requires_grad
    assert network.blocks[3].project.weight.requires_grad


def test_our_recipe_builds_a_segmenter_with_strides_8_16_32():
    model = build_segmenter(LITE0, ("person",))

    assert model.stride.tolist() == [8, 16, 32]
    assert isinstance(model.model[0], EfficientNetLite)
    assert model.names == {0: "person"}


def test_an_unknown_network_is_an_error_that_names_ours():
    with pytest.raises(ValueError, match=LITE0):
        build_segmenter("resnet50", ("person",))
