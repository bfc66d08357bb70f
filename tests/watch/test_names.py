import os

import pytest

from eraser.watch.names import is_below_link, is_wanted, look_at, scan


@pytest.mark.parametrize("name", ["a.jpg", "A.JPG", "sub/b.png", "a b.erased photo.jpeg", "über/ü.tif", "part.jpg"])
def test_photos_are_taken_by_their_suffix(inbox, name):
    assert is_wanted(inbox / name, inbox)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a.jpg.part",
            "a.jpg.crdownload",
            "a.jpg.tmp",
            "a.jpg~",
            "~a.jpg",
            "a.part.jpg",
            "a.TMP.jpg",
            "a.jpg.filepart",
        ),
        *(".a.jpg", "._a.jpg", ".syncthing.a.jpg.tmp", "~syncthing~a.jpg.tmp", ".a.jpg.Xy12Ab", ".stversions/a.jpg"),
        *("@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", "#recycle/a.jpg", "$RECYCLE.BIN/a.jpg", "sub/.hidden/a.jpg"),
        *("a.erased.jpg", "sub/a.erased-2.jpg", "a.mask.png", "a.people.png"),
        *("a.txt", "a.mp4", "a", "a.gif", "Thumbs.db", "../a.jpg"),
    ],
)
def test_what_is_unfinished_hidden_ours_or_no_photo_is_left_alone(inbox, name):
    assert not is_wanted(inbox / name, inbox)


def test_a_scan_finds_photos_in_the_whole_tree_and_no_links(inbox, photo, tmp_path):
    photo("b.jpg")
    photo("a/c.png")
    photo("a/.trash/d.jpg")
    (tmp_path / "elsewhere").mkdir()
    (inbox / "link.jpg").symlink_to(inbox / "b.jpg")
    (inbox / "folder.jpg").mkdir()
    (inbox / "linked").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(inbox / "pipe.jpg")

    assert sorted(scan(inbox)) == [inbox / "a/c.png", inbox / "b.jpg"]


def test_a_scan_below_a_folder_stays_there(inbox, photo):
    photo("b.jpg")
    photo("a/c.png")

    assert list(scan(inbox, inbox / "a")) == [inbox / "a/c.png"]


def test_what_lies_behind_a_link_to_a_folder_is_known_by_it(inbox, photo, tmp_path):
    photo("real/a.jpg")
    (inbox / "link").symlink_to(inbox / "real")

    assert is_below_link(inbox / "link" / "a.jpg", inbox)
    assert not is_below_link(inbox / "real" / "a.jpg", inbox)


def test_two_looks_differ_when_a_file_grew_or_was_replaced(photo):
    path = photo()
    first = look_at(path)

    with path.open("ab") as file:
        file.write(b"more")
    grown = look_at(path)
    path.unlink()
    gone = look_at(path)
    photo(seed=1)

    assert len({first, grown, gone, look_at(path)}) == 4
    assert gone is None
