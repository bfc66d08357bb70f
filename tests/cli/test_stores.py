"""Photos in object storage, in and out."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.archive import StoredPhoto
from eraser.archive.names import Names
from tests.cli.bucket_runs import RUN, lines_of, record_of

BIG = (40, 20, 70, 60)


def test_results_and_records_lie_in_the_bucket_and_nothing_on_this_machine(erase_me, s3, bucket, keys, files):
    code, out, err = erase_me(*RUN)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "s3://bucket/out/a.erased.jpg",
        "s3://bucket/out/b.erased.jpg",
        "s3://bucket/out/deep/c.erased.png",
    ]
    assert keys("out") == [
        "out/a.erased.jpg",
        "out/a.jpg.erase-me.json",
        "out/b.erased.jpg",
        "out/b.jpg.erase-me.json",
        "out/deep/c.erased.png",
        "out/deep/c.png.erase-me.json",
        "out/erase-me-manifest.parquet",
    ]
    assert files() == []


def test_the_result_is_the_one_that_files_get_with_its_type_and_source(erase_me, s3, make_photo, bucket):
    erase_me(*RUN)
    make_photo("a.jpg")
    erase_me("a.jpg", "-o", "local.jpg")

    assert s3.read("s3://bucket/out/a.erased.jpg") == Path("local.jpg").read_bytes()
    found = s3.find("s3://bucket/out/a.erased.jpg")
    assert found.metadata["erase-me-source"] == "s3://bucket/in/a.jpg"
    assert s3._system.info("bucket/out/deep/c.erased.png")["ContentType"] == "image/png"


def test_a_record_says_what_was_done_with_what(erase_me, s3, bucket):
    erase_me(*RUN)

    record = record_of(s3, "out/a.jpg")
    assert (record.status, record.gone, record.input) == ("erased", 1, "s3://bucket/in/a.jpg")
    assert record.input_sha256 == hashlib.sha256(s3.read("s3://bucket/in/a.jpg")).hexdigest()
    assert record.output_sha256 == hashlib.sha256(s3.read("s3://bucket/out/a.erased.jpg")).hexdigest()
    assert record.masker["weights_sha256"] == "ab" * 32
    assert record.settings["masker"] == "red"


def test_photos_of_one_stem_get_names_of_their_own(erase_me, put, keys):
    put("in/a.jpg")
    put("in/a.png")

    erase_me(*RUN, "--format", "png", "--save-mask")

    assert [key for key in keys("out") if key.endswith(".png")] == [
        "out/a.erased.png",
        "out/a.jpg.erased.png",
        "out/a.jpg.mask.png",
        "out/a.png.mask.png",
    ]


def test_a_copy_has_the_photos_own_bytes_and_nothing_is_written_without_one(erase_me, s3, put, keys):
    put("in/nobody.jpg", people=[])
    assert erase_me(*RUN)[0] == 0
    assert keys("out") == ["out/erase-me-manifest.parquet", "out/nobody.jpg.erase-me.json"]

    erase_me(*RUN, "--resume", "--copy-unchanged")

    assert s3.read("s3://bucket/out/nobody.erased.jpg") == s3.read("s3://bucket/in/nobody.jpg")


def test_results_inside_the_input_folder_are_no_photos(erase_me, bucket):
    for _ in range(2):
        code, out, _ = erase_me(
            "s3://bucket/", "-o", "s3://bucket/in/results", "--resume", "--copy-unchanged", "--json", "--workers", "1"
        )
        assert (code, sorted(lines_of(out))) == (0, ["in/a.jpg", "in/b.jpg", "in/deep/c.png"])


def test_worker_processes_share_the_photos(erase_me, put):
    for number in range(6):
        put(f"in/{number}.jpg")

    code, out, _ = erase_me("s3://bucket/in/", "-o", "s3://bucket/out/", "--workers", "2")

    assert code == 0
    assert sorted(out.splitlines()) == [f"s3://bucket/out/{number}.erased.jpg" for number in range(6)]


def test_a_pattern_is_told_that_it_is_for_files(erase_me, bucket):
    code, _, err = erase_me("s3://bucket/in/*.jpg", *RUN[1:])

    assert (code, "patterns are for files" in err) == (10, True)


def test_a_limit_and_shares_and_a_dry_run(erase_me, bucket, keys):
    planned = erase_me(*RUN, "--dry-run")[1].splitlines()
    assert planned[2] == "s3://bucket/in/deep/c.png -> s3://bucket/out/deep/c.erased.png"
    assert erase_me(*RUN, "--limit", "2")[1].count("\n") == 2
    assert erase_me(*RUN, "--limit", "2", "--resume")[1] == "s3://bucket/out/deep/c.erased.png\n"

    shares = [erase_me(*RUN[:2], "s3://bucket/new", *RUN[3:], "--shard", f"{n}/2")[1].splitlines() for n in (1, 2)]
    assert sorted(len(share) for share in shares) in ([0, 3], [1, 2])
    assert len([key for key in keys("new") if "manifest" in key]) == 2


def test_the_manifest_has_a_row_for_each_photo_of_this_run_and_of_earlier_ones(erase_me, s3, bucket):
    pq = pytest.importorskip("pyarrow.parquet")
    s3.write("s3://bucket/in/bad.jpg", b"no photo")
    erase_me(*RUN)
    erase_me(*RUN, "--resume")

    rows = pq.read_table(io.BytesIO(s3.read("s3://bucket/out/erase-me-manifest.parquet"))).to_pylist()

    assert {row["input"]: row["status"] for row in rows} == {
        "s3://bucket/in/a.jpg": "erased",
        "s3://bucket/in/b.jpg": "erased",
        "s3://bucket/in/bad.jpg": "failed",
        "s3://bucket/in/deep/c.png": "erased",
    }
    assert all(len(row["output_sha256"]) == 64 for row in rows if row["status"] == "erased")


def test_one_photo_of_a_bucket_and_one_that_is_not_there(erase_me, bucket):
    assert erase_me("s3://bucket/in/a.jpg", *RUN[1:])[1] == "s3://bucket/out/a.erased.jpg\n"

    code, _, err = erase_me("s3://bucket/in/none.jpg", *RUN[1:])
    assert code == 10
    assert err == "error: s3://bucket/in/none.jpg: there are no photos in this folder, or there is no such folder\n"


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("s3://bucket/in/",), "-o"),
        (("s3://bucket/in/", "-o", "out"), "-o"),
        (("s3://bucket/in/", "a.jpg", "-o", "s3://bucket/out"), "not both"),
        (("a.jpg", "-o", "s3://bucket/out"), "-o"),
        (("s3://bucket/in/", "-o", "s3://bucket/out.jpg"), "looks like a file"),
        (("s3://bucket/in/", "-o", "s3://bucket/out", "--list"), "--list"),
        (("s3://bucket/in/", "-o", "s3://bucket/out", "--review", "x.html"), "--review"),
        (("s3://bucket/in/", "-o", "s3://bucket/out", "--no-ledger"), "--no-ledger"),
        (("s3://bucket/in/", "-o", "s3://bucket/out", "--actor-cpus", "2"), "--ray"),
        (("a.jpg", "--actor-gpus", "1"), "--ray"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(erase_me, args, what):
    code, _, err = erase_me(*args)

    assert code == 2
    assert what in err


def test_names_depend_on_the_photo_alone():
    names = Names.of(StoredPhoto("s3://b/in/x/a.JPG", "x"), "s3://b/out/")

    assert names.result(".JPG") == "s3://b/out/x/a.erased.JPG"
    assert names.result(".png") == "s3://b/out/x/a.JPG.erased.png"
    assert names.record == "s3://b/out/x/a.JPG.erase-me.json"
    assert names.mask == "s3://b/out/x/a.JPG.mask.png"


def test_files_of_this_machine_load_no_package_of_stores_or_clusters(make_photo, home):
    make_photo("a.jpg")
    code = (
        "import sys\nfrom eraser.cli import main\nsys.argv = ['erase-me', 'a.jpg']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'fsspec', 's3fs', 'ray', 'pyarrow', 'eraser.archive', 'eraser.cluster'} & set(sys.modules)))"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert out.splitlines() == ["a.erased.jpg", "[]"]


def test_pixels_of_a_result_have_nobody_left(erase_me, s3, bucket):
    erase_me(*RUN)

    image = np.asarray(Image.open(io.BytesIO(s3.read("s3://bucket/out/deep/c.erased.png"))))
    assert image[BIG[1] : BIG[3], BIG[0] : BIG[2], 0].max() < 180


def test_settings_in_a_record_are_those_of_a_local_run(erase_me, s3, bucket):
    from eraser.batch import settings_of
    from eraser.config import EraseRequest, ModelConfig, OutputConfig
    from eraser.system.paths import plugins_dirs

    erase_me(*RUN)
    model = ModelConfig(masker="red", inpainter="telea")

    local = settings_of(model, EraseRequest(), OutputConfig(), plugins=plugins_dirs())
    assert record_of(s3, "out/a.jpg").settings_sha256 == local.sha256
