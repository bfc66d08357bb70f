import errno
import os
from pathlib import Path

import pytest
from PIL import Image

from eraser.watch.after import Originals
from eraser.watch.names import look_at


@pytest.fixture
def result(outbox):
    """Write a result of a given size."""

    def result(size_wh=(48, 32)):
        outbox.mkdir(exist_ok=True)
        path = outbox / "a.erased.jpg"
        Image.new("RGB", size_wh).save(path)
        return path

    return result


@pytest.fixture
def dispose(inbox, tmp_path):
    """Do with an original what is done after its turn; originals move to ``done``."""

    def dispose(photo, output, after, look=None):
        originals = Originals(inbox, after, tmp_path / "done" if after == "move" else None)
        return originals.dispose(photo, look or look_at(photo), output)

    return dispose


def test_originals_stay_unless_asked_otherwise(dispose, photo, result):
    path = photo()

    assert dispose(path, result(), "keep") is None
    assert path.exists()


def test_an_original_is_deleted_when_its_result_is_on_disk(dispose, photo, result):
    path = photo()

    assert dispose(path, result(), "delete") is None
    assert not path.exists()


def test_an_original_without_a_result_is_never_deleted(dispose, photo):
    path = photo()

    assert "no result" in dispose(path, None, "delete")
    assert path.exists()


def test_an_original_whose_result_is_damaged_missing_or_of_another_size_stays(dispose, photo, result, outbox):
    path = photo()
    cut = result().read_bytes()
    for spoil in (
        lambda: (outbox / "a.erased.jpg").write_bytes(cut[: len(cut) // 2]),
        lambda: (outbox / "a.erased.jpg").unlink(),
        lambda: result((32, 48)),
    ):
        spoil()
        for after in ("delete", "move"):
            assert "the original is kept" in dispose(path, outbox / "a.erased.jpg", after)

    assert path.exists()


def test_an_original_that_is_its_own_result_stays(dispose, photo, outbox):
    path = photo()
    outbox.mkdir()
    (outbox / "a.erased.jpg").hardlink_to(path)

    assert "is the photo itself" in dispose(path, outbox / "a.erased.jpg", "delete")
    assert path.exists()


def test_an_original_that_somebody_wrote_to_meanwhile_stays(dispose, photo, result):
    path = photo()
    look = look_at(path)
    photo(seed=1)

    assert "somebody wrote to it" in dispose(path, result(), "delete", look)
    assert path.exists()


@pytest.mark.parametrize("can_link", [True, False])
def test_an_original_moves_with_its_tree_and_keeps_its_bytes_and_time(
    dispose, photo, result, tmp_path, files, monkeypatch, can_link
):
    def refuse(*_):
        raise OSError(errno.EXDEV, "another file system")

    if not can_link:
        # os.link stays: save_copy uses it within one folder, and falls back by itself.
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = photo("sub/a.jpg")
    os.utime(path, (1_000_000, 1_000_000))
    before = path.read_bytes()

    note = dispose(path, result(), "move")

    moved = tmp_path / "done/sub/a.jpg"
    assert str(moved) in note
    assert not path.exists()
    assert moved.read_bytes() == before
    assert moved.stat().st_mtime == 1_000_000
    assert files(tmp_path / "done") == ["sub/a.jpg"]


def test_a_moved_original_replaces_no_other_of_its_name(dispose, photo, result, tmp_path, files):
    dispose(photo(seed=1), result(), "move")
    dispose(photo(seed=2), result(), "move")

    assert files(tmp_path / "done") == ["a-2.jpg", "a.jpg"]
    assert (tmp_path / "done/a.jpg").read_bytes() != (tmp_path / "done/a-2.jpg").read_bytes()


def test_a_move_that_was_killed_between_the_two_names_is_finished(dispose, photo, result, tmp_path, files):
    path = photo()
    (tmp_path / "done").mkdir()
    (tmp_path / "done/a.jpg").hardlink_to(path)

    dispose(path, result(), "move")

    assert not path.exists()
    assert files(tmp_path / "done") == ["a.jpg"]


def test_a_photo_without_people_moves_too_since_it_is_not_lost(dispose, photo, tmp_path):
    dispose(photo(), None, "move")

    assert (tmp_path / "done/a.jpg").exists()


def test_an_original_that_cannot_be_moved_stays(dispose, photo, result, tmp_path):
    (tmp_path / "done").touch()
    path = photo()

    assert "the original is kept" in dispose(path, result(), "move")
    assert path.exists()
