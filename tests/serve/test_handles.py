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


def test_all_that_a_photo_holds_is_counted_and_a_file_held_twice_only_once():
    data, pixels = b"data", np.zeros((10, 10, 3), np.uint8)
    plain = Photo(image=pixels, data=data)
    deep = Photo(image=pixels, alpha=pixels[..., 0], deep=np.zeros((10, 10, 4), np.uint16), data=b"other")

    assert KeptPhoto(plain, (), data, "JPEG", "a.jpg").size_bytes == 300 + 4
    assert KeptPhoto(deep, (), data, "PNG", "a.png").size_bytes == 300 + 100 + 800 + 4 + 5


def test_a_look_that_does_not_count_as_use_keeps_nothing_longer():
    clock = Clock()
    handles = Handles(10_000, clock=clock)
    handle = handles.add(photo())

    clock.now = 599
    assert handles.peek(handle).name == "a.png"
    clock.now = 601
    assert handles.peek(handle) is None


def test_the_newest_photo_is_kept_even_if_it_is_larger_than_the_store():
    handles = Handles(700)
    handles.add(photo())

    large = handles.add(photo(100))

    assert handles.count == 1
    assert handles.get(large)
