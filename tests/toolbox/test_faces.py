import json
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "faces"))  # colour_faces

from colour_faces import ANNA, LIKE_ME, ME, ColourFaces

from eraser.errors import WeightsNotFoundError
from eraser.faces.store import read_store, write_store
from eraser.geometry import Box, Person
from eraser.toolbox import main


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A working folder, and a recogniser of coloured squares."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "data" / "faces.json"))
    monkeypatch.setattr("eraser.faces.choose.load_recognizer", lambda name, offline=False: ColourFaces())
    monkeypatch.setattr("eraser.engine.load_masker", lambda *given: everybody)
    return work


def everybody(image):
    """A masker to which the whole photo is one person."""
    return [Person(Box(0, 0, image.shape[1], image.shape[0]), np.ones(image.shape[:2], np.bool_))]


@pytest.fixture
def eraser(monkeypatch, capfd):
    """Run ``eraser faces`` as the console does; exit code, stdout and stderr."""

    def eraser(*args):
        monkeypatch.setattr(sys, "argv", ["eraser", "faces", *(os.fspath(arg) for arg in args)])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code
        captured = capfd.readouterr()
        return code, captured.out, " ".join(captured.err.replace("│", " ").split())

    return eraser


@pytest.fixture
def photo(home):
    """Write a photo with faces of 100 px, from the left to the right."""

    def photo(name, *faces):
        image = np.full((300, 200 * max(1, len(faces)), 3), 90, np.uint8)
        for index, face in enumerate(faces):
            image[100:200, 200 * index + 50 : 200 * index + 150] = face
        Image.fromarray(image).save(home / name)

    return photo


def test_faces_are_learnt_listed_grouped_and_forgotten(eraser, photo, tmp_path):
    photo("me.png", ME), photo("me2.png", LIKE_ME), photo("anna.png", ANNA)

    assert eraser("add", "me", "me.png", "me2.png") == (0, "me: 2 faces, learnt with dlib\n", "")
    assert eraser("add", "Me", "me.png")[1] == "me: 2 faces, learnt with dlib\n"  # nothing new
    assert eraser("add", "anna", "anna.png")[0] == 0
    assert eraser("group", "family", "me, anna") == (0, "family: me, anna\n", "")
    assert eraser("list")[1] == "me\t2\tdlib\nanna\t1\tdlib\nfamily\tgroup\tme,anna\n"
    assert json.loads(eraser("list", "--json")[1].splitlines()[0]) == {"name": "me", "faces": 2, "recognizer": "dlib"}
    assert eraser("remove", "anna") == (0, "anna is forgotten\n", "")
    assert read_store().groups == {"family": ("me",)}
    assert eraser("remove", "--all") == (0, "everybody is forgotten\n", "")
    assert list((tmp_path / "data").iterdir()) == []
    assert eraser("list") == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
def test_a_face_on_nobody_is_learnt_with_a_word_about_statues(eraser, photo, monkeypatch):
    photo("me.png", ME), photo("anna.png", ANNA)
    assert "statue" not in eraser("add", "me", "me.png")[2]
    monkeypatch.setattr("eraser.engine.load_masker", lambda *given: lambda image: [])

    code, _, said = eraser("add", "anna", "anna.png")

    assert code == 0
    assert "anna.png: nobody is found around this face" in said
    assert "statue" in said
    assert list(read_store().people) == ["me", "anna"]


def test_only_numbers_are_kept_and_nobody_else_may_read_them(eraser, photo, tmp_path):
    photo("holiday-in-rome.png", ME)
    eraser("add", "me", "holiday-in-rome.png")

    path = tmp_path / "data" / "faces.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "rome" not in path.read_text("utf-8")
    [numbers] = json.loads(path.read_text("utf-8"))["people"]["me"]
    assert numbers == pytest.approx(np.array(ME[1:]) / np.linalg.norm(ME[1:]), abs=0.02)


def test_the_last_one_who_is_forgotten_leaves_no_file(eraser, photo, tmp_path):
    photo("me.png", ME)
    eraser("add", "me", "me.png")

    eraser("remove", "me")

    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (
            ["add", "me", "two.png"],
            9,
            "two.png: 2 faces are seen: choose one with --at X,Y; faces are at 100,150 300,150",
        ),
        (["add", "me", "none.png"], 9, "none.png: no face is seen"),
        (["add", "me", "me.png", "none.png"], 9, "nothing was learnt"),
        (["add", "me", "two.png", "--at", "5,5"], 9, "no face is seen at 5,5"),
        (["add", "me", "two.png", "--at", "5"], 2, "is no pixel"),
        (["add", "me", "two.png", "me.png", "--at", "100,150"], 2, "a pixel of one photo"),
        (["add", "me", "missing.png"], 3, "missing.png"),
        (["add", "all", "me.png"], 2, "already means something"),
        (["add", "main", "me.png"], 2, "already means something"),
        (["add", "2", "me.png"], 2, "is no name"),
        (["add", "2-4", "me.png"], 2, "is no name"),
        (["add", "me", "me.png", "--recognizer", "other"], 2, "other"),
        (["remove", "nobody"], 9, "no face of 'nobody' is known"),
        (["remove"], 2, "a NAME, or --all"),
        (["group", "family", "me"], 9, "no face of 'me' is known"),
        (["check", "me.png"], 9, "no face is known yet: `eraser faces add me PHOTO` learns one"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line_and_nothing_is_kept(eraser, photo, tmp_path, args, code, said):
    photo("me.png", ME), photo("two.png", ME, ANNA), photo("none.png")

    ended, out, err = eraser(*args)

    assert (ended, out) == (code, "")
    assert said in err
    assert not (tmp_path / "data" / "faces.json").exists()


def test_one_of_several_faces_is_chosen_by_a_pixel(eraser, photo):
    photo("two.png", ME, ANNA)

    eraser("add", "anna", "two.png", "--at", "300,150")

    assert read_store().people["anna"][0] == pytest.approx(np.array(ANNA[1:]) / np.linalg.norm(ANNA[1:]), abs=0.02)


def test_a_face_unlike_the_others_of_that_name_wants_a_word_more(eraser, photo):
    photo("me.png", ME), photo("anna.png", ANNA)
    eraser("add", "me", "me.png")

    code, _, err = eraser("add", "me", "anna.png")

    assert code == 9
    assert "this face is unlike the others of that name (similarity 0.2" in err
    assert len(read_store().people["me"]) == 1
    assert eraser("add", "me", "anna.png", "--anyway")[1] == "me: 2 faces, learnt with dlib\n"


def test_a_damaged_or_newer_file_is_never_written_over(eraser, photo, tmp_path):
    photo("me.png", ME)
    path = tmp_path / "data" / "faces.json"
    path.parent.mkdir()
    for text, said in (("{", "are damaged"), ('{"format": "erase-me faces", "version": 9}', "newer erase-me")):
        path.write_text(text)
        code, _, err = eraser("add", "me", "me.png")
        assert (code, path.read_text()) == (9, text)
        assert said in err
    assert eraser("remove", "--all")[0] == 0


def test_faces_learnt_with_one_recogniser_are_not_mixed_with_those_of_another(eraser, photo):
    photo("me.png", ME)
    eraser("add", "me", "me.png")

    code, _, err = eraser("add", "me", "me.png", "--recognizer", "sface")

    assert code == 9
    assert "were learnt with dlib, whose numbers say nothing to sface" in err


def test_the_first_face_takes_dlib_where_sface_cannot_be_had_and_without_both_says_how(eraser, photo, monkeypatch):
    def load(name, offline=False):
        if name == "sface":
            raise WeightsNotFoundError("the weights yunet are not on this machine")
        return ColourFaces()

    monkeypatch.setattr("eraser.faces.choose.load_recognizer", load)
    monkeypatch.setattr("eraser.faces.dlib_resnet.load", ColourFaces)
    photo("me.png", ME)
    assert eraser("add", "me", "me.png")[1] == "me: 1 face, learnt with dlib\n"
    eraser("remove", "--all")

    monkeypatch.setattr("eraser.faces.dlib_resnet.is_here", lambda: False)
    code, _, err = eraser("add", "me", "me.png")

    assert code == 9
    assert "the weights yunet are not on this machine" in err
    assert "pip install 'erase-me[faces]'" in err


def test_a_name_of_a_group_is_no_name_of_a_person_nor_the_other_way_round(eraser, photo):
    photo("me.png", ME)
    eraser("add", "me", "me.png")
    eraser("group", "family", "me")

    assert eraser("add", "family", "me.png")[0] == 2
    assert eraser("group", "me", "me")[0] == 2
    write_store(read_store())  # still whole


def test_check_shows_who_would_be_recognised_and_how_alike_everybody_is(eraser, photo, home, monkeypatch):
    photo("me.png", ME), photo("anna.png", ANNA), photo("look.png", ME)
    eraser("add", "me", "me.png"), eraser("add", "anna", "anna.png")
    somebody = Person(Box(20, 50, 190, 290), np.ones((240, 170), np.bool_))
    monkeypatch.setattr("eraser.engine.load_masker", lambda *given: lambda image: [somebody])

    code, out, _ = eraser("check", "look.png")

    assert code == 0
    assert "me 1.00" in out
    assert "similarity: me 1.00, anna 0.2" in out
    assert "goes" not in out
    assert (home / "look.people.png").is_file()
