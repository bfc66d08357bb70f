from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eraser.batch import Shard

NAMES = [f"photo-{number}.jpg" for number in range(400)]


@given(st.integers(1, 40), st.text(min_size=1, max_size=30))
def test_each_photo_belongs_to_exactly_one_share(count, name):
    takers = [number for number in range(1, count + 1) if Shard(number, count).takes(PurePath("a/b"), name)]

    assert len(takers) == 1


def test_shares_are_of_about_one_size():
    sizes = [sum(Shard(number, 4).takes(PurePath(), name) for name in NAMES) for number in (1, 2, 3, 4)]

    assert sum(sizes) == len(NAMES)
    assert min(sizes) > 70


def test_photos_whose_results_could_want_one_name_stay_together():
    for number in range(1, 17):
        shard = Shard(number, 16)
        taken = {shard.takes(PurePath("x"), name) for name in ("Jörg.jpg", "Jörg.png", "JO\u0308RG.JPG")}
        assert len(taken) == 1


def test_the_same_name_in_two_folders_may_go_to_two_machines():
    shard = Shard(1, 2)

    assert len({shard.takes(PurePath(f"folder-{number}"), "a.jpg") for number in range(20)}) == 2


def test_a_name_that_is_no_text_belongs_to_a_share_too():
    assert sum(Shard(number, 3).takes(PurePath(), "\udcff.jpg") for number in (1, 2, 3)) == 1


@pytest.mark.parametrize("text", ["", "3", "3/", "/3", "3/16/1", "0/4", "5/4", "0/0", "-1/4", "a/b", "1.5/3", "٣/٤"])
def test_a_text_that_is_no_share_is_refused(text):
    with pytest.raises(ValueError, match=r"share"):
        Shard.parse(text)


def test_a_share_is_read():
    assert Shard.parse(" 3/16") == Shard(3, 16)
