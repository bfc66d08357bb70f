"""dlib on real faces: the street photo that the ultralytics package carries, and the data where it is here."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("dlib")

from eraser.errors import FacesError
from eraser.faces import dlib_resnet
from eraser.faces.known import KnownFaces
from eraser.faces.search import embed, faces_of_people, faces_of_photo
from eraser.faces.store import FaceStore
from eraser.geometry import Box, Person
from eraser.photo import load

DATA = Path(os.environ.get("ERASER_DATA", "missing"), "faces")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no $ERASER_DATA")


@pytest.fixture(scope="module")
def dlib():
    return dlib_resnet.load()


@pytest.fixture(scope="module")
def street():
    return load(Path(find_spec("ultralytics").submodule_search_locations[0], "assets", "bus.jpg")).image


def learnt(dlib, **photos):
    """Known faces, of the largest face of each photo."""
    people = {}
    for name, image in photos.items():
        people[name] = (tuple(embed(image, faces_of_photo(image, dlib)[0], dlib).tolist()),)
    return KnownFaces(FaceStore("dlib", dlib.weights_sha256, people), dlib)


def test_it_is_found_without_setuptools(dlib):
    assert "pkg_resources" not in sys.modules
    assert len(dlib.weights_sha256) == 64


def test_two_faces_are_found_told_apart_and_known_again_in_a_larger_photo(dlib, street):
    import cv2

    one, other = faces_of_photo(street, dlib)[:2]
    numbers = np.stack([embed(street, face, dlib) for face in (one, other)])
    assert numbers.shape == (2, 128)
    large = cv2.resize(street, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_LINEAR)

    again = np.stack([embed(large, face.moved(1.5, 0, 0), dlib) for face in (one, other)])

    alike = np.array([dlib.similarities(numbers, face) for face in again])
    assert alike.diagonal().min() > dlib.zones.same
    assert max(alike[0, 1], alike[1, 0]) < dlib.zones.same - 0.1


def test_a_face_of_24_px_in_12_megapixels_is_found(dlib, street):
    import cv2

    face = faces_of_photo(street, dlib)[0]
    scale = 24 / face.side_px
    small = cv2.resize(street, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    image = np.full((3000, 4000, 3), 110, np.uint8)
    image[1000 : 1000 + small.shape[0], 2000 : 2000 + small.shape[1]] = small
    x, y = (round(value * scale) for value in face.centre)
    box = Box(2000 + x - 25, 1000 + y - 20, 2000 + x + 25, 1000 + y + 170)

    [found] = faces_of_people(image, [Person(box, np.ones((190, 50), np.bool_))], dlib)

    assert len(found) == 1
    assert found[0].face.centre == pytest.approx((2000 + x, 1000 + y), abs=5)


@pytest.mark.parametrize("value", [0, 127, 255])
def test_where_nobody_is_no_face_is_seen(dlib, value):
    assert faces_of_photo(np.full((300, 200, 3), value, np.uint8), dlib) == []


def test_without_the_packages_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(dlib_resnet, "find_spec", lambda name: None)

    with pytest.raises(FacesError, match=r"pip install 'erase-me\[faces\]'"):
        dlib_resnet.load()


@needs_data
def test_on_group_photos_the_right_people_are_named(dlib):
    known = learnt(dlib, obama=load(DATA / "same/p20/1.jpg").image, biden=load(DATA / "same/p21/2.jpg").image)
    for name in ("obama_and_biden.jpg", "two_people.jpg"):
        image = load(DATA / "groups" / name).image
        faces = sorted(faces_of_photo(image, dlib)[:2], key=lambda face: face.box)
        people = []
        for face in faces:
            x0, y0, x1, y1 = (int(edge) for edge in face.box)
            box = Box(x0 - 30, y0 - 30, x1 + 30, y1 + 200).intersect(Box.of_shape(image.shape))
            people.append(Person(box, np.ones((box.height, box.width), np.bool_)))

        found = known(image, people, ())

        expected = ["biden", "obama"] if name.startswith("obama") else ["obama", "biden"]
        assert [each.name for each in found] == expected


@needs_data
@pytest.mark.slow
def test_from_one_photo_most_are_known_in_the_others_and_nobody_is_taken_for_another(dlib):
    faces = {
        (path.parent.name, path.stem): embed(image, faces_of_photo(image, dlib)[0], dlib)
        for path in sorted((DATA / "same").glob("*/*.jpg"))
        for image in [load(path).image]
    }
    values = [
        (one[0] == other[0], float(dlib.similarities(faces[one][None], faces[other])[0]))
        for one in faces
        for other in faces
        if one < other
    ]
    same, different = ([value for is_one, value in values if is_one == wanted] for wanted in (True, False))

    assert len(same) > 100
    assert len(different) > 1000
    assert np.mean(np.array(same) >= dlib.zones.same) >= 0.7
    assert np.mean(np.array(same) >= dlib.zones.unsure) >= 0.9
    assert max(different) < dlib.zones.same - 0.1
