"""Runs over many photos: lists, patterns, dry runs, limits, resuming, reviews."""

import io
import json
import sys
from pathlib import Path

import pytest

LEDGER = ".erase-me.sqlite"


@pytest.fixture
def folder(make_photo):
    for name in ("in/a.jpg", "in/b.jpg", "in/deep/c.jpg"):
        make_photo(name)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(erase_me, make_photo, folder, files):
    make_photo("in/a.png")
    before = files()

    code, out, _ = erase_me("in", "-o", "out", "--dry-run", "--format", "png", "--masker", "not-there")

    assert code == 0
    assert out.splitlines() == [
        "in/a.jpg -> out/a.erased.png",
        "in/a.png -> out/a.erased-2.png",
        "in/b.jpg -> out/b.erased.png",
        "in/deep/c.jpg -> out/deep/c.erased.png",
    ]
    assert files() == before
    assert not Path("out").exists()


def test_a_dry_run_and_the_run_itself_agree(erase_me, folder):
    _, planned, _ = erase_me("in", "-o", "out", "--dry-run", "--json")
    _, done, _ = erase_me("in", "-o", "out", "--json")

    results = [[json.loads(line)["output"] for line in out.splitlines()] for out in (planned, done)]
    assert results[0] == results[1]
    assert {json.loads(line)["status"] for line in planned.splitlines()} == {"planned"}


def test_a_limit_stops_after_so_many_and_resuming_takes_the_next_ones(erase_me, folder):
    runs = [erase_me("in", "-o", "out", "--limit", "2", "--resume")[:2] for _ in range(3)]

    assert runs == [(0, "out/a.erased.jpg\nout/b.erased.jpg\n"), (0, "out/deep/c.erased.jpg\n"), (0, "")]


def test_with_a_limit_only_photos_within_it_are_counted(erase_me, folder):
    Path("in/0.jpg").write_bytes(b"no photo")

    assert erase_me("in", "-o", "out", "--limit", "2")[2].splitlines()[-1] == "error: 1 of 2 failed: in/0.jpg"
    last = erase_me("in", "-o", "out", "--limit", "2", "--resume")[2].splitlines()[-1]  # one is done
    assert last == "error: 1 of 3 failed: in/0.jpg"
    assert "1 were not tried" in erase_me("in/deep", "in", "-o", "out", "--limit", "2", "--masker", "nobody")[2]


def test_resuming_redoes_what_changed_in_place(erase_me, make_photo, folder):
    erase_me("in", "-o", "out")
    make_photo("in/b.jpg", people=[(20, 20, 50, 60)])

    assert erase_me("in", "-o", "out", "--resume")[1] == "out/b.erased.jpg\n"
    assert erase_me("in", "-o", "out", "--resume", "--dilate-px", "9")[1].count("\n") == 3
    assert erase_me("in", "-o", "out", "--resume", "--dilate-px", "9")[1] == ""
    assert sorted(path.name for path in Path("out").rglob("*.jpg")) == ["a.erased.jpg", "b.erased.jpg", "c.erased.jpg"]


def test_resuming_retries_what_failed_and_leaves_alone_who_had_nobody(erase_me, make_photo):
    make_photo("in/nobody.jpg", people=[])
    Path("in/bad.jpg").write_bytes(b"no photo")
    assert erase_me("in", "-o", "out")[0] == 3
    make_photo("in/bad.jpg")

    code, out, _ = erase_me("in", "-o", "out", "--resume", "--json")

    told = {line["input"]: (line["status"], line["why"]) for line in map(json.loads, out.splitlines())}
    assert code == 0
    assert told == {"in/nobody.jpg": ("skipped", "done in an earlier run"), "in/bad.jpg": ("erased", None)}


def test_resuming_with_results_beside_their_photos(erase_me, folder, files):
    erase_me("in", "--limit", "1")

    assert erase_me("in", "--resume")[1] == "in/b.erased.jpg\nin/deep/c.erased.jpg\n"
    assert (Path("in") / LEDGER).is_file()
    assert len(files()) == 6


@pytest.mark.parametrize("options", [["--no-ledger"], ["--list"]])
def test_there_is_no_ledger_where_none_is_wanted(erase_me, folder, options):
    assert erase_me("in", "-o", "out", *options)[0] == 0
    assert not (Path("out") / LEDGER).exists()


def test_one_photo_leaves_no_ledger_and_a_damaged_one_is_named(erase_me, make_photo):
    make_photo("a.jpg")
    erase_me("a.jpg", "-o", "out/")
    assert not (Path("out") / LEDGER).exists()
    (Path("out") / LEDGER).write_bytes(b"no ledger" * 1000)

    code, out, err = erase_me("a.jpg", "-o", "out/", "--resume")

    assert (code, out) == (8, "")
    assert "out/.erase-me.sqlite: the ledger is damaged" in err
    assert "Traceback" not in err


def test_the_folders_below_are_left_out_when_asked(erase_me, folder):
    assert erase_me("in", "-o", "out", "--no-recursive")[1] == "out/a.erased.jpg\nout/b.erased.jpg\n"


def test_a_quoted_pattern_and_a_list_on_stdin_are_taken(erase_me, folder, monkeypatch):
    listed = io.TextIOWrapper(io.BytesIO(b"in/b.jpg\0in/deep/c.jpg\0"))
    monkeypatch.setattr(sys, "stdin", listed)

    assert erase_me("in/[a]*", "-", "-o", "out")[1].split() == [
        "out/a.erased.jpg",
        "out/in/b.erased.jpg",
        "out/in/deep/c.erased.jpg",
    ]


def test_a_review_shows_all_photos_those_of_an_earlier_run_too(erase_me, folder):
    erase_me("in", "-o", "out", "--limit", "2")

    code, out, _ = erase_me("in", "-o", "out", "--resume", "--review", "out/review.html")

    page = Path("out/review.html").read_text()
    assert (code, out) == (0, "out/deep/c.erased.jpg\n")
    assert [page.count(text) for text in ("<article", 'class="after"', 'class="mask"', 'href="./a.erased.jpg"')] == [
        3,
        3,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--resume", "--no-ledger"], "needs the ledger"),
        (["--list", "--resume"], "--list erases nothing"),
        (["--list", "--review", "x.html"], "--list erases nothing"),
        (["--review", "x.pdf"], "does not end in .html"),
        (["--dry-run", "--review", "x.html"], "no results to look through"),
        (["--limit", "0"], "--limit"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(erase_me, folder, options, said):
    code, _, err = erase_me("in", "-o", "out", *options)

    assert code == 2
    assert said in " ".join(err.split())


def test_a_summary_counts_what_became_of_the_photos(erase_me, make_photo, folder):
    make_photo("in/nobody.jpg", people=[])
    Path("in/bad.jpg").write_bytes(b"no photo")

    code, _, err = erase_me("in", "-o", "out", "-v")

    table = {line.strip() for line in err.splitlines()}
    assert code == 3
    assert {"3  people taken out", "1  nobody to take out", "1  failed", "3 people are gone"} <= table
    assert err.splitlines()[-1] == "error: 1 of 5 failed: in/bad.jpg"


def test_a_full_tally_holds_a_few_names_only():
    from eraser.batch import Outcome
    from eraser.cli.tally import Tally
    from eraser.errors import PhotoReadError

    tally = Tally(1000)
    for number in range(1000):
        tally.add(Outcome(path=Path(f"{number}.jpg"), status="failed", error=PhotoReadError("damaged")))

    assert tally.failures() == f"error: 1000 of 1000 failed: {', '.join(f'{i}.jpg' for i in range(10))} and 990 more"
    assert tally.exit_code == 3


@pytest.mark.parametrize(
    ("cores", "gigabytes", "photos", "device", "expected"),
    [
        (1, 64, 1000, "cpu", 1),
        (2, 64, 1000, "cpu", 2),
        (16, 64, 1000, "cpu", 16),
        (16, 7, 1000, "cpu", 3),
        (16, 64, 9, "cpu", 1),
        (16, 64, 1000, "cuda", 1),
    ],
)
def test_the_number_of_workers_suits_cores_memory_and_device(monkeypatch, cores, gigabytes, photos, device, expected):
    from eraser.batch import workers
    from eraser.config import ModelConfig

    monkeypatch.setattr(workers, "usable_cores", lambda: cores)
    monkeypatch.setattr(workers, "available_bytes", lambda: gigabytes * 10**9)
    monkeypatch.setattr(workers, "resolve_device", lambda wanted: device)

    assert workers.suitable_workers(ModelConfig(), photos) == expected
