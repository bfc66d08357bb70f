import numpy as np
import pytest

from eraser.training.people.scene import GREY, Scene

AS_IT_IS = np.array([[1.0, 0, 0], [0, 1.0, 0]])


def square(x0, y0, x1, y1):
    """Outline of a rectangle, in parts of the photo."""
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)


def test_people_are_where_their_outlines_are():
    scene, photo = Scene.blank(64, 64), np.full((64, 64, 3), 7, np.uint8)

    scene.lay(photo, (square(0.25, 0.25, 0.75, 1.0),), AS_IT_IS)
    boxes, cells = scene.targets()

    assert (scene.pixels == 7).all()
    np.testing.assert_allclose(boxes, [(0.5, 0.625, 0.5, 0.75)], atol=1 / 64)
    expected = np.zeros((16, 16))
    expected[4:, 4:12] = 1
    assert (cells == expected).mean() > 0.95


def test_a_photo_made_smaller_carries_its_people_along():
    scene, photo = Scene.blank(64, 64), np.zeros((200, 200, 3), np.uint8)
    photo[100:, :100] = 255

    scene.lay(photo, (square(0, 0.5, 0.5, 1),), np.array([[0.32, 0, 0], [0, 0.32, 0]]))

    bright = scene.pixels[..., 0] > 127
    assert (bright == (scene.owners == 1)).mean() > 0.97


def test_what_no_photo_covers_is_grey_and_nobodys():
    scene = Scene.blank(64, 64)

    scene.lay(np.zeros((64, 64, 3), np.uint8), (square(0, 0, 1, 1),), np.array([[0.5, 0, 0], [0, 0.5, 0]]))

    assert (scene.pixels[40:, 40:] == GREY).all()
    assert not scene.owners[40:, 40:].any()


def test_who_comes_later_covers_who_came_before():
    scene, photo = Scene.blank(64, 64), np.zeros((64, 64, 3), np.uint8)

    scene.lay(photo, (square(0, 0, 0.75, 1), square(0.5, 0, 1, 1)), AS_IT_IS)
    boxes, cells = scene.targets()

    assert boxes[0, 2] == pytest.approx(0.5, abs=1 / 32)
    assert boxes[1, 2] == pytest.approx(0.5, abs=1 / 32)
    assert set(np.unique(cells)) == {1, 2}


def test_somebody_who_is_hidden_or_tiny_is_not_asked_for_and_the_others_keep_their_masks():
    scene, photo = Scene.blank(64, 64), np.zeros((64, 64, 3), np.uint8)
    hidden, tiny, front = square(0.3, 0.3, 0.6, 0.6), square(0.9, 0.9, 0.93, 0.93), square(0.2, 0.2, 0.8, 0.8)

    scene.lay(photo, (hidden, tiny, front), AS_IT_IS)
    boxes, cells = scene.targets()

    assert boxes.shape == (1, 4)
    assert cells.max() == 1
    assert cells[8, 8] == 1


def test_a_scene_set_into_another_keeps_its_people_apart_from_those_who_were_there():
    whole, part = Scene.blank(64, 64), Scene.blank(32, 32)
    whole.lay(np.zeros((64, 64, 3), np.uint8), (square(0, 0, 0.4, 0.4),), AS_IT_IS)
    part.lay(np.full((32, 32, 3), 9, np.uint8), (square(0, 0, 1, 1),), AS_IT_IS)

    whole.put(part, 32, 32)
    boxes, cells = whole.targets()

    assert len(boxes) == 2
    assert (cells[8:, 8:] == 2).all()
    assert (whole.pixels[32:, 32:] == 9).all()


def test_flipping_takes_the_masks_along():
    scene, photo = Scene.blank(64, 64), np.zeros((64, 64, 3), np.uint8)
    photo[:, :16] = 255
    scene.lay(photo, (square(0, 0, 0.25, 1),), AS_IT_IS)

    scene.flip()

    assert ((scene.pixels[..., 0] > 127) == (scene.owners == 1)).mean() > 0.95
    assert scene.targets()[0][0, 0] > 0.8


def test_a_scene_without_anybody_has_empty_targets():
    boxes, cells = Scene.blank(64, 32).targets()

    assert boxes.shape == (0, 4)
    assert cells.shape == (8, 16)
    assert not cells.any()


def test_ignored_regions_are_marked_where_nobody_is_outlined_and_follow_the_scene():
    scene, photo = Scene.blank(64, 64), np.zeros((64, 64, 3), np.uint8)

    scene.lay(photo, (square(0, 0, 0.25, 1),), AS_IT_IS, ignored=(square(0, 0, 0.5, 1),))
    scene.flip()
    whole = Scene.blank(128, 64)
    whole.put(scene, 64, 0)

    cells = whole.ignored_cells()
    assert cells.shape == (8, 16)
    assert cells[:, 12:14].all()  # the ignored region without its outlined half
    assert cells.sum() == 16


def test_the_next_photo_of_a_scene_brings_its_own_ignored_regions():
    scene, photo = Scene.blank(64, 64), np.zeros((64, 64, 3), np.uint8)

    scene.lay(photo, (), AS_IT_IS, ignored=(square(0, 0, 1, 1),))
    scene.lay(photo, (), AS_IT_IS)

    assert not scene.ignored_cells().any()
