import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # colour_faces

from colour_faces import ANNA, ME, ColourFaces

from eraser.errors import FacesError
from eraser.faces.enrol import learn
from eraser.faces.search import faces_of_people, faces_of_photo
from eraser.geometry import Box, Person


def photo(size_wh, *faces):
    """A grey photo with square faces: (colour, x, y, side)."""
    image = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
    for colour, x, y, side in faces:
        image[y : y + side, x : x + side] = colour
    return image


def person(x0, y0, x1, y1):
    return Person(Box(x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), np.bool_))


@pytest.mark.parametrize("side", [24, 100, 2000])
def test_a_face_of_any_size_in_twelve_megapixels_is_found_where_it_is(side):
    image = photo((4000, 3000), (ME, 900, 500, side))
    somebody = person(900 - side // 2, 500 - side // 4, 900 + 3 * side // 2, min(3000, 500 + 7 * side))

    [[found]] = faces_of_people(image, [somebody], ColourFaces())

    np.testing.assert_allclose(found.face.box, (900, 500, 900 + side, 500 + side), atol=max(2, side * 0.05))
    np.testing.assert_allclose(found.numbers, np.array(ME[1:]) / np.linalg.norm(ME[1:]), atol=0.02)


def test_a_face_belongs_to_the_smaller_of_those_whose_masks_hold_it():
    image = photo((400, 400), (ME, 190, 20, 30), (ANNA, 195, 140, 24))
    mother, child = person(100, 10, 300, 390), person(170, 130, 240, 390)

    [mothers], [childs] = faces_of_people(image, [mother, child], ColourFaces())

    assert mothers.face.centre == pytest.approx((205, 35), abs=2)
    assert childs.face.centre == pytest.approx((207, 152), abs=2)


def test_a_face_beside_everybody_belongs_to_nobody():
    image = photo((400, 400), (ME, 10, 20, 30))

    assert faces_of_people(image, [person(45, 10, 100, 200)], ColourFaces()) == ((),)


def test_the_faces_of_a_photo_come_largest_first_and_once():
    image = photo((1000, 800), (ME, 100, 100, 60), (ANNA, 500, 100, 200))

    assert [round(face.side_px) for face in faces_of_photo(image, ColourFaces())] == [
        pytest.approx(200, abs=4),
        pytest.approx(60, abs=4),
    ]


def test_the_one_large_face_is_learnt_and_passers_by_are_not_asked_about():
    learnt = learn(photo((1000, 800), (ME, 100, 100, 200), (ANNA, 500, 100, 50)), (), ColourFaces())

    assert learnt.face.centre == pytest.approx((200, 200), abs=3)
    assert learnt.is_new


def test_the_same_photo_again_is_nothing_new():
    image = photo((400, 400), (ME, 100, 100, 100))
    first = learn(image, (), ColourFaces())

    assert not learn(image, [first.as_stored], ColourFaces()).is_new


def test_several_faces_want_a_choice_and_the_message_says_where_they_are():
    image = photo((400, 400), (ME, 40, 100, 100), (ANNA, 240, 100, 100))

    with pytest.raises(FacesError, match=r"2 faces are seen: choose one with --at X,Y; faces are at 90,150 290,150"):
        learn(image, (), ColourFaces())
    assert learn(image, (), ColourFaces(), (290, 150)).face.centre == pytest.approx((290, 150), abs=2)
    with pytest.raises(FacesError, match=r"no face is seen at 5,5: faces are at"):
        learn(image, (), ColourFaces(), (5, 5))


def test_a_face_that_is_not_plain_is_not_learnt(monkeypatch):
    monkeypatch.setattr(ColourFaces, "plain_score", 1.1)

    with pytest.raises(FacesError, match="turned away, covered or none"):
        learn(photo((400, 400), (ME, 100, 100, 100)), (), ColourFaces())


@pytest.mark.parametrize(("faces", "said"), [((), "no face is seen"), (((ME, 40, 40, 30),), "at least 40 are needed")])
def test_no_face_or_too_small_a_face_is_not_learnt(faces, said):
    with pytest.raises(FacesError, match=said):
        learn(photo((800, 600), *faces), (), ColourFaces())
