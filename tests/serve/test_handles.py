import numpy as np
import pytest

from eraser.photo import Photo
from eraser.serve.errors import ServeError
from eraser.serve.handles import Handles, KeptPhoto


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def photo(side=10):
    return KeptPhoto(Photo(image=np.zeros((side, side, 3), np.uint8)), (), b"data", "PNG", "a.png")


def test_a_photo_is_kept_for_ten_minutes_after_its_last_use():
    clock = Clock()
    handles = Handles(10_000, clock=clock)
    handle = handles.add(photo())

    clock.now = 599
    assert handles.get(handle).name == "a.png"
    clock.now = 599 + 599
    handles.get(handle)
    clock.now += 600
    with pytest.raises(ServeError) as refused:
        handles.get(handle)
    assert refused.value.status == 404
    assert handles.count == 0


def test_expired_photos_leave_the_memory_though_nobody_asks():
    clock = Clock()
    handles = Handles(10_000, clock=clock)
    handles.add(photo())

    clock.now = 601
    handles.expire()

    assert (handles.count, handles.size_bytes) == (0, 0)


def test_what_was_not_used_for_the_longest_time_makes_room():
    handles = Handles(700)  # two photos of 304 bytes
    first, second = handles.add(photo()), handles.add(photo())
    handles.get(first)

    third = handles.add(photo())

    assert handles.get(first)
    assert handles.get(third)
    with pytest.raises(ServeError):
        handles.get(second)


def test_the_newest_photo_is_kept_even_if_it_is_larger_than_the_store():
    handles = Handles(700)
    handles.add(photo())

    large = handles.add(photo(100))

    assert handles.count == 1
    assert handles.get(large)
