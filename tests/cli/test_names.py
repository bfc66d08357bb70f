"""``--who me`` and ``--keep``: with a recogniser of coloured squares, so that photos can be made here."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "faces"))  # colour_faces

from colour_faces import ANNA, LIKE_ME, ME, STRANGER, ColourFaces, numbers_of

from eraser.faces.store import FaceStore, read_store, write_store

MASKER = """
import numpy as np
from eraser import Box, Person

def load_masker(context):
    def find(image):
        found = []
        for x in range(0, image.shape[1], 60):
            column = image[:, x : x + 60]
            if (column[..., 0] > 180).any():
                box = Box(x + 10, 10, x + 50, 110)
                found.append(Person(box, np.ones((100, 40), bool)))
        return found
    return find
"""


@pytest.fixture(autouse=True)
def known(tmp_path, monkeypatch, plugin):
    """Me and Anna are known; photos have a person every 60 pixels."""
    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "faces.json"))
    monkeypatch.setattr("eraser.faces.choose.load_recognizer", lambda name, offline=False: ColourFaces())
    plugin("columns", MASKER)
    monkeypatch.setenv("ERASER_MASKER", "columns")
    people = {"me": (numbers_of(ME),), "anna": (numbers_of(ANNA),)}
    write_store(FaceStore("dlib", ColourFaces.weights_sha256, people, {"family": ("me", "anna")}))
    return tmp_path / "faces.json"


@pytest.fixture
def photo(home):
    """Write a photo of people with these faces, from the left to the right; None turns away."""

    def photo(name, *faces):
        image = np.full((120, 60 * max(1, len(faces)), 3), (60, 90, 120), np.uint8)
        for index, face in enumerate(faces):
            image[10:110, 60 * index + 10 : 60 * index + 50] = (200, 30, 30)
            if face is not None:
                image[15:39, 60 * index + 18 : 60 * index + 42] = face
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        return path

    return photo


@pytest.fixture
def chosen(erase_me):
    """Who goes, from the left to the right; by ``--list``."""

    def chosen(name, *args):
        code, out, err = erase_me(name, "--json", "--list", "--no-ledger", *args)
        assert code == 0, err
        people = sorted(json.loads(out)["people"], key=lambda person: person["box"])
        return [person["chosen"] for person in people]

    return chosen


ALL = (ME, ANNA, STRANGER, LIKE_ME, None)


@pytest.mark.parametrize(
    ("args", "going"),
    [
        (["--who", "me"], "10000"),
        (["--who", "Me"], "10000"),
        (["--who", "me,anna"], "11000"),
        (["--who", "family"], "11000"),
        (["--who", "strangers"], "00100"),
        (["--who", "me,strangers"], "10100"),
        (["--who", "me", "--unsure", "go"], "10011"),
        (["--keep", "me"], "01100"),
        (["--keep", "family"], "00100"),
        (["--keep", "me", "--keep", "anna"], "00100"),
        (["--keep", "me,anna"], "00100"),
        (["--keep", "me", "--unsure", "go"], "01111"),
        (["--who", "anna", "--keep", "me"], "01100"),  # only the kept stay
        (["--who", "all,me"], "11111"),
    ],
)
def test_who_is_named_goes_and_in_doubt_stays(chosen, photo, args, going):
    photo("a.png", *ALL)

    assert "".join(str(int(each)) for each in chosen("a.png", *args)) == going


def test_the_person_named_is_gone_and_the_others_are_as_they_were(erase_me, photo, pixels):
    path = photo("a.png", ANNA, ME)
    before = path.read_bytes()

    code, out, _ = erase_me("a.png", "--who", "me", "--no-second-look")

    assert (code, out) == (0, "a.erased.png\n")
    after = pixels("a.erased.png")
    np.testing.assert_array_equal(after[:, :50], pixels("a.png")[:, :50])
    assert not (after[15:105, 75:105, 0] > 180).any()
    assert path.read_bytes() == before


def test_json_tells_names_zones_and_how_many_are_not_sure(erase_me, photo):
    photo("a.png", *ALL)

    _, out, err = erase_me("a.png", "--json", "--who", "me")

    told = json.loads(out)
    people = sorted(told["people"], key=lambda person: person["box"])
    assert [person["zone"] for person in people] == ["same", "same", "stranger", "unsure", "none"]
    assert [person["name"] for person in people] == ["me", "anna", None, None, None]
    assert [person["candidate"] for person in people] == [None, None, None, "me", None]
    assert people[4]["similarity"] is None
    assert people[0]["similarity"] > 0.97 > people[3]["similarity"] > 0.9
    assert (told["unsure_people"], told["no_face_people"]) == (1, 1)
    assert "1 person could be whom you named and 1 person shows no face; they stay: look with --list" in err
    assert "me" not in err.split()


def test_without_names_nobody_is_recognised(erase_me, photo):
    photo("a.png", ME)

    _, out, _ = erase_me("a.png", "--json")

    told = json.loads(out)
    assert "name" not in told["people"][0]
    assert "select" not in told["seconds"]


def test_where_i_am_not_nothing_is_written_and_all_is_well(erase_me, photo, files):
    photo("a.png", ANNA, STRANGER)

    code, out, err = erase_me("a.png", "--who", "me")

    assert (code, out) == (0, "")
    assert "2 found and all of them stay, nothing written" in err
    assert files() == ["a.png"]


def test_nobody_goes_where_nobody_of_the_kept_is_recognised(erase_me, photo, files):
    photo("a.png", ANNA, LIKE_ME)

    code, out, err = erase_me("a.png", "--keep", "me")

    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "nobody of those to keep is recognised, so nobody goes" in err
    assert files() == ["a.png"]


def test_a_photo_of_nobody_is_no_error_for_keep(erase_me, photo):
    photo("a.png")

    code, _, err = erase_me("a.png", "--keep", "me")

    assert code == 0
    assert "nobody found" in err


def test_the_review_and_the_list_show_names(erase_me, photo, home):
    photo("in/a.png", *ALL)

    _, listed, _ = erase_me("in/a.png", "--list", "--who", "me")
    erase_me("in", "-o", "out", "--who", "me", "--review", "look.html", "--workers", "1")

    for said in ("me 1.00", "anna 1.00", "me? 0.9", "stranger 0.", "no face"):
        assert said in listed
        assert said in (home / "look.html").read_text("utf-8")
    assert (home / "in/a.people.png").is_file()


def test_a_face_that_is_learnt_makes_what_was_done_stale(erase_me, photo):
    photo("in/a.png", ME)
    again = ("in", "-o", "out", "--who", "me", "--resume", "--workers", "1", "--json")
    first = json.loads(erase_me(*again)[1])["status"]
    second = json.loads(erase_me(*again)[1])["status"]
    store = read_store()
    write_store(store.with_faces("me", (numbers_of(LIKE_ME),), "dlib", store.weights_sha256))

    third = json.loads(erase_me(*again)[1])["status"]

    assert (first, second, third) == ("erased", "skipped", "erased")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--who", "ana"], "did you mean anna?"),
        (["--keep", "famly"], "did you mean family?"),
        (["--keep", "me,"], "write names"),
        (["--who", "me,5-2"], "no range of people"),
        (["--who", "me", "--at", "3,3"], "not with names"),
        (["--unsure", "go"], "it goes with names"),
        (["--keep", "me", "--mask", "a.png"], "it is about people"),
    ],
)
def test_names_that_make_no_sense_are_a_usage_error(erase_me, photo, files, args, said):
    photo("a.png", ME)

    code, _, err = erase_me("a.png", *args)

    assert code == 2
    assert said in " ".join(err.replace("│", " ").split())
    assert files() == ["a.png"]


def test_a_damaged_list_of_faces_is_one_line_and_no_photo_is_altered(erase_me, photo, known, files):
    photo("a.png", ME)
    known.write_text("{")

    code, _, err = erase_me("a.png", "--who", "me")

    assert code == 9
    assert err.count("\n") == 1
    assert "are damaged" in err
    assert files() == ["a.png"]
    assert erase_me("a.png", "--who", "1")[0] == 0


def test_faces_of_a_recogniser_that_is_missing_end_the_run_with_one_line(erase_me, photo, monkeypatch, files):
    from eraser.errors import FacesError

    def missing(name, offline=False):
        raise FacesError(f"the recogniser {name} is not installed: pip install")

    monkeypatch.setattr("eraser.faces.choose.load_recognizer", missing)
    photo("in/a.png", ME), photo("in/b.png", ME)

    code, _, err = erase_me("in", "-o", "out", "--who", "me", "--workers", "1")

    assert code == 9
    assert "were learnt with dlib, which cannot be used: the recogniser dlib is not installed" in err
    assert "1 of 2 failed" in err
    assert [name for name in files() if name.startswith("out")] == []


def test_faces_of_other_weights_are_not_compared(erase_me, photo):
    store = read_store()
    write_store(FaceStore("dlib", "00" * 32, store.people))
    photo("a.png", ME)

    code, _, err = erase_me("a.png", "--who", "me")

    assert code == 9
    assert "other weights of dlib" in err


@pytest.mark.parametrize("args", [[], ["--who", "1"], ["--who", "others"], ["--at", "30,50"]])
def test_nothing_of_faces_is_loaded_when_nobody_is_named(photo, home, args):
    photo("a.png", ME, ANNA)
    code = (
        f"import contextlib, sys; sys.argv[1:] = ['a.png', *{args}]\nfrom eraser.cli import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "print([name for name in sys.modules if name.startswith(('eraser.faces', 'dlib', 'face_recognition'))])"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=home, check=True, capture_output=True, text=True)

    assert run.stdout.splitlines() == ["a.erased.png", "[]"]


def test_python_takes_names_too(photo, monkeypatch):
    from eraser import EraserError, erase
    from eraser.engine import Engine

    path = photo("a.png", ANNA, ME)
    monkeypatch.setattr("eraser.api.shared_engine", Engine)  # one that no other test has
    options = {"masker": "columns", "inpainter": "telea", "device": "cpu", "second_look": False}

    by_who, by_keep = erase(path, who="me", **options), erase(path, keep=("anna",), **options)

    assert by_who.gone == by_keep.gone
    assert [by_who.recognized[number - 1].name for number in by_who.gone] == ["me"]
    np.testing.assert_array_equal(by_who.image, by_keep.image)
    assert erase(path, keep="anna", **options).gone == by_who.gone
    with pytest.raises(EraserError, match="did you mean anna"):
        erase(path, who="anne", **options)
    with pytest.raises(TypeError, match="keep must be a tuple"):
        erase(path, keep=(1,), **options)
