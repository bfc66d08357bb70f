import torch

from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.networks.harmonic import harmonic_fill


def hole_of(side, inner):
    hole = torch.zeros(1, 1, side, side)
    hole[..., inner:-inner, inner:-inner] = 1
    return hole


def test_known_pixels_stay_and_what_lies_in_the_hole_does_not_matter():
    picture, hole = torch.rand(1, 3, 48, 48), hole_of(48, 12)

    first = harmonic_fill(picture, hole)
    second = harmonic_fill(torch.where(hole > 0, 7.0, picture), hole)

    assert torch.equal(first, second)
    assert torch.equal(torch.where(hole > 0, 0.0, first), torch.where(hole > 0, 0.0, picture))


def test_a_membrane_stays_between_the_colours_of_the_rim():
    picture, hole = torch.rand(1, 3, 50, 70), torch.zeros(1, 1, 50, 70)
    hole[..., 5:40, 20:66] = 1

    filled = harmonic_fill(picture, hole)

    assert filled.min() >= picture.min()
    assert filled.max() <= picture.max()


def test_it_comes_near_the_harmonic_function():
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    harmonic = (rows**2 - columns**2)[None, None]

    filled = harmonic_fill(harmonic, hole_of(64, 16), rounds=40)

    assert (filled - harmonic).abs().max() < 0.01


def test_a_picture_that_is_all_hole_stays_finite():
    filled = harmonic_fill(torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64))

    assert torch.equal(filled, torch.zeros(1, 3, 64, 64))


def test_our_own_generator_returns_the_membrane_until_it_is_trained():
    params = GeneratorParams(attention="own", channels=(8,) * 6)
    picture, hole = torch.rand(1, 3, 64, 64) * 2 - 1, hole_of(64, 20)

    _, completed = PENNetGenerator(params).eval()(torch.cat([torch.where(hole > 0, 1.0, picture), hole], 1), hole)

    torch.testing.assert_close(completed, harmonic_fill(picture, hole))
