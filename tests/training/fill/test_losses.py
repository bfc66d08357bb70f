import pytest
import torch

from eraser.training import losses
from eraser.training.discriminator import PatchDiscriminator
from eraser.training.ema import AveragedWeights
from eraser.training.settings import FillSettings


@pytest.fixture
def square_hole():
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 16:32, 16:32] = 1
    return hole


def test_the_generator_sees_the_hole_as_ones_and_as_a_mask(square_hole):
    x = losses.generator_input(torch.full((1, 3, 64, 64), -0.5), square_hole)

    assert x.shape == (1, 4, 64, 64)
    assert x[0, :, 20, 20].tolist() == [1, 1, 1, 1]
    assert x[0, :, 0, 0].tolist() == [-0.5, -0.5, -0.5, 0]


def test_masked_l1_is_the_mean_over_the_mask_whatever_its_size(square_hole):
    truth = torch.zeros(1, 3, 64, 64)
    wrong_outside = torch.where(square_hole > 0, 0.25, 5.0).expand(1, 3, 64, 64)

    assert float(losses.masked_l1(wrong_outside, truth, square_hole)) == pytest.approx(0.25)
    assert float(losses.masked_l1(wrong_outside, truth, torch.zeros_like(square_hole))) == 0


def test_a_perfect_completion_costs_nothing_and_an_error_in_the_hole_most(square_hole):
    truth = torch.rand(1, 3, 64, 64) * 2 - 1
    pyramid = [torch.nn.functional.interpolate(truth, size=(side, side), mode="area") for side in (32, 8)]
    settings = FillSettings(hole_weight=6, valid_weight=1, pyramid_weight=0.5, low_frequency_weight=10)

    perfect = losses.reconstruction_losses(truth, pyramid, truth, square_hole, settings)
    wrong = losses.reconstruction_losses(truth + 0.1, [level + 0.1 for level in pyramid], truth, square_hole, settings)

    assert all(float(part) == 0 for part in perfect.values())
    costs = {name: round(float(part), 4) for name, part in wrong.items()}
    assert costs == {"hole": 0.6, "valid": 0.1, "pyramid": 0.1, "low_frequency": 0.1}


def test_patches_of_a_composite_that_do_not_see_the_hole_are_not_called_false(square_hole):
    class Undecided(torch.nn.Module):
        """Says 10 (surely a photo) where no hole can be seen, -10 at the hole."""

        def forward(self, pictures):
            logits = torch.full((len(pictures), 1, 4, 4), 10.0)
            logits[: len(pictures) // 2, :, 1, 1] = -10.0
            return logits, []

    picture = torch.zeros(1, 3, 64, 64)

    assert float(losses.discriminator_loss(Undecided(), picture, picture, square_hole)) == 0
    assert float(losses.discriminator_loss(Undecided(), picture, picture, torch.ones_like(square_hole))) > 5


def test_the_critic_learns_to_tell_noise_from_flat_pictures(square_hole):
    torch.manual_seed(0)
    critic = PatchDiscriminator((8, 8, 8))
    optimizer = torch.optim.Adam(critic.parameters(), 5e-3)
    flat, noise = torch.zeros(4, 3, 64, 64), torch.randn(4, 3, 64, 64).clamp(-1, 1)
    holes = square_hole.expand(4, -1, -1, -1)
    history = []

    for _ in range(25):
        loss = losses.discriminator_loss(critic, noise, flat, holes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))

    assert history[-1] < 0.8 * history[0]


def test_adversarial_losses_reach_the_picture_but_not_the_critic():
    critic = PatchDiscriminator((8, 8, 8)).requires_grad_(False)
    filled = torch.zeros(1, 3, 64, 64, requires_grad=True)

    holes = torch.ones(1, 1, 64, 64)
    parts = losses.adversarial_losses(critic, filled, torch.rand(1, 3, 64, 64), holes, FillSettings(size_px=64))
    sum(parts.values()).backward()

    assert set(parts) == {"adversarial", "matching"}
    assert filled.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in critic.parameters())


def test_adversarial_losses_are_as_strong_for_a_small_hole_as_for_a_large_one():
    def critic(pictures):
        return torch.nn.functional.avg_pool2d(pictures.mean(dim=1, keepdim=True), 8), [pictures]

    holes = torch.zeros(2, 1, 64, 64)
    holes[0, :, 8:16, 8:16] = 1
    holes[1, :, 8:56, 8:56] = 1
    filled = holes.repeat(1, 3, 1, 1).requires_grad_()
    settings = FillSettings(adversarial_weight=0.1, feature_weight=2.0)

    parts = losses.adversarial_losses(critic, filled, torch.zeros_like(filled), holes, settings)
    sum(parts.values()).backward()

    assert parts["adversarial"].item() == pytest.approx(-0.1)
    assert parts["matching"].item() == pytest.approx(0.2)
    small, large = filled.grad.sum(dim=(1, 2, 3)).tolist()
    assert small == pytest.approx(large)
    assert abs(small) > 0.01


def test_the_gradient_penalty_is_0_for_a_critic_that_ignores_the_picture_and_trains_another():
    class Deaf(torch.nn.Module):
        def forward(self, pictures):
            return pictures.mean(dim=(1, 2, 3), keepdim=True) * 0, []

    critic = PatchDiscriminator((8, 8, 8))
    pictures = torch.rand(2, 3, 64, 64)

    penalty = losses.r1_penalty(critic, pictures)
    penalty.backward()

    assert float(losses.r1_penalty(Deaf(), pictures)) == 0
    assert float(penalty.detach()) > 0
    assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in critic.parameters())


def test_averaged_weights_follow_at_first_and_lag_later():
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    averaged = AveragedWeights(network, decay=0.99)
    torch.nn.init.ones_(network.weight)

    averaged.update(network, step=0)
    early = float(averaged.network.weight)
    torch.nn.init.zeros_(network.weight)
    averaged.update(network, step=100_000)

    assert early == pytest.approx(0.9)
    assert float(averaged.network.weight) == pytest.approx(0.9 * 0.99)
