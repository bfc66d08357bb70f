import errno
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from PIL import Image

from eraser.batch import InputPhoto, Outcome, RunLedger
from eraser.batch.ledger import Ledger
from eraser.batch.settings import Settings
from eraser.errors import EraserError, MaskerError, MaskerTimeoutError, PhotoReadError, PhotoWriteError, WeightsError
from eraser.system.process_id import ProcessId, this_process
from eraser.watch.after import Originals
from eraser.watch.folders import Place, make_outbox
from eraser.watch.handler import MOST_DEATHS, WatchHandler
from eraser.watch.loop import Verdict
from eraser.watch.names import look_at
from eraser.watch.settle import Arrival


class Reports:
    def __init__(self):
        self.told, self.notices = [], []

    def photo(self, outcome, note):
        self.told.append((outcome.path.name, outcome.status, note))

    def notice(self, text):
        self.notices.append(text)


@pytest.fixture
def reports():
    return Reports()


@pytest.fixture
def erased():
    """Names of photos that were erased, in order."""
    return []


@pytest.fixture
def sit(inbox, outbox, reports, erased):
    """Start handling photos, as a watch does; ``outcomes`` are what processing comes to, then success."""
    ledgers = []

    def sit(*outcomes, after="keep", settings="{}", **options):
        left = list(outcomes)
        make_outbox(outbox)
        ledger = RunLedger(Settings(settings), outbox, resume=True, needs_output=False)
        ledgers.append(ledger)

        def process(given, policy):
            erased.append(given.path.name)
            outcome = left.pop(0) if left else None
            if isinstance(outcome, EraserError):
                return Outcome(path=given.path, status="failed", error=outcome)
            if outcome is not None:
                return outcome(given.path)
            result = outbox / f"{given.path.stem}.erased.jpg"
            Image.new("RGB", (48, 32)).save(result)
            policy.announce(result, result.stat())
            return Outcome(path=given.path, status="erased", output=result)

        handler = WatchHandler(inbox, Place.of(outbox), ledger, process, Originals(inbox, after), reports, **options)
        return lambda path, last=True: handler(Arrival(path, look_at(path), last))

    yield sit
    for ledger in ledgers:
        ledger.close()


def full(number=errno.ENOSPC):
    error = PhotoWriteError("could not be written")
    error.__cause__ = OSError(number, "no room")
    return error


def test_a_photo_is_done_once_also_over_restarts_and_when_its_result_was_taken_away(sit, photo, outbox, erased):
    path = photo()

    assert sit()(path) is Verdict.DONE
    (outbox / "a.erased.jpg").unlink()
    assert sit()(path) is Verdict.DONE

    assert erased == ["a.jpg"]


def test_a_photo_is_done_again_when_it_or_the_settings_change(sit, photo, erased):
    sit()(photo())
    sit()(photo(seed=1))
    sit(settings='{"dilate_px": 9}')(photo(seed=1))

    assert erased == ["a.jpg"] * 3


def test_another_photo_under_the_same_name_may_not_replace_the_first_ones_result(sit, photo, outbox):
    sit()(photo())
    path, may = photo(seed=1), []

    def ask(path):
        ledger = RunLedger(Settings("{}"), outbox, resume=True)
        policy = ledger.policy(InputPhoto(path), same_content=True)
        may.append(policy.may_replace(outbox / "a.erased.jpg"))
        ledger.close()
        return Outcome(path=path, status="unchanged")

    sit(ask)(path)
    sit(ask, settings="other")(photo())

    assert may == [False, True]


def test_a_photo_that_another_process_has_is_looked_at_again_later(sit, photo, inbox, outbox, erased):
    path = photo()
    desk = sit(lambda path: pytest.fail("not ours"))
    with Ledger.open(outbox) as ledger:
        ledger.claim(path, Settings("{}"))
    take_over(outbox, ProcessId("0" * 8, 1, 0))  # on another machine

    assert desk(path) is Verdict.LATER
    assert erased == []


def test_a_file_that_does_not_decode_is_given_time_then_copied_to_failed(sit, photo, outbox, files, reports):
    path, bad = photo(), PhotoReadError("cut short")
    desk = sit(bad, bad)

    assert desk(path, last=False) is Verdict.LATER
    assert files(outbox) == []
    assert desk(path) is Verdict.DONE

    assert files(outbox) == ["failed/a.jpg", "failed/a.jpg.txt"]
    assert reports.told == [("a.jpg", "failed", f"see {outbox / 'failed/a.jpg.txt'}")]


def test_a_failure_whose_copy_or_reason_cannot_be_named_is_told_and_ends_nothing(sit, photo, outbox, files, reports):
    desk = sit(PhotoReadError("cut short"))

    assert desk(photo(f"{'n' * 248}.jpg")) is Verdict.DONE  # no room for .txt behind it

    [(_, status, note)] = reports.told
    assert status == "failed"
    assert "no copy is kept" in note


def test_a_failure_is_not_tried_again_until_the_file_or_the_settings_change(sit, photo, erased):
    path = photo()
    sit(MaskerError("lost its mind"))(path)

    sit()(path)
    assert erased == ["a.jpg"]

    sit(MaskerError("lost its mind"), settings="other")(path)
    assert erased == ["a.jpg"] * 2

    os.utime(path, (1, 1))
    sit(settings="other")(path)
    assert erased == ["a.jpg"] * 3


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ESTALE])
def test_what_stops_all_photos_is_waited_out_said_once_and_counts_for_none(sit, photo, reports, outbox, files, number):
    path = photo()
    desk = sit(full(number), full(number))

    assert [desk(path) for _ in range(3)] == [Verdict.PAUSE, Verdict.PAUSE, Verdict.DONE]

    assert len(reports.notices) == 2
    assert "waiting" in reports.notices[0]
    assert "going on" in reports.notices[1]
    assert files(outbox) == ["a.erased.jpg"]


def test_with_nobody_to_wait_a_full_disk_is_an_error(sit, photo):
    with pytest.raises(PhotoWriteError):
        sit(full(), waits=False)(photo())


def test_an_outbox_that_vanishes_is_waited_for_and_not_made_anew(sit, photo, outbox, tmp_path):
    path = photo()
    desk = sit()
    outbox.rename(tmp_path / "away")

    gone = desk(path)
    was_made = outbox.exists()
    (tmp_path / "away").rename(outbox)

    assert (gone, was_made, desk(path)) == (Verdict.PAUSE, False, Verdict.DONE)


def test_an_outbox_that_was_emptied_gets_a_new_ledger(sit, photo, outbox, erased):
    desk = sit()
    desk(photo())
    shutil.rmtree(outbox)
    outbox.mkdir()

    desk(photo("b.jpg", seed=1))

    assert (outbox / ".erase-me.sqlite").exists()
    assert erased == ["a.jpg", "b.jpg"]


def test_without_weights_the_watch_ends_and_no_photo_is_blamed(sit, photo, outbox, files):
    def no_weights(path):
        return Outcome(path=path, status="failed", error=WeightsError("not here"), ends_run=True)

    with pytest.raises(WeightsError):
        sit(no_weights)(photo())

    assert files(outbox) == []
    assert sit()(photo()) is Verdict.DONE


def test_a_masker_that_hangs_ends_the_watch_and_the_next_one_leaves_that_photo_alone(sit, photo, outbox, files, erased):
    def hang(path):
        return Outcome(path=path, status="failed", error=MaskerTimeoutError("too long"), ends_run=True)

    path = photo()
    with pytest.raises(MaskerTimeoutError):
        sit(hang)(path)
    sit()(path)

    assert files(outbox) == ["failed/a.jpg", "failed/a.jpg.txt"]
    assert erased == ["a.jpg"]


def test_a_photo_over_which_processes_keep_dying_is_left_alone(sit, photo, outbox, erased, reports):
    path = photo()
    desk = sit()
    for _ in range(MOST_DEATHS + 1):
        with Ledger.open(outbox) as ledger:
            ledger.claim(path, Settings("{}"))
        take_over(outbox, ProcessId(this_process().host, 1, this_process().began + 1000))  # nobody who lives

    assert desk(path) is Verdict.DONE
    assert erased == []
    assert reports.told[0][:2] == ("a.jpg", "failed")


def test_an_original_killed_over_is_deleted_by_the_next_watch(sit, photo, erased):
    path = photo()
    sit()(path)  # as if killed after the record, before the original went

    sit(after="delete")(path)

    assert not path.exists()
    assert erased == ["a.jpg"]


@pytest.mark.parametrize("status", ["unchanged", "skipped"])
def test_the_original_of_a_photo_without_a_result_of_its_own_is_never_deleted(sit, photo, status, outbox):
    path = photo()

    sit(lambda path: Outcome(path=path, status=status), after="delete")(path)

    assert path.exists()


def test_a_photo_that_is_written_to_while_it_is_erased_is_no_failure(sit, photo, outbox, files):
    def change(path):
        photo(seed=1)
        return Outcome(path=path, status="failed", error=PhotoReadError("changed below our feet"))

    assert sit(change)(photo()) is Verdict.LATER
    assert files(outbox) == []


def take_over(outbox, owner):
    """Make all claims those of somebody else."""
    with closing(sqlite3.connect(outbox / ".erase-me.sqlite")) as connection, connection:
        connection.execute("UPDATE claims SET owner = ?", (str(owner),))
