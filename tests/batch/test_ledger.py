import os
import sqlite3
from pathlib import Path

import pytest

from eraser.batch.entries import look
from eraser.batch.ledger import FOREIGN_CLAIM_S, Ledger
from eraser.batch.ledger_file import FILE_NAME
from eraser.batch.outcome import Outcome
from eraser.batch.settings import Settings
from eraser.errors import EraserError, LedgerError
from eraser.system.process_id import ProcessId, this_process

NOW, OTHER = Settings('{"dilate_px": 5}'), Settings('{"dilate_px": 6}')


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "out") as ledger:
        yield ledger


@pytest.fixture
def photo(tmp_path):
    photo = tmp_path / "in" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"pixels")
    return photo


@pytest.fixture
def done(ledger, photo):
    """A photo that was erased; gives the place of its result."""
    result = ledger.folder / "a.erased.jpg"
    result.write_bytes(b"result")
    assert ledger.claim(photo, NOW) == "ours"
    ledger.announce(photo, result, result.stat())
    ledger.record(Outcome(path=photo, status="erased", output=result, seconds={"load": 1, "fill": 2}), NOW)
    return result


def claim_of(ledger, owner, seconds_ago=0):
    """Make all claims those of somebody else."""
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("UPDATE claims SET owner = ?, time = time - ?", (str(owner), seconds_ago))
    connection.close()


def test_a_photo_is_done_until_its_content_or_the_settings_change(ledger, photo, done):
    assert ledger.done(photo, NOW)
    assert not ledger.done(photo, OTHER)

    photo.write_bytes(b"PIXELS")

    assert not ledger.done(photo, NOW)


def test_a_photo_that_was_only_touched_is_done_still(ledger, photo, done):
    os.utime(photo, ns=(1, 1))

    assert ledger.done(photo, NOW)


def test_a_result_that_was_taken_away_is_missed_only_where_it_is_needed(ledger, photo, done):
    done.unlink()

    assert not ledger.done(photo, NOW)
    assert ledger.claim(photo, NOW, needs_output=False) == "done"
    assert ledger.claim(photo, NOW) == "ours"


def test_a_failed_photo_is_not_done_and_the_file_says_why(ledger, photo):
    assert ledger.claim(photo, NOW) == "ours"
    ledger.record(Outcome(path=photo, status="failed", error=EraserError("no\nluck")), NOW)

    with sqlite3.connect(ledger.path) as connection:
        rows = connection.execute("SELECT status, error, exit_code FROM photos").fetchall()
    connection.close()
    assert rows == [("failed", "no\nluck", 1)]
    assert not ledger.done(photo, NOW)


def test_what_was_only_skipped_leaves_the_entry_as_it_was(ledger, photo, done):
    ledger.claim(photo, OTHER)
    ledger.record(Outcome(path=photo, status="skipped"), OTHER)

    assert ledger.entry(photo).status == "erased"
    assert ledger.done(photo, NOW)


def test_a_claim_stands_while_its_process_lives_and_falls_with_it(ledger, photo):
    ledger.claim(photo, NOW)
    me = this_process()

    claim_of(ledger, ProcessId(me.host, 1, me.began + 1000))  # lives, but began at another time
    assert ledger.claim(photo, NOW) == "ours"
    claim_of(ledger, ProcessId("0" * 8, 1, 0))
    assert ledger.claim(photo, NOW) == "busy"
    claim_of(ledger, ProcessId("0" * 8, 1, 0), seconds_ago=FOREIGN_CLAIM_S + 1)
    assert ledger.claim(photo, NOW) == "ours"


def test_a_claim_on_a_photo_that_another_process_finished_meanwhile_says_so(ledger, photo, done):
    with Ledger.open(ledger.folder) as other:
        assert other.claim(photo, NOW) == "done"
        assert other.claim(photo, NOW, again=True) == "ours"
        assert ledger.claim(photo, OTHER) == "ours"  # one process, one claim, however many connections


def test_only_files_that_nobody_changed_are_our_own(ledger, photo, done):
    assert ledger.own_files(photo) == {done}
    assert ledger.photo_of(done) == photo

    done.write_bytes(b"retouched by hand")

    assert ledger.own_files(photo) == frozenset()


def test_photos_and_results_may_be_moved_together_and_have_names_that_are_no_text(tmp_path, photo):
    odd = photo.with_name(os.fsdecode(b"caf\xe9.jpg"))
    photo.rename(odd)
    with Ledger.open(tmp_path / "in") as ledger:
        ledger.claim(odd, NOW)
        ledger.record(Outcome(path=odd, status="unchanged"), NOW)

    (tmp_path / "in").rename(tmp_path / "moved")

    with Ledger.open(tmp_path / "moved") as ledger:
        assert ledger.done(tmp_path / "moved" / odd.name, NOW)
        assert [entry.photo.name for entry in ledger.entries()] == [odd.name]


def test_a_relative_path_and_one_through_a_link_are_the_same_photo(tmp_path, ledger, photo, done, monkeypatch):
    (tmp_path / "link").symlink_to(photo.parent)
    monkeypatch.chdir(photo.parent)

    assert ledger.done(Path("a.jpg"), NOW)
    assert ledger.done(tmp_path / "link" / "a.jpg", NOW)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"no database at all" * 99), "damaged"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE t (x)").connection.close(), "no ledger of erase-me"),
        (lambda path: newer(path), "written by a newer erase-me"),
        (lambda path: path.mkdir(), "cannot be used"),
    ],
)
def test_a_file_that_is_no_usable_ledger_is_named_with_what_to_do(tmp_path, make, said):
    make(tmp_path / FILE_NAME)

    with pytest.raises(LedgerError, match=rf"{FILE_NAME}: .*{said}.*(choose|remove)"):
        Ledger.open(tmp_path)


def newer(path):
    Ledger.open(path.parent).close()
    sqlite3.connect(path).execute("PRAGMA user_version = 99").connection.close()


def test_files_written_for_another_photo_of_the_same_name_are_told_apart(ledger, photo, done):
    ledger.claim(photo, NOW, again=True)
    assert ledger.own_files(photo, same_content=True) == {done}

    photo.write_bytes(b"another photo")
    ledger.claim(photo, NOW)

    assert ledger.own_files(photo, same_content=True) == frozenset()
    assert ledger.own_files(photo) == {done}


def test_processes_that_died_over_a_photo_are_counted_until_it_changes(ledger, photo):
    for deaths in range(3):
        ledger.claim(photo, NOW)
        assert ledger.deaths(photo) == deaths
        assert ledger.claim(photo, NOW) == "ours"  # claimed twice by one process: nobody died
        claim_of(ledger, ProcessId(this_process().host, 1, this_process().began + 1000))  # nobody who lives

    photo.write_bytes(b"PIXELS")
    ledger.claim(photo, NOW)

    assert ledger.deaths(photo) == 0


def test_a_pipe_with_the_name_of_a_photo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")

    assert look(tmp_path / "pipe.jpg", None) is None
