import pytest

from eraser.config import EraseRequest
from eraser.errors import UnknownNameError
from eraser.faces.match import Recognition
from eraser.faces.store import FaceStore, write_store
from eraser.select import NameSelector, check_choice, names_somebody
from eraser.select.names import choose

STORE = FaceStore("dlib", "ab" * 32, {"me": ((1.0,),), "anna": ((2.0,),)}, {"family": ("me", "anna")})


@pytest.mark.parametrize("who", ["all", "main", "others", "2", "2-4,main", "", "-", "1.5", "²"])
def test_words_and_numbers_name_nobody(who):
    assert not names_somebody(EraseRequest(who=who))


@pytest.mark.parametrize("request_", [{"who": "me"}, {"who": "2,strangers"}, {"keep": ("me",)}, {"who": "everyone"}])
def test_anything_else_that_begins_with_a_letter_does(request_):
    assert names_somebody(EraseRequest(**request_))


def test_groups_become_people_and_terms_stay_terms():
    choice = choose(EraseRequest(who="2, family,main", keep=("Anna",)), STORE)

    assert (choice.terms, choice.going, choice.keep, choice.strangers) == ("2,main", ("me", "anna"), ("anna",), False)


@pytest.mark.parametrize(("who", "said"), [("ana", "did you mean anna"), ("stranger", "did you mean strangers")])
def test_a_misspelt_name_is_answered_with_the_name(who, said):
    with pytest.raises(UnknownNameError, match=said):
        choose(EraseRequest(who=who), STORE)


def test_names_are_checked_against_the_faces_that_are_known(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "faces.json"))
    with pytest.raises(UnknownNameError, match="no face is known"):
        check_choice(EraseRequest(who="me"))
    write_store(STORE)

    check_choice(EraseRequest(who="me"))

    with pytest.raises(ValueError, match="not with names"):
        check_choice(EraseRequest(who="me", at=((1, 2),)))
    with pytest.raises(ValueError, match="neither all, main"):
        check_choice(EraseRequest(who="1.5"))


def test_of_nobody_nobody_goes_and_nothing_is_raised():
    selector = NameSelector(choose(EraseRequest(keep=("me",)), STORE), lambda image, people, asked: ())

    assert selector(None, []).going == ()


def test_doubt_about_somebody_who_was_not_named_is_no_doubt():
    people = [None, None]
    recognized = (Recognition("unsure", candidate="anna", similarity=0.4), Recognition("same", name="me"))
    selector = NameSelector(choose(EraseRequest(who="me"), STORE), lambda image, people, asked: recognized)

    selection = selector(None, people)

    assert (selection.going, selection.doubtful) == ((1,), ())
    assert selection.recognized == recognized
