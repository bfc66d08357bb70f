from pathlib import Path

import pytest

from eraser.errors import PhotoReadError, PhotoWriteError
from eraser.watch.failed import keep_failure

ERROR = PhotoReadError("the file is cut short")


@pytest.fixture
def fail(outbox):
    return lambda photo, below="": keep_failure(photo, Path(below), outbox, ERROR)


def test_a_failure_is_copied_with_the_reason_beside_it_in_the_inbox_tree(fail, photo, outbox, files):
    path = photo("sub/a.jpg")

    reason = fail(path, "sub")

    assert files(outbox) == ["failed/sub/a.jpg", "failed/sub/a.jpg.txt"]
    assert (outbox / "failed/sub/a.jpg").read_bytes() == path.read_bytes()
    assert reason == outbox / "failed/sub/a.jpg.txt"
    for said in (str(path), "the file is cut short", "tried again when it changes"):
        assert said in reason.read_text()


def test_the_same_failure_again_is_not_copied_again(fail, photo, outbox, files):
    path = photo()

    fail(path)
    fail(path)

    assert files(outbox) == ["failed/a.jpg", "failed/a.jpg.txt"]


def test_another_photo_of_the_same_name_gets_a_number(fail, photo, outbox, files):
    fail(photo(seed=1))
    fail(photo(seed=2))

    assert files(outbox) == ["failed/a-2.jpg", "failed/a-2.jpg.txt", "failed/a.jpg", "failed/a.jpg.txt"]


def test_of_a_photo_that_cannot_be_read_there_is_the_reason_only(fail, inbox, outbox, files):
    reason = fail(inbox / "gone.jpg")

    assert files(outbox) == ["failed/gone.jpg.txt"]
    assert "no copy here" in reason.read_text()


def test_a_name_that_is_no_text_is_no_obstacle(fail, photo, inbox, outbox):
    path = photo().rename(inbox / "caf\udce9.jpg")

    assert b"caf\xe9.jpg" in fail(path).read_bytes()


def test_an_outbox_that_refuses_is_told_from_a_bad_photo(fail, photo, outbox, leftovers):
    outbox.mkdir()
    (outbox / "failed").touch()

    with pytest.raises(PhotoWriteError, match="cannot be made"):
        fail(photo())

    assert leftovers(outbox) == []
