"""``--shard``: several machines over one shared folder."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(make_photo):
    for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "deep/a.jpg", "deep/f.jpg", "a.png"):
        make_photo(f"in/{name}")


def test_all_shares_together_write_what_one_run_writes_and_no_photo_twice(erase_me, folder):
    erase_me("in", "-o", "whole")
    shares = [erase_me("in", "-o", "out", "--shard", f"{number}/2")[1].splitlines() for number in (1, 2)]

    assert all(shares)  # neither machine is idle
    written = sorted(line for share in shares for line in share)
    assert len(written) == 8
    names = [sorted(str(p.relative_to(f)) for p in Path(f).rglob("*.erased*")) for f in ("out", "whole")]
    assert names[0] == names[1]


def test_a_share_resumes_with_other_shares_than_before(erase_me, folder):
    erase_me("in", "-o", "out", "--shard", "1/3")
    done = len(list(Path("out").rglob("*.erased*")))

    rest = [erase_me("in", "-o", "out", "--resume", "--shard", f"{number}/2")[1].splitlines() for number in (1, 2)]

    assert len(rest[0]) + len(rest[1]) == 8 - done


def test_photos_of_other_shares_are_not_overwritten_either(erase_me, make_photo, folder):
    before = {path: path.read_bytes() for path in Path("in").rglob("*.*")}

    for number in (1, 2):
        erase_me("in", "-o", "in", "--shard", f"{number}/2", "--on-conflict", "overwrite")

    assert {path: path.read_bytes() for path in before} == before


def test_a_share_that_is_none_is_a_usage_error(erase_me, folder):
    code, _, err = erase_me("in", "-o", "out", "--shard", "4/3")

    assert code == 2
    assert "1 to 3" in err
