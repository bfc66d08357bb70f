import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.training.people.compose import Composer, _chances, _choose
from eraser.training.people.placing import draw_crowd, draw_few, place_photo
from eraser.training.people.settings import PeopleSettings

PLAIN = PeopleSettings(mosaic_share=0, composite_share=0, empty_share=0, paste_share=0)


def drawn(composer, side=64, count=40, **options):
    rng = np.random.default_rng(1)
    return [composer.draw(side, rng, **options) for _ in range(count)]


def test_a_picture_is_a_function_of_the_random_generator(composer):
    first, again = (composer.draw(64, np.random.default_rng(5)) for _ in range(2))

    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(first.owners, again.owners)


@pytest.mark.parametrize("side", [64, 96])
def test_pictures_are_square_and_their_boxes_lie_inside(composer, side):
    for scene in drawn(composer, side):
        boxes, cells = scene.targets()

        assert scene.pixels.shape == (side, side, 3)
        assert cells.shape == (side // 4, side // 4)
        assert cells.max() <= len(boxes)
        assert (boxes[:, :2] - boxes[:, 2:] / 2 > -1e-6).all()
        assert (boxes[:, :2] + boxes[:, 2:] / 2 < 1 + 1e-6).all()


def test_empty_scenes_show_nobody_whatever_is_pasted_on_them(sources):
    composer = Composer(sources, dataclasses.replace(PLAIN, empty_share=1))

    assert all(not scene.owners.any() for scene in drawn(composer))


def test_composites_show_people_on_backgrounds(sources):
    composer = Composer(sources, dataclasses.replace(PLAIN, composite_share=1, crowd_share=0.5))

    people = [scene.count for scene in drawn(composer)]

    assert min(people) >= 1
    assert max(people) >= 4


def test_the_masks_of_real_photos_follow_their_people(sources):
    composer = Composer(sources, PLAIN)

    for scene in drawn(composer):
        red = scene.pixels[..., 0].astype(int) - scene.pixels[..., 1]
        if (scene.owners > 0).mean() > 0.1 and red.max() > 60:  # not when the picture was turned to grey
            assert red[scene.owners > 0].mean() > red[scene.owners == 0].mean() + 40


def test_mosaics_join_four_scenes_and_can_be_left_out(sources):
    composer = Composer(sources, dataclasses.replace(PLAIN, mosaic_share=1, source_weights={"hall": 0}))

    joined = np.mean([scene.count for scene in drawn(composer)])
    single = np.mean([scene.count for scene in drawn(composer, mosaics=False)])

    assert (single, joined) == (1, 4)


def test_a_source_counts_by_its_temper_and_its_weight():
    notes = ["a"] * 16 + ["b"] * 4
    cumulated = _chances(notes, PeopleSettings(source_temper=0.5, source_weights={"b": 2.0}))

    assert cumulated[15] == pytest.approx(4 / (4 + 2 * 2))
    assert cumulated[-1] == pytest.approx(1)
    rng = np.random.default_rng(0)
    assert np.mean([_choose(cumulated, rng) >= 16 for _ in range(2000)]) == pytest.approx(0.5, abs=0.05)


def test_weights_that_leave_no_source_are_an_error():
    with pytest.raises(ValueError, match="source_weights"):
        _chances(["a"], PeopleSettings(source_weights={"a": 0}))


@given(
    photo=st.tuples(st.integers(20, 400), st.integers(20, 400)),
    scene=st.tuples(st.integers(40, 300), st.integers(40, 300)),
    middle=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 999),
)
def test_wherever_a_photo_is_laid_the_chosen_point_is_in_the_scene(photo, scene, middle, seed):
    point = np.array(middle) * photo

    matrix = place_photo(photo, scene, point, np.random.default_rng(seed))

    seen = matrix[:, :2] @ point + matrix[:, 2]
    assert (seen > -1e-6).all()
    assert (seen < np.array(scene) + 1e-6).all()


def test_few_people_stand_anywhere_and_a_crowd_on_common_ground():
    rng = np.random.default_rng(0)
    few = [place for _ in range(300) for place in draw_few(rng)]

    assert min(tall for tall, _ in few) < 0.15
    assert max(tall for tall, _ in few) > 1.5
    assert all(0.3 < foot < max(tall + 0.3, 1.11) for tall, foot in few)
    for _ in range(20):
        crowd = sorted(draw_crowd(rng))
        assert len(crowd) >= 4
        assert [foot for _, foot in crowd] == sorted(foot for _, foot in crowd)


@given(seed=st.integers(0, 10_000), wide=st.booleans())
def test_cut_outs_of_any_width_can_be_pasted(sources_once, seed, wide):
    settings = dataclasses.replace(PLAIN, composite_share=1)
    composer = Composer(sources_once, settings)
    scene = composer._scene(*((64, 20) if wide else (20, 64)), np.random.default_rng(seed))

    assert scene.owners.max() <= scene.count


@pytest.fixture(scope="module")
def sources_once():
    """In memory, because hypothesis asks for it many times."""
    from eraser.training.people.compose import Sources
    from eraser.training.people.cutouts import Cutouts
    from eraser.training.people.photos import PeoplePhotos
    from eraser.training.people.pixels import PixelBank

    rng = np.random.default_rng(0)
    rgb = PixelBank(rng.integers(0, 256, 30 * 40 * 3, dtype=np.uint8), np.array([[0, 30, 40]]), ("x",), 3)
    broad = np.full(20 * 90 * 4, 255, np.uint8)
    return Sources(
        PeoplePhotos(rgb, ((),)), rgb, Cutouts(PixelBank(broad, np.array([[0, 20, 90], [0, 90, 20]]), ("b", "tl"), 4))
    )
