import pytest

from eraser.watch.events import News
from eraser.watch.loop import Verdict, run
from eraser.watch.settle import PATIENCE, Queue

SETTLE = 1.0
TICKS = [News()] * 3


class Clock:
    """Time that passes by one second whenever somebody asks."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        self.seconds += 1.0
        return self.seconds


@pytest.fixture
def watch():
    """Run the loop over a list of news; returns the names of what was handled, in order."""

    def watch(news, verdicts=(), **options):
        left, handled = list(verdicts), []

        def handle(arrival):
            handled.append(arrival.path.name)
            verdict = left.pop(0) if left else Verdict.DONE
            return verdict(arrival) if callable(verdict) else verdict

        run(news, handle, Queue(SETTLE), now=Clock(), **options)
        return handled

    return watch


def test_photos_are_handled_once_they_have_settled(watch, photo):
    paths = (photo("a.jpg"), photo("b.jpg"))

    assert watch([News(paths, is_all=True), *TICKS]) == ["a.jpg", "b.jpg"]


def test_nothing_is_handled_at_first_sight(watch, photo):
    assert watch([News((photo(),))]) == []


def test_a_burst_of_events_for_one_photo_is_one_job(watch, photo):
    path = photo()

    assert watch([News((path,))] * 500) == ["a.jpg"]


def test_a_photo_that_changes_while_it_is_handled_is_handled_again(watch, photo):
    path = photo()

    def change(arrival):
        photo(seed=1)
        return Verdict.DONE

    assert watch([News((path,)), *TICKS, News((path,)), *TICKS], [change]) == ["a.jpg", "a.jpg"]


def test_a_photo_to_be_tried_later_comes_again_and_holds_up_no_other(watch, photo):
    paths = (photo("a.jpg"), photo("b.jpg"))

    assert watch([News(paths), *TICKS * 3], [Verdict.LATER]) == ["a.jpg", "b.jpg", "a.jpg"]


def test_a_full_disk_stops_the_queue_and_loses_nothing(watch, photo):
    paths = (photo("a.jpg"), photo("b.jpg"))

    assert watch([News(paths), *TICKS], [Verdict.PAUSE]) == ["a.jpg"]
    assert watch([News(paths), *TICKS * 4], [Verdict.PAUSE]) == ["a.jpg", "a.jpg", "b.jpg"]


def test_a_stop_ends_the_loop_after_the_photo_in_hand(watch, photo):
    paths = tuple(photo(f"{number}.png", size_wh=(2, 2)) for number in range(5))
    stops = []

    def stop(arrival):
        stops.append(True)
        return Verdict.DONE

    handled = watch([News(paths), *TICKS], [Verdict.DONE, stop], stopped=lambda: bool(stops))

    assert handled == ["0.png", "1.png"]


def test_once_ends_when_what_lay_there_is_done_and_takes_nothing_new(watch, photo):
    first, second = photo("a.jpg"), photo("b.jpg")

    def endless():
        yield News((first,), is_all=True)
        for _ in range(100):
            yield News((second,))
        raise AssertionError("it goes on")

    assert watch(endless(), once=True) == ["a.jpg"]


def test_once_waits_for_what_is_still_being_written(watch, photo):
    path = photo()
    news = [News((path,), is_all=True), *[News()] * (4 * PATIENCE)]

    assert watch(news, [Verdict.LATER, Verdict.LATER], once=True) == ["a.jpg"] * 3


def test_a_thousand_photos_at_once_are_all_done_and_nothing_stays_in_the_queue(photo, inbox):
    first = photo("0.png", size_wh=(2, 2))
    for number in range(1, 1000):
        (inbox / f"{number}.png").write_bytes(first.read_bytes())
    paths = tuple(inbox / f"{number}.png" for number in range(1000))
    queue, handled = Queue(SETTLE), []

    run(
        [News(paths), *TICKS],
        lambda arrival: handled.append(arrival.path) or Verdict.DONE,
        queue,
        now=Clock(),
    )

    assert handled == list(paths)
    assert len(queue) == 0
