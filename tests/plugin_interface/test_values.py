from pathlib import Path
from typing import Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.plugins.values import describe, format_value, is_supported, parse


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        (" as it is ", str, " as it is "),
        ("-7", int, -7),
        ("1e-3", float, 0.001),
        ("Yes", bool, True),
        ("off", bool, False),
        ("weights/a.pt", Path, Path("weights/a.pt")),
        ("b", Literal["a", "b"], "b"),
        ("3", Literal[1, 3], 3),
        ("none", int | None, None),
        ("5", Optional[int], 5),  # noqa: UP045  plugins write it so, too
        ("5", str | int, 5),
        ("five", str | int, "five"),
        ("1,2, 3", tuple[int, ...], (1, 2, 3)),
        ("", tuple[int, ...], ()),
        ("1,0.5,x", tuple[int, float, str], (1, 0.5, "x")),
        ("1,2;3,4", tuple[tuple[int, int], ...], ((1, 2), (3, 4))),
        ("1,2", tuple[tuple[int, int], ...], ((1, 2),)),
        ("none", tuple[int, int] | None, None),
    ],
)
def test_a_text_becomes_a_value_of_its_type(text, form, value):
    assert is_supported(form)
    assert parse(text, form) == value
    assert type(parse(text, form)) is type(value)


def test_a_path_may_begin_at_home():
    assert parse("~/a.pt", Path) == Path("~/a.pt").expanduser()


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2.5", int, "a whole number"),
        ("nan", float, "a number"),
        ("inf", float, "a number"),
        ("maybe", bool, "true or false"),
        ("", Path, "a path"),
        ("c", Literal["a", "b"], "one of a, b"),
        ("x", int | None, "a whole number, or none"),
        ("1,2,3", tuple[int, int], "2 whole numbers separated by commas"),
        ("1,x", tuple[int, ...], "any number of whole numbers separated by commas"),
        ("1,2;3", tuple[tuple[int, int], ...], "any number of (2 whole numbers separated by commas)"),
        ("1", tuple[int, str], "(a whole number, text) separated by commas"),
    ],
)
def test_a_text_that_is_none_says_what_is_expected(text, form, expected):
    with pytest.raises(ValueError, match="is not") as caught:
        parse(text, form)

    assert repr(text) in str(caught.value)
    assert expected in str(caught.value)
    assert expected in describe(form)


@pytest.mark.parametrize("form", [list[int], dict, object, complex, tuple, tuple[tuple[tuple[int, ...], ...], ...]])
def test_types_that_text_cannot_hold_are_told_apart(form):
    assert not is_supported(form)


FORMS = {
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int | None: st.none() | st.integers(),
    tuple[float, ...]: st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple),
    tuple[tuple[int, int], ...]: st.lists(st.tuples(st.integers(), st.integers())).map(tuple),
}


@given(st.sampled_from(list(FORMS)).flatmap(lambda form: FORMS[form].map(lambda value: (form, value))))
def test_what_is_written_is_read_as_the_same(case):
    form, value = case

    assert parse(format_value(value), form) == value
