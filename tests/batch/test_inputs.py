import io
import os
from pathlib import Path

import pytest
from PIL import Image

from eraser.batch import InputPhoto, find_photos, read_list
from eraser.batch.inputs import is_pattern
from eraser.errors import PhotoReadError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.jpg", "in/b.png", "in/2024/c.jpg", "in/2024/may/d.jpg", "in/2025/e.jpg", "in/a.erased.jpg"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return tmp_path


def places(photos):
    return [(photo.path.as_posix(), photo.below.as_posix()) for photo in photos]


def test_a_folder_is_taken_with_or_without_the_folders_below_it(tree):
    assert len(find_photos([Path("in")])) == 5
    assert places(find_photos([Path("in")], recursive=False)) == [("in/a.jpg", "."), ("in/b.png", ".")]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*.jpg", [("in/a.jpg", ".")]),
        ("in/**/*.jpg", [("in/a.jpg", "."), ("in/2024/c.jpg", "2024"), ("in/2024/may/d.jpg", "2024/may"),
                         ("in/2025/e.jpg", "2025")]),
        ("in/202?/*.jpg", [("in/2024/c.jpg", "2024"), ("in/2025/e.jpg", "2025")]),
        ("in/*5", [("in/2025/e.jpg", "2025")]),
        ("i[mno]/[ab].*", [("in/a.jpg", "in"), ("in/b.png", "in")]),
    ],
)  # fmt: skip
def test_a_pattern_finds_what_a_shell_would_and_keeps_the_tree_below_its_fixed_part(tree, pattern, expected):
    assert places(find_photos([Path(pattern)])) == expected


def test_a_pattern_that_names_a_folder_takes_what_lies_in_it(tree):
    assert [path for path, _ in places(find_photos([Path("in/202*")]))] == [
        "in/2024/c.jpg", "in/2024/may/d.jpg", "in/2025/e.jpg",
    ]  # fmt: skip
    assert len(find_photos([Path("in/202*")], recursive=False)) == 2


@pytest.mark.parametrize("pattern", ["in/*.heic", "nowhere/*.jpg", "in/a.jpg/*.jpg"])
def test_a_pattern_that_finds_nothing_is_a_problem_and_a_file_of_that_name_is_no_pattern(tree, pattern):
    [nothing] = find_photos([Path(pattern)])
    Path("x[1].jpg").touch()

    assert str(nothing.problem) == f"{pattern}: no photo goes by such a name"
    assert not is_pattern(Path("x[1].jpg"))
    assert find_photos([Path("x[1].jpg")]) == [InputPhoto(Path("x[1].jpg"))]


@pytest.mark.parametrize("data", [b"in/a.jpg\nin/b.png\n", b"in/a.jpg\0in/b.png\0", b"in/a.jpg\r\nin/b.png"])
def test_a_list_is_read_by_lines_or_by_nuls(data):
    assert read_list(data) == [Path("in/a.jpg"), Path("in/b.png")]


@pytest.mark.parametrize("name", ["BMW/a.jpg", "RIFF/a.jpg", "GIF8.jpg", "a.heicftyp.jpg"])
def test_a_path_that_begins_nearly_as_a_picture_does_is_a_path(name):
    assert read_list(f"{name}\n".encode()) == [Path(name)]


@pytest.mark.parametrize("kind", ["BMP", "WEBP", "TIFF", "PNG", "JPEG", "AVIF"])
def test_a_picture_is_no_list(kind):
    data = io.BytesIO()
    Image.new("RGB", (16, 16)).save(data, kind)

    with pytest.raises(PhotoReadError, match="stdin holds a picture"):
        read_list(data.getvalue())


def test_a_name_with_a_line_break_or_that_is_no_text_survives_nuls():
    assert [os.fsencode(path) for path in read_list(b"a\nb.jpg\0caf\xe9.jpg\0")] == [b"a\nb.jpg", b"caf\xe9.jpg"]


def test_listed_photos_keep_their_folders_and_each_is_its_own_root(tree):
    listed = [Path("in/2024/c.jpg"), tree / "in" / "a.jpg", Path("../up.jpg")]

    photos = find_photos([], listed=listed)

    folders = (tree / "in").relative_to(tree.anchor).as_posix()
    assert places(photos) == [
        ("in/2024/c.jpg", "in/2024"),
        ((tree / "in/a.jpg").as_posix(), folders),
        ("../up.jpg", "."),
    ]
    assert [photo.root for photo in photos] == [path.parent for path in listed]


def test_the_root_of_a_photo_is_the_folder_that_was_named(tree):
    roots = {photo.root for photo in find_photos([Path("in"), Path("in/a.jpg")])}

    assert roots == {Path("in")}
    assert InputPhoto(Path("a.jpg")).root == Path()


def test_a_photo_that_is_named_twice_is_taken_once(tree):
    assert len(find_photos([Path("in"), Path("in/a.jpg"), Path("in/*.jpg")], listed=[tree / "in" / "b.png"])) == 5
