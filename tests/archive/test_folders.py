"""A shared folder as a store: what is replaced, and what is not, when a run was killed at any point."""

import json
import time

import numpy as np
import pytest
from PIL import Image

from eraser.archive import ArchivePlan, LocalArchive, Manifest, from_inputs, run_archive, stored_photos
from eraser.archive.photos import is_photo
from eraser.archive.record import Record
from eraser.batch import Shard, find_photos, settings_of
from eraser.config import OUTPUT_DEFAULTS, EraseRequest, ModelConfig, OutputConfig
from eraser.errors import StorageError
from eraser.storage.folder import FolderStore

PLUGIN = """
from eraser import Person


def load_masker(context):
    def find(image):
        red = (image[..., 0] > 180) & (image[..., 1] < 90)
        return [Person.from_mask(red, 0.9)] if red.any() else []

    return find
"""


@pytest.fixture
def run(tmp_path):
    """Do the photos of ``in``; returns outcomes by name."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "red.py").write_text(PLUGIN)
    (tmp_path / "in").mkdir()
    image = np.full((60, 80, 3), 90, np.uint8)
    image[20:40, 30:50] = (230, 20, 20)
    for name in ("a.png", "b.png"):
        Image.fromarray(image).save(tmp_path / "in" / name)

    def run(run="one", *, resume=True, results=OUTPUT_DEFAULTS, **options):
        config, request = ModelConfig(masker="red", inpainter="telea", fast=True), EraseRequest(**options)
        folders = (tmp_path / "plugins",)
        settings = settings_of(config, request, results, plugins=folders)
        plan = ArchivePlan(
            output=str(tmp_path / "out"),
            run=run,
            settings=settings,
            config=config,
            request=request,
            results=results,
            plugins=folders,
            resume=resume,
        )
        outcomes = run_archive(plan, stored_photos([str(tmp_path / "in")]), LocalArchive())
        return {outcome.path.name: outcome for outcome in outcomes}

    return run


def _edit(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_killed_between_the_result_and_its_record_a_run_knows_the_result_for_its_own(run, tmp_path):
    run()
    record = tmp_path / "out" / "a.png.erase-me.json"
    _edit(record, status="claimed", time=time.time() - 700)  # as it stands after the announcement

    outcomes = run("two")

    assert {name: outcome.status for name, outcome in outcomes.items()} == {"a.png": "erased", "b.png": "skipped"}


def test_with_verify_a_result_that_the_store_gives_back_otherwise_is_a_failure(run, monkeypatch, tmp_path):
    write = FolderStore.write

    def write_wrong(self, address, data, **options):
        write(self, address, data[:-1] if address.endswith("a.erased.png") else data, **options)

    assert run(results=OutputConfig(verify=True))["a.png"].status == "erased"
    monkeypatch.setattr(FolderStore, "write", write_wrong)
    outcomes = run("two", results=OutputConfig(verify=True), dilate_px=9)

    assert "other bytes than were sent" in str(outcomes["a.png"].error)
    assert not (tmp_path / "out" / "a.erased.png").exists()
    assert outcomes["b.png"].status == "erased"
    monkeypatch.undo()
    assert run("three", results=OutputConfig(verify=True), dilate_px=9)["a.png"].status == "erased"


def test_an_outcome_says_what_was_found_in_the_result(run):
    outcome = run()["a.png"]

    assert (outcome.read_back.format, outcome.read_back.outside_differ) == ("PNG", 0)
    assert outcome.label is not None


def test_files_that_have_not_changed_are_done_without_being_read_again(run, tmp_path):
    run()
    photos = list(from_inputs(find_photos([tmp_path / "in"])))
    store = FolderStore()
    records = [Record.decode(store.read(f"{tmp_path}/out/{photo.name}.erase-me.json")) for photo in photos]

    assert [photo.version for photo in photos] == [record.input_version for record in records]
    assert all(photo.version for photo in photos)


def test_a_result_that_somebody_edited_is_kept(run, tmp_path):
    run()
    result = tmp_path / "out" / "a.erased.png"
    result.write_bytes(result.read_bytes() + b"edited")

    outcome = run("two", dilate_px=3)["a.png"]

    assert "is there already" in str(outcome.error)
    assert result.read_bytes().endswith(b"edited")


def test_a_stale_result_is_replaced_and_nothing_else_lies_there(run, tmp_path):
    run()
    before = (tmp_path / "out" / "a.erased.png").read_bytes()

    assert run("two", dilate_px=9)["a.png"].status == "erased"
    assert (tmp_path / "out" / "a.erased.png").read_bytes() != before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.erased.png",
        "a.png.erase-me.json",
        "b.erased.png",
        "b.png.erase-me.json",
    ]


def test_a_failure_does_not_forget_whose_the_old_result_is(run, tmp_path):
    run()
    photo = tmp_path / "in" / "a.png"
    good = photo.read_bytes()
    photo.write_bytes(b"no photo")
    assert run("two")["a.png"].status == "failed"
    photo.write_bytes(good)

    assert run("three", dilate_px=9)["a.png"].status == "erased"


def test_a_photo_that_changed_while_its_name_did_not_is_done_again(run, tmp_path):
    run()
    Image.fromarray(np.full((60, 80, 3), 50, np.uint8)).save(tmp_path / "in" / "a.png")

    assert run("two")["a.png"].status == "unchanged"


def test_a_folder_without_photos_is_a_clear_line(tmp_path):
    with pytest.raises(StorageError, match="there are no photos"):
        list(stored_photos([str(tmp_path)]))


def test_shares_of_a_listing_hold_all_photos_together(run, tmp_path):
    folder = str(tmp_path / "in")
    shares = [[photo.name for photo in stored_photos([folder], shard=Shard(n, 3))] for n in (1, 2, 3)]

    assert sorted(name for share in shares for name in share) == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("in/a.jpg", True),
        ("in/x/A.JPG", True),
        ("in/a.erased.jpg", False),
        ("in/a.jpg.mask.png", False),
        ("in/a.jpg.erase-me.json", False),
        ("in/.hidden.jpg", False),
        ("in/.x/a.jpg", False),
        ("input/a.jpg", False),
        ("in/a.txt", False),
    ],
)
def test_what_counts_as_a_photo_goes_by_its_name(key, counts):
    assert is_photo(f"s3://b/{key}", "s3://b/in/", recursive=True) is counts


def test_photos_of_deeper_folders_can_be_left_out():
    assert not is_photo("s3://b/in/x/a.jpg", "s3://b/in/", recursive=False)


def test_a_manifest_appears_only_when_its_run_is_finished(tmp_path, run):
    pytest.importorskip("pyarrow")
    outcomes = run().values()
    with Manifest(str(tmp_path), "settings") as broken_off:
        for outcome in outcomes:
            broken_off.add(outcome)
    assert not list(tmp_path.glob("*.parquet"))

    with Manifest(str(tmp_path), "settings") as manifest:
        assert manifest.finish() == f"{tmp_path}/erase-me-manifest.parquet"
    assert list(tmp_path.glob("*.parquet"))
