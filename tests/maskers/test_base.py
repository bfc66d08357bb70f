from collections.abc import Sequence

import numpy as np
import pytest

from eraser.errors import DeviceError, MaskerError, MaskerOutputError
from eraser.geometry import Box, Person
from eraser.maskers.base import Masker, run_masker

PHOTO = np.zeros((4, 6, 3), np.uint8)


def somebody(box, value=True):
    box = Box(*box)
    return Person(box, np.full((box.height, box.width), value))


def test_a_plain_function_is_a_masker():
    assert isinstance(lambda image: [], Masker)


def test_people_come_back_and_empty_masks_do_not():
    seen = somebody((1, 1, 3, 3))

    assert run_masker(lambda image: (seen, somebody((0, 0, 2, 2), value=False)), PHOTO, "hats") == [seen]


@pytest.mark.parametrize("wrong", [None, 3, "people", [np.ones((4, 6), bool)], iter([])])
def test_a_masker_that_returns_no_list_of_people_is_named(wrong):
    with pytest.raises(MaskerOutputError, match="masker hats must return a list"):
        run_masker(lambda image: wrong, PHOTO, "hats")


@pytest.mark.parametrize("box", [(-1, 0, 2, 2), (5, 0, 7, 2), (0, 3, 2, 5)])
def test_a_person_off_the_photo_is_an_error(box):
    with pytest.raises(MaskerOutputError, match="off a photo of 6 x 4"):
        run_masker(lambda image: [somebody(box)], PHOTO, "hats")


def test_a_masker_that_fails_is_named_in_one_line_with_its_cause():
    def hats(image):
        raise IndexError("first\nsecond")

    with pytest.raises(MaskerError, match=r"^the masker hats failed: IndexError: first second$") as caught:
        run_masker(hats, PHOTO, "hats")
    assert isinstance(caught.value.__cause__, IndexError)


def test_our_own_errors_pass_through_a_masker():
    def hats(image):
        raise DeviceError("full")

    with pytest.raises(DeviceError, match=r"^full$"):
        run_masker(hats, PHOTO, "hats")


def test_a_list_that_fails_when_it_is_looked_at_is_the_maskers_fault():
    class Lazy(Sequence):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            raise RuntimeError("no network")

    with pytest.raises(MaskerError, match=r"^the masker hats failed: RuntimeError: no network$"):
        run_masker(lambda image: Lazy(), PHOTO, "hats")
