import pytest

from eraser.errors import WatchError
from eraser.watch.folders import Place, check_folders, make_outbox


def test_folders_side_by_side_are_fine_though_one_name_begins_with_the_other(tmp_path, inbox):
    check_folders(inbox, tmp_path / "inbox2", tmp_path / "inbox done")


@pytest.mark.parametrize("place", ["inbox", "inbox/out", "inbox/a/b/c", "other/../inbox/out", "link", "link/out"])
def test_results_never_go_into_the_watched_folder(tmp_path, inbox, place):
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(inbox)

    with pytest.raises(WatchError, match="watched folder"):
        check_folders(inbox, tmp_path / place)


def test_a_watched_folder_named_by_a_link_is_the_folder_behind_it(tmp_path, inbox):
    (tmp_path / "link").symlink_to(inbox)

    with pytest.raises(WatchError, match="taken for new photos"):
        check_folders(tmp_path / "link", inbox / "out")


def test_a_link_inside_the_outbox_path_that_leads_into_the_inbox_is_seen_through(tmp_path, inbox):
    (inbox / "sub").mkdir()
    (tmp_path / "shortcut").symlink_to(inbox / "sub")

    with pytest.raises(WatchError, match="lies in the watched folder"):
        check_folders(inbox, tmp_path / "shortcut" / "not there yet")


def test_an_outbox_around_the_inbox_could_mirror_a_subfolder_into_it(tmp_path, inbox):
    with pytest.raises(WatchError, match="choose a folder beside it"):
        check_folders(inbox, tmp_path)


def test_originals_may_go_into_the_outbox_but_not_into_the_inbox(tmp_path, inbox):
    check_folders(inbox, tmp_path / "out", tmp_path / "out" / "originals")

    with pytest.raises(WatchError, match="originals"):
        check_folders(inbox, tmp_path / "out", inbox / "done")


def test_a_folder_that_another_case_of_letters_finds_is_the_same(tmp_path, inbox, monkeypatch):
    # A file system that takes big and small letters for the same: emulated by a second name of the folder.
    (tmp_path / "INBOX").symlink_to(inbox)

    with pytest.raises(WatchError, match="watched folder"):
        check_folders(inbox, tmp_path / "INBOX" / "out")


def test_there_must_be_a_folder_to_watch(tmp_path):
    (tmp_path / "file").touch()

    for name in ("missing", "file"):
        with pytest.raises(WatchError, match=r"no such folder to watch.*make it"):
            check_folders(tmp_path / name, tmp_path / "out")


def test_an_outbox_that_cannot_be_made_is_refused_with_the_exit_code_of_a_watch(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(WatchError, match="cannot be made") as refused:
        make_outbox(tmp_path / "file" / "out")

    assert refused.value.exit_code == 6


def test_a_place_has_no_identity_while_it_is_gone_and_another_one_when_it_was_made_anew(tmp_path, inbox):
    place = Place.of(inbox)
    first = place.identity()

    inbox.rename(tmp_path / "away")
    gone = place.identity()
    inbox.mkdir()

    assert first is not None
    assert gone is None
    assert place.identity() not in (None, first)


def test_a_mount_point_without_its_mount_is_not_the_place(inbox):
    assert Place(inbox, is_mount=True).identity() is None
