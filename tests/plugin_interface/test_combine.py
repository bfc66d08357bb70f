import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.errors import MaskerError, MaskerOptionError, UnknownMaskerError
from eraser.geometry import Box, Person
from eraser.maskers.base import works_on_parts
from eraser.maskers.combine import Combined, Term, parse, share_options, take_away

PHOTO = np.zeros((20, 30, 3), np.uint8)
NAMES = {"yolo", "hats", "statues", "my-masker", "a+b"}


def somebody(x0, y0, x1, y1, score=1.0):
    return Person(Box(x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), np.bool_), score)


def combined(**maskers):
    """``a_1`` and so on add, ``minus_...`` take away."""
    return Combined(
        tuple((Term(name, not name.startswith("minus")), lambda image, p=people: p) for name, people in maskers.items())
    )


def pixels(people):
    mask = np.zeros(PHOTO.shape[:2], np.bool_)
    for person in people:
        mask[person.box.slices] |= person.mask
    return mask


@pytest.mark.parametrize(
    ("expression", "terms"),
    [
        ("yolo", [Term("yolo")]),
        ("yolo+hats", [Term("yolo"), Term("hats")]),
        ("yolo - statues + hats", [Term("yolo"), Term("statues", False), Term("hats")]),
        ("my-masker", [Term("my-masker")]),
        ("a+b", [Term("a+b")]),
        ("hats-my-masker+a+b", [Term("hats"), Term("my-masker", False), Term("a+b")]),
        ("yolo-unknown", [Term("yolo"), Term("unknown", False)]),
        ("pkg.mod:load+yolo", [Term("pkg.mod:load"), Term("yolo")]),
    ],
)
def test_names_are_read_from_left_to_right_and_a_registered_name_wins(expression, terms):
    assert parse(expression, lambda name: name in NAMES) == tuple(terms)


@pytest.mark.parametrize("expression", ["", "+yolo", "yolo+", "-yolo", "yolo++hats", "yolo -"])
def test_a_missing_name_is_an_error_that_shows_how_to_write_it(expression):
    with pytest.raises(UnknownMaskerError, match=r"combine names as in yolo\+hats"):
        parse(expression, lambda name: name in NAMES)


def test_options_go_to_the_masker_that_they_name():
    given_pairs = [("yolo.size", "1"), ("my-masker.a.b", "2"), ("yolo.size", "3")]

    assert share_options(given_pairs, ["yolo", "my-masker"]) == {
        "yolo": (("size", "1"), ("size", "3")),
        "my-masker": (("a.b", "2"),),
    }
    assert share_options([("size", "1"), ("yolo.tiles", "2")], ["yolo"]) == {"yolo": (("size", "1"), ("tiles", "2"))}


def test_an_option_that_could_be_of_either_masker_is_an_error():
    with pytest.raises(MaskerOptionError, match=r"write yolo\.size or hats\.size"):
        share_options([("size", "1")], ["yolo", "hats"])


def test_a_union_lists_all_and_the_same_person_once():
    found = combined(
        yolo=[somebody(0, 0, 10, 10, 0.5), somebody(20, 0, 25, 5, 0.9)],
        hats=[somebody(0, 0, 10, 11, 0.8), somebody(12, 12, 18, 18, 0.3)],
    )(PHOTO)

    assert [(tuple(person.box), person.score) for person in found] == [
        ((20, 0, 25, 5), 0.9),
        ((0, 0, 10, 11), 0.8),
        ((12, 12, 18, 18), 0.3),
    ]


def test_what_is_taken_away_leaves_the_masks_and_those_of_whom_little_is_left_are_gone():
    found = combined(
        yolo=[somebody(0, 0, 10, 10, 0.9), somebody(20, 10, 30, 20, 0.8), somebody(12, 0, 14, 2, 0.7)],
        minus_statues=[somebody(0, 0, 10, 8), somebody(25, 10, 30, 20)],
    )(PHOTO)

    assert [(tuple(person.box), person.score) for person in found] == [((20, 10, 25, 20), 0.8), ((12, 0, 14, 2), 0.7)]
    assert all(person.mask.all() for person in found)


def test_the_order_matters():
    one, two = [somebody(0, 0, 4, 4)], [somebody(0, 0, 4, 4)]

    assert combined(yolo=one, minus_hats=two)(PHOTO) == []
    assert len(combined(yolo=one, minus_hats=two, again=one)(PHOTO)) == 1


def test_the_masker_that_fails_is_named():
    def fails(image):
        raise ValueError("no hats here")

    whole = Combined(((Term("yolo"), lambda image: []), (Term("hats"), fails)))

    with pytest.raises(MaskerError, match=r"^the masker hats failed: ValueError: no hats here$"):
        whole(PHOTO)


def test_the_weights_of_all_parts_are_told():
    class Weighted:
        weights_name = "people"
        weights_sha256 = "ab"

        def __call__(self, image):
            return []

    whole = Combined(((Term("yolo"), Weighted()), (Term("hats"), lambda image: []), (Term("caps"), Weighted())))

    assert (whole.weights_name, whole.weights_sha256) == ("people+people", "ab+ab")
    assert combined(hats=[]).weights_name is None


def test_parts_of_a_photo_are_for_maskers_that_all_say_so():
    def goes_by_place(image):
        return []

    class GoesByLooks:
        works_on_parts = True

        def __call__(self, image):
            return []

    assert works_on_parts(GoesByLooks())
    assert not works_on_parts(goes_by_place)
    assert works_on_parts(Combined(((Term("a"), GoesByLooks()), (Term("b"), GoesByLooks()))))
    assert not works_on_parts(Combined(((Term("a"), GoesByLooks()), (Term("b"), goes_by_place))))


BOXES = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 15), st.integers(1, 5), st.integers(1, 5)).map(
        lambda box: somebody(box[0], box[1], box[0] + box[2], box[1] + box[3])
    ),
    max_size=4,
)


@given(BOXES, BOXES)
def test_nothing_that_was_taken_away_remains_and_nothing_new_appears(people, others):
    left = pixels(take_away(people, others, PHOTO.shape))

    assert not (left & pixels(others)).any()
    assert not (left & ~pixels(people)).any()


@given(BOXES, BOXES)
def test_a_union_holds_every_pixel_of_both(people, others):
    np.testing.assert_array_equal(pixels(combined(a=people, b=others)(PHOTO)), pixels([*people, *others]))
