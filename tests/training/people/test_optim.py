import pytest
import torch
from torch import nn

from eraser.networks.efficientnet import EfficientNetLite
from eraser.training.people.optim import Muon, Optimizers, build_optimizers, orthogonalise
from eraser.training.people.settings import PeopleSettings


def small_network():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, bias=False),
        nn.BatchNorm2d(16),
        nn.Conv2d(16, 32, 3, bias=False),
        nn.Conv2d(32, 32, 3, groups=32, bias=False),
        nn.Conv2d(32, 4, 1),
    )


@pytest.mark.parametrize("shape", [(2, 12, 40), (3, 40, 12), (1, 16, 16)])
def test_orthogonalised_matrices_stretch_every_direction_about_equally(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))

    values = torch.linalg.svdvals(orthogonalise(matrices))

    assert values.min() > 0.5
    assert values.max() < 1.4


def test_orthogonalising_keeps_the_directions():
    left, _ = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))

    made = orthogonalise((left @ torch.diag(torch.linspace(1, 3, 8)))[None])[0]

    turned = left.T @ made
    assert (turned - torch.diag(turned.diagonal())).abs().max() < 0.05


def test_orthogonalising_follows_the_iterations_of_newton_and_schulz():
    matrix = torch.randn(1, 10, 90, generator=torch.Generator().manual_seed(4))
    plain = matrix / matrix.norm()
    for _ in range(5):
        gram = plain @ plain.transpose(1, 2)
        plain = 3.4445 * plain + (-4.7750 * gram + 2.0315 * gram @ gram) @ plain

    torch.testing.assert_close(orthogonalise(matrix), plain, rtol=1e-3, atol=1e-4)


def test_muon_goes_downhill_in_steps_of_the_learning_rate():
    weight = nn.Parameter(torch.randn(16, 16, 1, 1, generator=torch.Generator().manual_seed(2)))
    optimizer = Muon([weight], lr=0.05, weight_decay=0.0)
    lengths = [float(weight.detach().norm())]

    for _ in range(60):
        before = weight.detach().clone()
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
        lengths.append(float(weight.detach().norm()))
        # As AdamW's: a fifth of the learning rate, root mean square.
        assert float((weight.detach() - before).square().mean().sqrt()) < 0.05 * 0.2 * 1.2

    assert lengths[-1] < 0.75 * lengths[0]


def test_every_weight_is_trained_by_exactly_one_optimizer():
    network = small_network()

    for name in ("muon", "adamw"):
        optimizers = build_optimizers(network, PeopleSettings(optimizer=name))
        held = [param for each in optimizers for group in each.param_groups for param in group["params"]]

        assert len(held) == len(set(held)) == len(list(network.parameters()))


def test_only_hidden_convolutions_are_orthogonalised():
    network = small_network()

    muon = build_optimizers(network, PeopleSettings(optimizer="muon"))[1]

    assert [group["params"] for group in muon.param_groups] == [[network[2].weight]]


def test_biases_and_scales_do_not_decay():
    network = small_network()

    (adamw,) = build_optimizers(network, PeopleSettings(optimizer="adamw", weight_decay=0.3))

    decays = {param: group["weight_decay"] for group in adamw.param_groups for param in group["params"]}
    assert decays[network[4].weight] == 0.3
    assert decays[network[4].bias] == decays[network[1].weight] == 0.0


def test_weights_that_need_no_gradient_are_left_alone():
    network = small_network()
    network[2].weight.requires_grad_(False)

    optimizers = build_optimizers(network, PeopleSettings(optimizer="muon"))

    held = [param for each in optimizers for group in each.param_groups for param in group["params"]]
    assert all(param is not network[2].weight for param in held)


def test_a_pretrained_backbone_learns_more_slowly_and_its_frozen_blocks_not_at_all():
    backbone = EfficientNetLite((4,))
    backbone.freeze(3)
    network = nn.Sequential(backbone, nn.Conv2d(40, 32, 3, bias=False), nn.Conv2d(32, 4, 1))
    optimizers = build_optimizers(network, PeopleSettings(backbone_lr_factor=0.25))

    Optimizers(optimizers).prepare(0.1)

    rates = {p: group["lr"] for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]}
    assert all(rates[p] == pytest.approx(0.025) for p in backbone.blocks[3:].parameters())
    assert all(rates[p] == pytest.approx(0.1) for p in network[1:].parameters())
    assert not set(rates) & set(backbone.blocks[:3].parameters())
