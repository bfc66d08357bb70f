import numpy as np
import pytest
import torch

from eraser.training.figures import figures_of, mean_in, sharpness, sliced_wasserstein, ssim_map
from eraser.training.fingerprint import digest


@pytest.fixture
def holes():
    """One hole of 32 x 32 pixels in the middle of 64 x 64."""
    holes = torch.zeros(1, 1, 64, 64)
    holes[..., 16:48, 16:48] = 1
    return holes


@pytest.fixture
def noise():
    return torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))


def blurred(pictures):
    return torch.nn.functional.avg_pool2d(pictures, 5, 1, 2)


def test_flat_pictures_are_as_similar_as_their_means(holes):
    a, b = torch.full((1, 3, 64, 64), 0.4), torch.full((1, 3, 64, 64), 0.6)

    expected = (2 * 0.4 * 0.6 + 1e-4) / (0.4**2 + 0.6**2 + 1e-4)
    assert ssim_map(a, b) == pytest.approx(torch.full((1, 1, 64, 64), expected), abs=1e-4)


def test_structure_is_what_similarity_goes_by(noise):
    darker, inverted = noise * 0.9, 1 - noise

    assert ssim_map(noise, noise).min() == pytest.approx(1, abs=1e-5)
    assert ssim_map(noise, darker).mean() > 0.9
    assert ssim_map(noise, inverted).mean() < -0.5


def test_patches_are_compared_wherever_in_the_hole_they_lie(holes):
    stripes = ((torch.arange(64) % 8 < 4).float()).expand(1, 3, 64, 64)
    shifted = stripes.roll(8 // 2, dims=3)
    grey = torch.full_like(stripes, 0.5)

    assert sliced_wasserstein(stripes, stripes, holes) == 0
    assert (stripes - shifted).abs().min() == 1
    assert sliced_wasserstein(stripes, shifted, holes) < 0.1 * sliced_wasserstein(stripes, grey, holes)


def test_blur_has_less_error_than_other_noise_but_a_larger_distance(holes, noise):
    other = torch.rand(noise.shape, generator=torch.Generator().manual_seed(4))
    soft = blurred(other)

    assert mean_in((soft - noise).abs(), holes) < mean_in((other - noise).abs(), holes)
    assert sliced_wasserstein(soft, noise, holes) > 3 * sliced_wasserstein(other, noise, holes)


def test_pictures_far_from_the_hole_do_not_change_the_distance(holes, noise):
    near = torch.zeros_like(holes)
    near[..., 28:36, 28:36] = 1
    corner = noise.clone()
    corner[..., :4, :4] = 0
    assert sliced_wasserstein(corner, noise, near) == 0


def test_half_the_contrast_is_half_as_sharp(holes, noise):
    assert sharpness(noise / 2, holes) == pytest.approx(sharpness(noise, holes) / 2)


def test_a_hole_at_the_border_leaves_no_patch_and_no_distance(noise):
    border = torch.zeros(1, 1, 64, 64)
    border[..., :2] = 1

    assert sliced_wasserstein(blurred(noise), noise, border) == 0


@pytest.mark.parametrize("size_px", [64, 128, 256])
def test_each_crop_has_its_own_figures_at_every_size(size_px):
    truth = torch.rand(2, 3, size_px, size_px, generator=torch.Generator().manual_seed(5)) * 2 - 1
    holes = torch.zeros(2, 1, size_px, size_px)
    holes[..., size_px // 4 : size_px // 2, size_px // 4 : size_px // 2] = 1
    filled = torch.stack([truth[0], blurred(truth[1:])[0]])

    figures = figures_of(filled, truth, holes)

    assert figures[:, 0].tolist() == pytest.approx([0, 80, 1, 0, 1, 0], abs=1e-4)
    l1, psnr, ssim, swd, sharp, low = figures[:, 1].tolist()
    assert 0.1 < l1 < 0.5
    assert 5 < psnr < 20
    assert ssim < 0.9
    assert swd > 10
    assert sharp < 0.5
    assert low > 0
    torch.testing.assert_close(figures[:, 1:], figures_of(filled[1:], truth[1:], holes[1:]))


def test_a_digest_changes_with_shape_type_and_content():
    zeros = np.zeros((2, 3), np.uint8)
    ones = zeros + np.uint8(1)

    variants = [[zeros], [zeros.T], [zeros.astype(bool)], [ones], [zeros, ones], [ones, zeros]]
    assert len({digest(arrays) for arrays in variants}) == len(variants)
    assert digest([zeros.T.copy()]) == digest([zeros.T])
