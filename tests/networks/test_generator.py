import pytest
import torch

from eraser.networks.checkpoint import params_from_state, rename_published
from eraser.networks.generator import GeneratorParams, PENNetGenerator

SMALL = (4, 8, 8, 12, 16, 16)


def build(attention="published", torgb=True, depth=0, encoder="plain"):
    torch.manual_seed(0)
    params = GeneratorParams(attention=attention, torgb=torgb, channels=SMALL, depth=depth, encoder=encoder)
    net = PENNetGenerator(params).eval()
    with torch.no_grad():
        for weight in net.parameters():  # also those that begin at zero
            weight.copy_(torch.randn(weight.shape) / 10)
    return net


def scene(height=64, width=128, batch=2):
    draw = torch.Generator().manual_seed(1)
    mask = torch.zeros(batch, 1, height, width)
    mask[:, :, 20:40, 10:30] = 1
    photo = torch.rand(batch, 3, height, width, generator=draw) * 2 - 1
    return torch.cat([torch.where(mask > 0, 1.0, photo), mask], 1), mask


def published_state(torgb=True, prefix="module."):
    """Weights under the authors' names, in their full width, all different."""
    layers = {f"dw_conv0{i}.0": s for i, s in enumerate([(32, 4), (64, 32), (128, 64), (256, 128), (512, 256)], 1)}
    layers["dw_conv06.0"] = (512, 512)
    ups = [(32, 128), (64, 256), (128, 512), (256, 1024), (512, 512)]
    layers |= {f"up_conv0{i}.0": s for i, s in enumerate(ups, 1)}
    for level, channels in enumerate((32, 64, 128, 256), 1):
        layers |= {f"at_conv0{level}.conv0{i}.0": (channels // 4, channels) for i in range(4)}
    layers |= {"decoder.0": (32, 64), "decoder.2": (3, 32)}
    state = {f"{name}.weight": torch.randn(*shape, 3, 3) for name, shape in layers.items()}
    if torgb:
        layers |= {f"torgb{i}.0": (3, 64 << i - 1) for i in range(1, 6)}
        state |= {f"torgb{i}.0.weight": torch.randn(3, 64 << i - 1, 1, 1) for i in range(1, 6)}
    state |= {f"{name}.bias": torch.randn(shape[0]) for name, shape in layers.items()}
    return {prefix + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize("attention", ["published", "own"])
def test_pictures_have_the_size_of_the_photo_and_heads_that_of_their_level(attention):
    x, mask = scene()

    with torch.no_grad():
        pyramid, picture = build(attention)(x, mask)

    assert picture.shape == (2, 3, 64, 128)
    assert [tuple(p.shape[1:]) for p in pyramid] == [(3, 64 >> level, 128 >> level) for level in range(1, 6)]
    assert picture.abs().max() <= 1


@pytest.mark.parametrize("attention", ["published", "own"])
def test_without_heads_only_the_same_picture_comes_back(attention):
    x, mask = scene()
    with_heads, without = build(attention), build(attention, torgb=False)
    without.load_state_dict({k: v for k, v in with_heads.state_dict().items() if not k.startswith("torgb")})

    with torch.no_grad():
        picture = without(x, mask)

        assert torch.equal(picture, with_heads(x, mask)[1])


@pytest.mark.parametrize("attention", ["published", "own"])
def test_the_picture_is_the_same_in_any_batch_and_every_time(attention):
    x, mask = scene(batch=3)
    net = build(attention, torgb=False)

    with torch.no_grad():
        first, again, alone = net(x, mask), net(x, mask), net(x[1:2], mask[1:2])

    assert torch.equal(first, again)
    torch.testing.assert_close(alone, first[1:2], rtol=0, atol=1e-5)


@pytest.mark.parametrize("attention", ["published", "own"])
def test_a_photo_that_is_all_hole_gives_a_picture(attention):
    x, mask = torch.ones(1, 4, 64, 64), torch.ones(1, 1, 64, 64)

    with torch.no_grad():
        picture = build(attention, torgb=False)(x, mask)

    assert picture.isfinite().all()


@pytest.mark.parametrize(("attention", "depth"), [("published", 0), ("own", 0), ("own", 2)])
def test_every_weight_learns(attention, depth):
    x, mask = scene(128, 128)
    net = build(attention, depth=depth).train()
    with torch.no_grad():
        for weight in net.parameters():
            weight.abs_().div_(3 + 4 * depth)  # a few channels only: none may be dead, nor the picture saturated

    pyramid, picture = net(x, mask)
    sum(p.square().mean() for p in (*pyramid, picture)).backward()

    idle = [name for name, weight in net.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert idle == []


def test_depth_that_has_learned_nothing_changes_nothing():
    x, mask = scene()
    shallow = build("own", torgb=False)
    deep = PENNetGenerator(GeneratorParams(attention="own", torgb=False, channels=SMALL, depth=2)).eval()
    deep.load_state_dict(shallow.state_dict(), strict=False)

    with torch.no_grad():
        assert torch.equal(deep(x, mask), shallow(x, mask))


def test_with_depth_the_picture_hangs_on_more_than_copies_and_the_code():
    """At 64 pixels no patch above level 3 is free, so that level 2 of the hole is a copy or nothing."""
    x, mask = scene(64, 64, batch=1)
    net = build("own", torgb=False, depth=1)

    with torch.no_grad():
        before = net(x, mask)
        for layer in net.blocks["2"].modules():
            if isinstance(layer, torch.nn.Conv2d):
                layer.weight.zero_()
        after = net(x, mask)

    assert ((before - after).abs() * mask).max() > 1e-4


def test_the_published_network_has_no_depth():
    with pytest.raises(ValueError, match="published"):
        GeneratorParams(depth=1)


def test_sides_that_64_does_not_divide_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"divisible by 64, got 96x64"):
        build()(torch.zeros(1, 4, 64, 96), torch.zeros(1, 1, 64, 96))


@pytest.mark.parametrize("torgb", [True, False])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_weights_are_taken_as_they_came(torgb, prefix):
    theirs = published_state(torgb, prefix)

    state = rename_published(theirs)

    PENNetGenerator(params_from_state(state)).load_state_dict(state)
    assert params_from_state(state) == GeneratorParams(torgb=torgb)
    assert torch.equal(state["encoder.1.weight"], theirs[f"{prefix}dw_conv01.0.weight"])
    assert torch.equal(state["fusion.4.dilated.2.bias"], theirs[f"{prefix}at_conv04.conv02.0.bias"])
    assert torch.equal(state["picture.1.bias"], theirs[f"{prefix}decoder.2.bias"])
    assert len({tensor.data_ptr() for tensor in state.values()}) == len(theirs)


def test_every_missing_and_unknown_name_is_told():
    theirs = published_state()
    del theirs["module.dw_conv03.0.bias"], theirs["module.torgb2.0.weight"]
    theirs["module.classifier.weight"] = torch.zeros(1)

    with pytest.raises(KeyError) as error:
        rename_published(theirs)

    for name in ("dw_conv03.0.bias", "torgb2.0.weight", "classifier.weight"):
        assert name in str(error.value)


def test_every_shape_that_differs_is_told():
    theirs = published_state()
    theirs["module.decoder.2.bias"] = torch.zeros(4)
    theirs["module.up_conv05.0.weight"] = torch.zeros(512, 512)

    with pytest.raises(ValueError, match=r"up_conv05.0.weight \(512, 512\) instead of \(512, 512, 3, 3\)") as error:
        rename_published(theirs)

    assert "decoder.2.bias (4,) instead of (3,)" in str(error.value)


@pytest.mark.parametrize("torgb", [True, False])
@pytest.mark.parametrize(("attention", "depth"), [("published", 0), ("own", 0), ("own", 1), ("own", 3)])
def test_what_a_generator_was_built_from_is_read_off_its_weights(attention, depth, torgb):
    net = build(attention, torgb, depth)

    assert params_from_state(net.state_dict()) == net.params


def test_weights_of_something_else_are_refused():
    with pytest.raises(KeyError, match=r"encoder\.1\.weight"):
        params_from_state({"conv.weight": torch.zeros(1)})


def test_a_pretrained_encoder_is_read_off_the_weights():
    network = build("own", depth=1, encoder="lite0")

    assert params_from_state(network.state_dict()) == network.params


def test_an_untrained_generator_with_a_pretrained_encoder_returns_the_smooth_fill():
    torch.manual_seed(0)
    x, mask = scene()

    def complete(encoder):
        params = GeneratorParams(attention="own", channels=SMALL, encoder=encoder)
        return PENNetGenerator(params).eval()(x, mask)[1]

    torch.testing.assert_close(complete("lite0"), complete("plain"))


def test_what_lies_under_the_hole_changes_nothing_with_a_pretrained_encoder():
    network = build("own", depth=1, encoder="lite0")
    x, mask = scene()
    other = x.clone()
    other[:, :3] = torch.where(mask > 0, -1.0, x[:, :3])

    torch.testing.assert_close(network(x, mask)[1], network(other, mask)[1])


def test_the_published_form_takes_no_pretrained_encoder():
    with pytest.raises(ValueError, match="plain encoder"):
        GeneratorParams(attention="published", encoder="lite0")
