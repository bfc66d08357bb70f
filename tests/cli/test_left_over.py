"""Who can still be seen in a result: a resumed run and a watch know it, too."""

import json
from pathlib import Path

import pytest

SEES_SOMEBODY_WHEREVER_IT_LOOKS = """
import numpy as np

from eraser import Box, Person


class Sees:
    works_on_parts = True

    def __call__(self, image):
        y, x = image.shape[0] // 2, image.shape[1] // 2
        return [Person(Box(x - 8, y - 8, x + 8, y + 8), np.ones((16, 16), bool))]


def load_masker(context):
    return Sees()
"""
SAID = "a.jpg: 1 person may still be seen"


@pytest.fixture(autouse=True)
def photo(plugin, make_photo):
    plugin("sees", SEES_SOMEBODY_WHEREVER_IT_LOOKS)
    make_photo("in/a.jpg")


def test_a_resumed_run_knows_it_and_does_not_say_it_again(erase_me):
    first = erase_me("in", "-o", "out", "--masker", "sees")

    _, out, err = erase_me("in", "-o", "out", "--masker", "sees", "--resume", "--json", "--review", "look.html")

    told = json.loads(out)
    assert SAID in first[2]
    assert (told["status"], told["leftover_people"], err) == ("skipped", 1, "")
    assert 'data-marks="skipped leftover"' in Path("look.html").read_text()


def test_a_watch_says_it(erase_me):
    assert SAID in erase_me("--watch", "in", "-o", "out", "--once", "--settle", "0.02", "--masker", "sees")[2]
