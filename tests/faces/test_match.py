import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.faces.match import recognize
from eraser.faces.recognizer import Face, Zones
from eraser.faces.search import FaceFound


class Cosine:
    name, weights_sha256, view_px = "dlib", "ab" * 32, 100
    zones = Zones(same=0.9, unsure=0.5, margin=0.05, small_px=40)

    def similarities(self, known, face):
        return (known @ face).astype(np.float32)


def at(degrees):
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


def face(degrees, side_px=80):
    return [FaceFound(Face((0, 0, side_px, side_px), np.zeros((5, 2), np.float32), 1.0), at(degrees))]


def known(**degrees):
    return {name: np.array([at(each) for each in several]) for name, several in degrees.items()}


def who(*faces, asked=(), **degrees):
    return [(r.zone, r.name or r.candidate) for r in recognize(faces, known(**degrees), Cosine(), asked)]


def test_the_zones_are_those_of_the_similarity():
    assert who(face(10), face(45), face(80), [], me=[0]) == [
        ("same", "me"),
        ("unsure", "me"),
        ("stranger", None),
        ("none", None),
    ]


def test_any_of_several_learnt_faces_will_do():
    assert who(face(95), me=[0, 90]) == [("same", "me")]


def test_a_name_is_given_once_a_photo_and_its_best_match_gets_it():
    assert who(face(20), face(5), me=[0]) == [("unsure", "me"), ("same", "me")]


def test_two_names_that_are_nearly_as_alike_are_no_name():
    assert who(face(10), me=[0], sister=[21]) == [("unsure", "me")]
    assert who(face(0), me=[0], sister=[21]) == [("same", "me")]


def test_a_small_face_is_never_sure():
    assert who(face(0, side_px=39), face(90, side_px=40), me=[0], anna=[90]) == [("unsure", "me"), ("same", "anna")]


def test_of_two_who_are_possible_the_one_asked_for_is_named():
    assert who(face(40), me=[0], anna=[90], asked=["anna"]) == [("unsure", "anna")]
    assert who(face(40), me=[0], anna=[90]) == [("unsure", "me")]


def test_somebody_surely_known_is_no_doubt_about_another():
    [anna] = recognize([face(85)], known(me=[30], anna=[90]), Cosine(), ["me"])

    assert anna.is_one_of(["anna"])
    assert not anna.could_be(["me"])
    assert list(anna.similarities) == ["anna", "me"]


@given(st.lists(st.integers(0, 180), max_size=6), st.lists(st.integers(0, 180), min_size=1, max_size=4))
def test_no_name_is_given_twice_and_none_below_its_zone(seen, learnt):
    found = recognize([face(each) for each in seen], known(**{f"n{i}": [d] for i, d in enumerate(learnt)}), Cosine())

    names = [each.name for each in found if each.zone == "same"]
    assert len(names) == len(set(names))
    assert all(each.similarity >= 0.9 for each in found if each.zone == "same")
    assert all((each.name is not None) == (each.zone == "same") for each in found)


@pytest.mark.parametrize("zone", ["same", "unsure", "stranger"])
def test_the_similarity_told_is_that_of_the_one_told(zone):
    degrees = {"same": 0, "unsure": 45, "stranger": 90}[zone]
    [found] = recognize([face(degrees)], known(me=[0]), Cosine())

    assert found.zone == zone
    assert found.similarity == pytest.approx(np.cos(np.radians(degrees)), abs=1e-6)
