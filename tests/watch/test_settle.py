import itertools
import os

import pytest

from eraser.watch.settle import PATIENCE, PAUSE, Queue


@pytest.fixture
def queue():
    return Queue(2.0)


def test_a_file_is_ready_when_two_looks_that_far_apart_are_equal(queue, photo):
    path = photo()
    queue.add([path])

    assert [queue.settled(now) for now in (0.0, 1.9, 2.0)] == [[], [], [path]]


def test_one_that_grows_begins_anew(queue, photo):
    path = photo()
    queue.add([path])
    queue.settled(0.0)
    with path.open("ab") as file:
        file.write(b"more")

    assert [queue.settled(now) for now in (2.0, 3.9, 4.0)] == [[], [], [path]]


def test_one_whose_size_stays_but_whose_time_changes_begins_anew(queue, photo):
    path = photo()
    queue.add([path])
    queue.settled(0.0)
    os.utime(path, (1, 1))

    assert queue.settled(2.0) == []


def test_five_hundred_events_for_one_file_are_one_place_in_the_queue(queue, photo):
    path = photo()

    for _ in range(500):
        queue.add([path])

    assert len(queue) == 1


def test_files_come_out_in_the_order_in_which_they_came(queue, photo):
    paths = [photo(f"{name}.png", size_wh=(1, 1)) for name in "cab"]
    queue.add(paths)
    queue.settled(0.0)

    assert queue.settled(2.0) == paths


def test_one_that_vanishes_is_dropped(queue, photo):
    path = photo()
    queue.add([path])
    queue.settled(0.0)
    path.unlink()

    assert queue.settled(2.0) == []
    assert len(queue) == 0


def test_one_written_to_between_the_look_and_its_turn_is_not_let_out(queue, photo):
    path = photo()
    queue.add([path])
    queue.settled(0.0)
    queue.settled(2.0)
    path.write_bytes(b"anew")

    assert queue.take(path, 2.0) is None


def test_a_finished_file_comes_back_only_when_it_changes(queue, photo):
    path = photo()
    queue.add([path])
    queue.settled(0.0)
    queue.finish(queue.take(path, 2.0))

    queue.add([path])
    still = len(queue)
    photo(seed=1)
    queue.add([path])

    assert (still, len(queue)) == (0, 1)


def test_finished_files_that_are_gone_are_forgotten(queue, photo):
    path = photo()
    queue.add([path])
    queue.settled(0.0)
    queue.finish(queue.take(path, 2.0))

    queue.forget_all_but(set())
    queue.add([path])

    assert len(queue) == 1


def test_tries_get_rarer_and_the_last_one_comes_when_patience_ends(queue, photo):
    path = photo()
    queue.add([path])
    tries = []
    for now in range(200):
        for ready in queue.settled(float(now)):
            tries.append((now, queue.take(ready, float(now)).is_last_try))
            queue.try_later(path, float(now))

    end = 2 * PATIENCE
    assert [now for now, is_last in tries if not is_last] == [2, 6, 14]
    assert next(now for now, is_last in tries if is_last) == end
    assert all(later - earlier <= 2 * PATIENCE for (earlier, _), (later, _) in itertools.pairwise(tries))


def test_a_pause_holds_all_of_them(queue, photo):
    paths = [photo(f"{name}.png", size_wh=(1, 1)) for name in "ab"]
    queue.add(paths)
    queue.settled(0.0)
    queue.pause(2.0)

    end = 2.0 + 2.0 * PAUSE
    assert queue.take(paths[0], 2.0) is None
    assert queue.settled(end - 0.1) == []
    assert queue.settled(end) == paths
