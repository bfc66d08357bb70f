import numpy as np
import pytest

from eraser.errors import MaskerOutputError, NobodyThereError
from eraser.geometry import Box, Person, number, prominence
from eraser.select import TermSelector, parse_who


def somebody(x0, y0, x1, y1, score=1.0):
    return Person(Box(x0, y0, x1, y1), np.ones((y1 - y0, x1 - x0), np.bool_), score)


MAIN, SMALL, SMALLEST = somebody(40, 20, 60, 80), somebody(5, 40, 15, 60), somebody(80, 40, 85, 60)
PEOPLE = [MAIN, SMALL, SMALLEST]


def test_a_person_of_a_mask_is_cropped_and_can_be_put_back():
    mask = np.zeros((6, 8), np.bool_)
    mask[2:4, 3:7] = True
    mask[2, 3] = False

    person = Person.from_mask(mask, 0.5)

    again = np.zeros_like(mask)
    again[person.box.slices] = person.mask
    np.testing.assert_array_equal(again, mask)
    assert (person.box, person.area_px, person.score) == ((3, 2, 7, 4), 7, 0.5)


def test_a_person_does_not_share_memory_with_the_mask_given():
    mask = np.ones((2, 2), np.bool_)
    person = Person.from_mask(mask)

    mask[:] = False

    assert person.area_px == 4


@pytest.mark.parametrize("mask", [np.zeros((3, 3), np.bool_), np.ones((3, 3)), np.ones(3, np.bool_), [[True]]])
def test_an_empty_or_wrong_mask_makes_no_person(mask):
    with pytest.raises(MaskerOutputError):
        Person.from_mask(mask)


@pytest.mark.parametrize(
    ("box", "mask", "score"),
    [
        ((0, 0, 2, 3), np.ones((2, 3), np.bool_), 1.0),
        ((0, 0, 2, 2), np.ones((2, 2), np.uint8), 1.0),
        ((2, 2, 2, 2), np.ones((0, 0), np.bool_), 1.0),
        ((0, 0, 2, 2), np.ones((2, 2), np.bool_), 1.5),
        ((0, 0, 2, 2), np.ones((2, 2), np.bool_), float("nan")),
    ],
)
def test_a_box_a_mask_and_a_score_that_do_not_fit_are_refused(box, mask, score):
    with pytest.raises(MaskerOutputError):
        Person(Box(*box), mask, score)


def test_a_score_straight_from_a_network_becomes_a_number_that_a_report_can_hold():
    person = Person(Box(0, 0, 1, 1), np.ones((1, 1), np.bool_), np.float32(0.5))

    assert (type(person.score), person.score) == (float, 0.5)


@pytest.mark.parametrize("score", ["much", None, np.zeros(3)])
def test_a_score_that_is_no_number_is_refused(score):
    with pytest.raises(MaskerOutputError, match="a person's score must be a number"):
        Person(Box(0, 0, 1, 1), np.ones((1, 1), np.bool_), score)


def test_a_plain_tuple_of_numpy_numbers_becomes_a_box_of_ints():
    person = Person(tuple(np.array([1, 2, 3, 4])), np.ones((2, 2), np.bool_))

    assert person.box == Box(1, 2, 3, 4)
    assert type(person.box.x0) is int


def test_a_person_covers_the_pixels_of_the_mask_and_none_beside_it():
    person = Person(Box(10, 20, 12, 22), np.array([[True, False], [True, True]]))

    covered = {(x, y) for x in range(8, 14) for y in range(18, 24) if person.covers(x, y)}

    assert covered == {(10, 20), (10, 21), (11, 21)}


def test_size_and_place_make_the_main_person():
    centre, corner = somebody(45, 45, 55, 55), somebody(0, 0, 10, 10)
    wide = somebody(0, 0, 30, 30)

    assert prominence(centre, (100, 100)) == pytest.approx(100)
    assert prominence(somebody(0, 0, 1, 1), (10_000, 10_000)) == pytest.approx(0.25, abs=1e-3)
    assert number([corner, centre], (100, 100)) == [centre, corner]
    assert number([centre, corner, wide], (100, 100))[0] is wide


def test_numbers_do_not_depend_on_the_order_of_detection():
    left, right = somebody(0, 0, 16, 16), somebody(112, 0, 128, 16)

    assert prominence(left, (128, 128)) == prominence(right, (128, 128))
    assert number([left, right], (128, 128)) == number([right, left], (128, 128)) == [left, right]


def choose(people, who="all", at=()):
    """Indices of those who go; the picture is not looked at."""
    return list(TermSelector(who, tuple(at))(None, people).going)


def test_who_is_made_of_words_numbers_and_ranges():
    assert [parse_who(word) for word in ("all", "main", "others")] == [("all",), ("main",), ("others",)]
    assert parse_who(" 2, 4-6,main") == (range(2, 3), range(4, 7), "main")


@pytest.mark.parametrize("who", ["", "everyone", "-1", "1,", "1.5", "²", "1 2", "main;2", "2-", "1-2-3"])
def test_any_other_who_is_refused_by_name(who):
    with pytest.raises(ValueError, match="neither all, main, others, a number nor a range"):
        parse_who(who)


@pytest.mark.parametrize("who", ["0", "0-2", "4-2"])
def test_a_range_that_holds_nobody_is_refused(who):
    with pytest.raises(ValueError, match="no range of people"):
        parse_who(who)


def test_a_misspelt_word_is_answered_with_the_word():
    with pytest.raises(ValueError, match="did you mean others"):
        parse_who("other")


@pytest.mark.parametrize(
    ("who", "going"),
    [
        ("all", [0, 1, 2]),
        ("main", [0]),
        ("others", [1, 2]),
        ("3,1", [0, 2]),
        ("2", [1]),
        ("2-3", [1, 2]),
        ("main,3", [0, 2]),
    ],
)
def test_those_named_go(who, going):
    assert choose(PEOPLE, who) == going


def test_a_selection_says_who_stays_and_whether_everybody_goes():
    some, everybody = TermSelector("2")(None, PEOPLE), TermSelector("all")(None, PEOPLE)

    assert (some.going, some.staying, some.all_go) == ((1,), (0, 2), False)
    assert (everybody.going, everybody.staying, everybody.all_go) == ((0, 1, 2), (), True)
    assert not TermSelector("1-3")(None, PEOPLE).all_go  # others who are seen later were not asked for
    assert not TermSelector("all", ((50, 50),))(None, PEOPLE).all_go


@pytest.mark.parametrize("who", ["all", "main", "others", "2"])
def test_of_nobody_nobody_goes(who):
    assert choose([], who) == []


def test_one_person_alone_has_no_others():
    assert choose([MAIN], "others") == []


@pytest.mark.parametrize("who", ["2,4,9", "2-4"])
def test_a_number_that_is_not_in_the_photo_is_an_error(who):
    with pytest.raises(NobodyThereError, match="there is no person 4: 3 found"):
        choose(PEOPLE, who)


def test_who_is_checked_even_when_a_pixel_is_named():
    with pytest.raises(ValueError, match="neither all"):
        choose(PEOPLE, "them", [(50, 50)])


@pytest.mark.parametrize("who", ["main", "2", "all,main"])
def test_pixels_go_with_all_and_others_alone(who):
    with pytest.raises(ValueError, match="at goes alone"):
        choose(PEOPLE, who, [(50, 50)])


def test_the_person_under_a_pixel_goes_and_with_others_stays():
    assert choose(PEOPLE, "all", [(82, 50), (84, 41), (50, 50)]) == [0, 2]
    assert choose(PEOPLE, "others", [(10, 50)]) == [0, 2]


def test_where_two_overlap_the_smaller_one_is_meant():
    assert choose([MAIN, somebody(45, 40, 55, 60)], at=[(50, 50)]) == [1]


@pytest.mark.parametrize("people", [PEOPLE, []])
def test_a_pixel_without_anybody_is_an_error(people):
    with pytest.raises(NobodyThereError, match="nobody is found at 0,0"):
        choose(people, at=[(0, 0)])
