import numpy as np
import pytest

from eraser.training.people.paste import paste
from eraser.training.people.scene import Scene


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def solid(height, width, colour=200):
    return np.full((height, width, 4), (colour, colour, colour, 255), np.uint8)


def test_a_pasted_person_owns_what_it_covers(rng):
    scene = Scene.blank(64, 64)

    paste(scene, solid(20, 10), left=16, top=8, height=40, rng=rng, person=True)

    expected = np.zeros((64, 64), bool)
    expected[8:48, 16:36] = True
    np.testing.assert_array_equal(scene.owners == 1, expected)
    assert scene.count == 1


@pytest.mark.parametrize("seed", range(6))
def test_pixels_away_from_the_person_and_its_shadow_stay(seed):
    scene = Scene.blank(64, 64)
    before = scene.pixels.copy()

    paste(scene, solid(20, 10), left=4, top=20, height=20, rng=np.random.default_rng(seed), person=True)

    np.testing.assert_array_equal(scene.pixels[:15], before[:15])
    np.testing.assert_array_equal(scene.pixels[:, 40:], before[:, 40:])
    assert (scene.pixels != before).any()


def test_a_close_up_is_cut_off_at_the_frame(rng):
    scene = Scene.blank(64, 64)

    paste(scene, solid(30, 30), left=-40, top=10, height=128, rng=rng, person=True)

    assert (scene.owners[10:] == 1).all()
    assert not scene.owners[:10].any()


def test_somebody_outside_the_frame_is_not_painted(rng):
    scene = Scene.blank(64, 64)

    paste(scene, solid(20, 10), left=70, top=0, height=20, rng=rng, person=True)

    assert scene.count == 0
    assert not scene.owners.any()


def test_a_thing_hides_people_but_is_nobody(rng):
    scene = Scene.blank(64, 64)
    paste(scene, solid(20, 20), left=0, top=0, height=64, rng=rng, person=True)

    paste(scene, solid(10, 10), left=10, top=10, height=20, rng=rng, person=False)

    assert not scene.owners[10:30, 10:30].any()
    assert scene.owners[40, 40] == 1
    assert scene.count == 1


def test_a_dark_cut_out_comes_nearer_to_the_light_of_a_bright_place():
    drawn = []
    for seed in range(40):
        scene = Scene.blank(64, 64)
        scene.pixels[:] = 240
        paste(scene, solid(20, 20, 40), left=16, top=16, height=32, rng=np.random.default_rng(seed), person=True)
        drawn.append(scene.pixels[32, 32].mean())

    assert np.mean(drawn) > 48
