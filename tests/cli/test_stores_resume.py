"""Photos in object storage: going on with a run, and several runs at once."""

import json
import subprocess
import sys
import threading
import time

from eraser.archive.record import Record
from tests.cli.bucket_runs import RUN, changed, lines_of, record_of

OTHER = (20, 20, 50, 60)


def test_resuming_leaves_out_what_is_done_and_does_what_is_new_changed_or_lost(erase_me, s3, put, bucket):
    erase_me(*RUN)
    put("in/new.jpg")
    put("in/a.jpg", people=[OTHER])
    s3._system.rm_file("bucket/out/deep/c.erased.png")

    code, out, _ = erase_me(*RUN, "--resume", "--json")

    told = {name: line["status"] for name, line in lines_of(out).items()}
    assert code == 0
    assert told == {"in/a.jpg": "erased", "in/b.jpg": "skipped", "in/deep/c.png": "erased", "in/new.jpg": "erased"}
    assert {line["status"] for line in lines_of(erase_me(*RUN, "--resume", "--json")[1]).values()} == {"skipped"}


def test_resuming_with_other_settings_replaces_results(erase_me, s3, bucket):
    erase_me(*RUN)
    before = s3.read("s3://bucket/out/a.erased.jpg")

    assert erase_me(*RUN, "--resume", "--dilate-px", "9")[1].count("\n") == 3
    assert s3.read("s3://bucket/out/a.erased.jpg") != before


def test_a_photo_sent_again_with_the_same_content_is_done_already(erase_me, s3, bucket, put):
    erase_me(*RUN)
    record = record_of(s3, "out/a.jpg")
    s3.write("s3://bucket/out/a.jpg.erase-me.json", changed(record, input_version="old").encode())

    assert erase_me(*RUN, "--resume")[1] == ""
    assert record_of(s3, "out/a.jpg").input_version == s3.find("s3://bucket/in/a.jpg").version


def test_without_resume_a_result_that_is_there_is_kept_and_its_record_too(erase_me, s3, bucket):
    erase_me(*RUN)
    before = s3.read("s3://bucket/out/a.jpg.erase-me.json")

    code, _, err = erase_me(*RUN)

    assert code == 3
    assert "--resume goes on" in err
    assert s3.read("s3://bucket/out/a.jpg.erase-me.json") == before
    assert erase_me(*RUN, "--on-conflict", "skip", "--json")[1].count('"skipped"') == 3
    assert erase_me(*RUN, "--on-conflict", "overwrite")[1].count("\n") == 3


def test_a_file_of_somebody_else_is_never_replaced_by_resuming(erase_me, s3, bucket):
    s3.write("s3://bucket/out/a.erased.jpg", b"mine")

    code, out, err = erase_me(*RUN, "--resume")

    assert code == 3
    assert "out/a.erased.jpg is there already" in err
    assert out.count("\n") == 2
    assert s3.read("s3://bucket/out/a.erased.jpg") == b"mine"


def test_a_result_whose_record_was_never_written_is_done_anew(erase_me, s3, bucket):
    erase_me(*RUN)
    s3._system.rm_file("bucket/out/a.jpg.erase-me.json")

    assert erase_me(*RUN, "--resume")[1] == "s3://bucket/out/a.erased.jpg\n"


def test_what_is_no_photo_fails_alone_and_is_tried_again(erase_me, s3, bucket, put):
    s3.write("s3://bucket/in/bad.jpg", b"no photo")

    code, out, err = erase_me(*RUN)

    assert (code, out.count("\n")) == (3, 3)
    assert "s3://bucket/in/bad.jpg" in err
    assert record_of(s3, "out/bad.jpg").exit_code == 3
    put("in/bad.jpg")
    assert erase_me(*RUN, "--resume")[1] == "s3://bucket/out/bad.erased.jpg\n"


def test_another_run_that_has_a_photo_is_waited_for(erase_me, s3, bucket, monkeypatch):
    monkeypatch.setattr("eraser.archive.driver._LOOK_EVERY_S", 0.05)
    theirs = Record(input="s3://bucket/in/a.jpg", status="claimed", run="another", time=time.time(), token="x")
    address = "s3://bucket/out/a.jpg.erase-me.json"
    s3.write(address, theirs.encode())
    given_back = changed(theirs, status="released")
    timer = threading.Timer(1.0, lambda: s3.write(address, given_back.encode()))
    timer.start()

    _, out, _ = erase_me(*RUN, "--resume")
    timer.join()

    assert out.splitlines()[-1] == "s3://bucket/out/a.erased.jpg"
    assert out.count("\n") == 3


def test_the_claim_of_a_run_that_died_ends(erase_me, s3, bucket):
    long_ago = time.time() - 700
    theirs = Record(input="s3://bucket/in/a.jpg", status="claimed", run="dead", time=long_ago, token="x")
    s3.write("s3://bucket/out/a.jpg.erase-me.json", theirs.encode())

    assert erase_me(*RUN, "--resume")[1].count("\n") == 3


def test_two_runs_at_once_do_each_photo_once(erase_me, s3, put, home, tmp_path):
    for number in range(24):
        put(f"in/{number}.jpg")
    command = [sys.executable, "-c", "from eraser.cli import main; main()", *RUN, "--resume", "--json"]

    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outs = [process.communicate(timeout=120)[0] for process in both]

    erased = [line["input"] for out in outs for line in map(json.loads, out.splitlines()) if line["status"] == "erased"]
    assert [process.returncode for process in both] == [0, 0]
    assert len(erased) == len(set(erased)) == 24


def test_a_photo_whose_result_is_kept_is_not_even_fetched(erase_me, s3, bucket):
    erase_me(*RUN)
    s3.write("s3://bucket/in/a.jpg", b"no photo any more")

    code, out, _ = erase_me(*RUN, "--on-conflict", "skip", "--json")

    assert (code, {line["status"] for line in lines_of(out).values()}) == (0, {"skipped"})


def test_a_dry_run_knows_what_is_done_and_a_limit_does_not_count_it(erase_me, bucket):
    erase_me(*RUN, "--limit", "1")
    args = (*RUN, "--dry-run", "--resume", "--limit", "1", "--json")

    told = {name: line["status"] for name, line in lines_of(erase_me(*args)[1]).items()}

    assert told == {"in/a.jpg": "skipped", "in/b.jpg": "planned"}
