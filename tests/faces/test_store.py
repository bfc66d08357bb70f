import json
import os
import stat
import sys

import pytest

from eraser.errors import FacesError, UnknownNameError
from eraser.faces.names import check_name
from eraser.faces.store import FaceStore, changing, forget_all, read_store, write_store

STORE = FaceStore("dlib", "ab" * 32, {"me": ((0.5, -0.25),), "Jörg": ((1.0, 0.0), (0.0, 1.0))}, {"family": ("me",)})


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "a" / "faces.json"

    write_store(STORE, path)

    assert read_store(path) == STORE
    assert json.loads(path.read_text("utf-8"))["version"] == 1
    assert [each.name for each in path.parent.iterdir()] == ["faces.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
def test_nobody_else_may_read_it_whatever_the_mask_and_the_old_file_allow(tmp_path):
    path = tmp_path / "faces.json"
    path.write_text("old")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        write_store(STORE, path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_file_nobody_is_known(tmp_path):
    assert read_store(tmp_path / "faces.json") == FaceStore()


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"version": 0},
        {"version": "1"},
        {"people": {"me": []}},
        {"people": {"me": [[0.1, "x"]]}},
        {"people": {"me": [[0.1], [0.1, 0.2]]}},
        {"people": {"me": [[float("nan")]]}},
        {"people": {"all": [[0.1]]}},
        {"people": []},
        {"groups": {"family": ["nobody"]}},
        {"groups": {"me": ["me"]}},
        {"recognizer": None},
    ],
    ids=str,
)
def test_a_damaged_file_is_one_clear_line_and_stays(tmp_path, change):
    path = tmp_path / "faces.json"
    write_store(STORE, path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change))
    text = path.read_text()

    with pytest.raises(FacesError, match=r"are damaged.*remove --all"):
        read_store(path)
    assert path.read_text() == text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000])
def test_a_file_that_is_no_store_is_one_clear_line(tmp_path, content):
    path = tmp_path / "faces.json"
    path.write_bytes(content)

    with pytest.raises(FacesError, match="remove --all"):
        read_store(path)


def test_a_file_of_a_newer_version_asks_for_an_update(tmp_path):
    path = tmp_path / "faces.json"
    path.write_text(json.dumps({"format": "erase-me faces", "version": 2, "more": 1}))

    with pytest.raises(FacesError, match=r"newer erase-me \(version 2, this one reads 1\): update"):
        read_store(path)


def test_to_forget_all_leaves_nothing_whatever_the_file_holds(tmp_path):
    path = tmp_path / "faces.json"
    path.write_text("{")
    with changing(path):
        pass

    assert forget_all(path)
    assert list(tmp_path.iterdir()) == []
    assert not forget_all(path)


def test_groups_stand_for_their_people_and_capitals_do_not_count():
    assert STORE.resolve(("Family", "jörg", "me")) == ("me", "Jörg")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean family"):
        STORE.resolve(("famly",))


def test_a_person_who_is_forgotten_leaves_groups_and_the_last_one_the_group():
    assert STORE.without("me") == FaceStore("dlib", "ab" * 32, {"Jörg": STORE.people["Jörg"]}, {})
    assert STORE.without("family").people == STORE.people


def test_any_change_of_who_is_known_changes_the_hash():
    others = [STORE.without("me"), STORE.with_faces("me", ((0.1, 0.2),), "dlib", "ab" * 32), STORE.without("family")]

    assert len({store.sha256 for store in (STORE, *others)}) == 4


@pytest.mark.parametrize(
    "name", ["all", "Main", "others", "strangers", "2", "2-4", "", "²", "a,b", "-x", "x\ny", "x" * 65]
)
def test_a_name_that_means_something_else_is_refused(name):
    with pytest.raises(ValueError, match=r"already means something|is no name"):
        check_name(name)


@pytest.mark.parametrize("name", ["me", "Jörg", "Anna Maria", "O'Neill", "李雷", "x2"])
def test_names_of_people_are_taken(name):
    assert check_name(f" {name} ") == name
