"""Who takes a photo on, over a folder as a store."""

import time
from dataclasses import replace

import pytest

from eraser.archive import StoredPhoto
from eraser.archive.claims import Claims, Done, Ours
from eraser.archive.names import Names
from eraser.archive.record import CLAIMED, RELEASED, Record
from eraser.batch import Settings
from eraser.storage.folder import FolderStore

SETTINGS = Settings('{"who": "all"}')
PHOTO = StoredPhoto("/in/a.jpg", version="v1")


@pytest.fixture
def names(tmp_path):
    return Names.of(PHOTO, str(tmp_path))


def _claims(run="one", *, resume=True, claim_s=600.0, store=None):
    return Claims(store or FolderStore(), run, SETTINGS, resume, claim_s)


def _done(names, **values):
    fields = {"input": PHOTO.address, "status": "unchanged", "run": "old", "time": time.time(), "input_version": "v1"}
    record = Record(**{**fields, "settings_sha256": SETTINGS.sha256, **values})
    FolderStore().write(names.record, record.encode())
    return record


def _read(names):
    return Record.decode(FolderStore().read(names.record))


def test_a_photo_that_nobody_has_is_ours_and_busy_for_others(names):
    assert _claims().take(PHOTO, names) == Ours(None)
    assert _claims("two").take(PHOTO, names) == "busy"
    assert _read(names).status == CLAIMED


def test_a_claim_of_the_same_run_is_taken_over_at_once(names):
    _claims().take(PHOTO, names)

    assert _claims().take(PHOTO, names).is_same_run


def test_a_claim_that_has_ended_is_taken_over_by_one_of_two(names):
    _claims().take(PHOTO, names)
    time.sleep(0.02)

    taken = [_claims(run, claim_s=0.01).take(PHOTO, names) for run in ("two",)]
    assert isinstance(taken[0], Ours)
    assert _claims("three").take(PHOTO, names) == "busy"


def test_what_is_done_is_left_alone_only_with_resume_and_the_same_settings_and_version(names):
    record = _done(names)

    assert _claims().take(PHOTO, names) == Done(record, is_same_run=False)
    _done(names, settings_sha256="other")
    assert isinstance(_claims().take(PHOTO, names), Ours)
    _done(names)
    assert isinstance(_claims().take(replace(PHOTO, version="v2"), names), Ours)
    _done(names)
    assert isinstance(_claims(resume=False).take(PHOTO, names), Ours)


def test_what_the_same_run_has_done_is_done_also_without_resume(names):
    record = _done(names, run="one")

    assert _claims(resume=False).take(PHOTO, names) == Done(record, is_same_run=True)


def test_a_result_that_was_taken_away_is_missed(names, tmp_path):
    _done(names, status="erased", output=f"{tmp_path}/a.erased.jpg")

    assert isinstance(_claims().take(PHOTO, names), Ours)


def test_giving_back_restores_what_was_known(names):
    record = _done(names, settings_sha256="other", output="a.erased.jpg", output_sha256="ab")
    claims = _claims()
    claims.take(PHOTO, names)
    assert _read(names).output_sha256 == "ab"  # whoever takes it over knows whose the result is

    claims.release_all()

    assert _read(names) == record


def test_giving_back_what_was_new_leaves_it_to_anybody(names):
    claims = _claims()
    claims.take(PHOTO, names)
    claims.release_all()

    assert _read(names).status == RELEASED
    assert isinstance(_claims("two").take(PHOTO, names), Ours)


def test_a_record_that_is_none_is_as_if_there_were_none(names):
    FolderStore().write(names.record, b"\xff not JSON")

    assert _claims().take(PHOTO, names) == Ours(None)


@pytest.mark.parametrize("data", [b"", b"[]", b"3", b'{"input": "a"}', b'{"status": 1}', b"\xff"])
def test_what_is_no_record_is_read_as_none(data):
    assert Record.decode(data) is None


def test_a_record_of_a_newer_version_with_more_fields_is_read():
    record = Record(input="a", status="erased", run="r", time=1.0)

    assert Record.decode(record.encode().replace(b"{", b'{"new_field": 1,', 1)) == record


class _Deaf(FolderStore):
    """A store that writes, but whose answer is lost once: the write is sent again and meets itself."""

    is_deaf = True

    def write(self, address, data, *, if_absent=False, **options):
        super().write(address, data, if_absent=if_absent, **options)
        if if_absent and self.is_deaf:
            self.is_deaf = False
            raise FileExistsError(address)


def test_a_claim_that_meets_itself_is_ours(names):
    assert _claims(store=_Deaf()).take(PHOTO, names) == Ours(None)


class _Race(FolderStore):
    """Between the look and the write somebody else writes."""

    def __init__(self, rival):
        super().__init__()
        self._rival = rival

    def find(self, address):
        found = super().find(address)
        if self._rival is not None:
            rival, self._rival = self._rival, None
            FolderStore().write(address, rival.encode())
        return found


@pytest.mark.parametrize("is_there", [False, True])
def test_of_two_who_look_at_once_one_is_late(names, is_there):
    if is_there:
        _done(names, settings_sha256="other")
    rival = Record(input=PHOTO.address, status=CLAIMED, run="two", time=time.time(), token="t")

    assert _claims(store=_Race(rival)).take(PHOTO, names) == "busy"
    assert _read(names) == rival
