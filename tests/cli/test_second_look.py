import json

import pytest

SEES_A_GHOST = """
import numpy as np

from eraser import Box, Person


class SeesAGhost:
    works_on_parts = True
    looks = 0

    def __call__(self, image):
        self.looks += 1
        if self.looks == 1:
            return [Person(Box(40, 20, 70, 60), np.ones((40, 30), bool))]
        middle = image.shape[1] // 2
        return [Person(Box(middle - 3, 36, middle + 3, 44), np.ones((8, 6), bool))]


def load_masker(context):
    return SeesAGhost()
"""


@pytest.fixture(autouse=True)
def ghost(plugin, make_photo):
    plugin("ghost", SEES_A_GHOST)
    make_photo("a.jpg")


def test_who_can_still_be_seen_is_said_and_counted(erase_me):
    code, out, err = erase_me("a.jpg", "--masker", "ghost", "--json")

    told = json.loads(out)
    assert (code, told["status"], told["leftover_people"]) == (0, "erased", 1)
    assert "look again" in told["seconds"]
    assert "a.jpg: 1 person may still be seen where people were taken out" in err


@pytest.mark.parametrize("option", ["--fast", "--no-second-look"])
def test_without_a_second_look_nothing_is_said_of_it(erase_me, option):
    code, out, err = erase_me("a.jpg", "--masker", "ghost", "--json", option)

    told = json.loads(out)
    assert (code, told["leftover_people"], err) == (0, 0, "")
    assert "look again" not in told["seconds"]
