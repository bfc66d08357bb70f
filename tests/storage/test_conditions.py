"""Two writers at once, at servers that decide between them, and at servers that cannot."""

import io
import threading
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from eraser.archive import ArchivePlan, LocalArchive, StoredPhoto, run_archive, stored_photos
from eraser.archive.claims import Claims, Done, Ours
from eraser.archive.names import Names
from eraser.archive.record import Record
from eraser.batch import MaskFile, Settings, settings_of
from eraser.config import EraseRequest, ModelConfig, OutputConfig
from eraser.storage import retries

SETTINGS = Settings("{}")
PHOTO = StoredPhoto("s3://bucket/in/a.jpg", version="v1")
NAMES = Names.of(PHOTO, "s3://bucket/out")


@pytest.fixture(autouse=True)
def no_second_try(monkeypatch):
    """A refusal must be understood at once: tries with their waits would take a minute for each photo."""
    monkeypatch.setattr(retries, "TRIES", 1)


def _claims(store, run, *, resume=False):
    return Claims(store, run, SETTINGS, resume, 600.0)


@pytest.mark.parametrize("conditions", ["kept", "plain"])
def test_a_server_that_decides_lets_one_of_two_write(proxy, conditions):
    store, handler = proxy
    handler.conditions = conditions
    store.write("s3://bucket/claim", b"one", if_absent=True)
    version = store.find("s3://bucket/claim").version
    store.write("s3://bucket/claim", b"two", if_version=version)

    for condition in ({"if_absent": True}, {"if_version": version}):
        with pytest.raises(FileExistsError):
            store.write("s3://bucket/claim", b"three", **condition)
    with pytest.raises(FileExistsError):
        store.write("s3://bucket/gone", b"three", if_version=version)
    assert store.read("s3://bucket/claim") == b"two"


@pytest.mark.parametrize("conditions", ["ignored", "unknown"])
def test_a_server_without_conditions_is_written_to_all_the_same(proxy, conditions):
    store, handler = proxy
    handler.conditions = conditions

    store.write("s3://bucket/claim", b"one", if_absent=True)
    store.write("s3://bucket/claim", b"two", if_version="other")

    assert store.read("s3://bucket/claim") == b"two"


@pytest.mark.parametrize("conditions", ["kept", "ignored", "unknown"])
def test_a_claim_that_stands_is_seen_whatever_the_server_can(proxy, conditions):
    store, handler = proxy
    handler.conditions = conditions

    assert isinstance(_claims(store, "one").take(PHOTO, NAMES), Ours)
    assert _claims(store, "two").take(PHOTO, NAMES) == "busy"


@pytest.mark.parametrize("conditions", ["kept", "ignored", "unknown"])
def test_the_record_of_an_earlier_run_is_given_back_whatever_the_server_can(proxy, conditions):
    store, handler = proxy
    handler.conditions = conditions
    record = Record(
        input=PHOTO.address,
        status="unchanged",
        run="old",
        time=time.time(),
        input_version="v1",
        settings_sha256=SETTINGS.sha256,
    )
    store.write(NAMES.record, record.encode())

    claims = _claims(store, "new")
    assert claims.take(PHOTO, NAMES) == Ours(record)
    claims.release(NAMES)

    assert _claims(store, "resumed", resume=True).take(PHOTO, NAMES) == Done(record, is_same_run=False)


@pytest.mark.parametrize("conditions", ["kept", "ignored"])
def test_of_eight_who_claim_at_once_one_gets_the_photo_where_the_server_decides(proxy, conditions):
    store, handler = proxy
    handler.conditions = conditions
    begin, taken = threading.Barrier(8), []

    def take(run):
        begin.wait()
        taken.append(_claims(store, run).take(PHOTO, NAMES))

    threads = [threading.Thread(target=take, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ours = [claim for claim in taken if claim != "busy"]
    assert len(ours) == 1 if conditions == "kept" else len(ours) >= 1


@pytest.mark.parametrize(("conditions", "most"), [("kept", 1), ("ignored", 2)])
def test_two_runs_at_once_do_each_photo_as_often_as_the_server_allows(proxy, tmp_path, monkeypatch, conditions, most):
    monkeypatch.setattr("eraser.archive.driver._LOOK_EVERY_S", 0.05)
    store, handler = proxy
    handler.conditions = conditions
    for number in range(6):
        store.write(f"s3://bucket/in/{number}.png", _png(np.random.default_rng(number).integers(0, 255, (40, 60, 3))))
    hole = np.zeros((40, 60))
    hole[10:20, 20:30] = 255
    (tmp_path / "mask.png").write_bytes(_png(hole))
    begin, outcomes = threading.Barrier(2), []

    def run(name, output, *, is_alone=False):
        config, mask = ModelConfig(inpainter="telea", fast=True), MaskFile(tmp_path / "mask.png")
        settings = settings_of(config, EraseRequest(), OutputConfig(), mask=mask)
        values = {"output": output, "run": name, "settings": settings, "config": config, "mask": mask, "resume": True}
        if not is_alone:
            begin.wait()
        plan = ArchivePlan(results=OutputConfig(), **values)
        outcomes.extend(run_archive(plan, stored_photos(["s3://bucket/in/"]), LocalArchive()))

    threads = [threading.Thread(target=run, args=(name, "s3://bucket/out")) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = Counter(outcome.photo_name for outcome in outcomes if outcome.status == "erased")
    run("alone", "s3://bucket/alone", is_alone=True)

    assert {outcome.status for outcome in outcomes} <= {"erased", "skipped"}
    assert len(times) == 6
    assert max(times.values()) <= most
    for number in range(6):
        name = f"{number}.erased.png"
        assert store.read(f"s3://bucket/out/{name}") == store.read(f"s3://bucket/alone/{name}")


def _png(image):
    file = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
