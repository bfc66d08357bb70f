import threading
import time

import pytest

from eraser.batch.prefetch import prefetched


def run(items, *, begin=lambda item: item, middle=lambda item: None, end=lambda item: item, pixels=lambda item: 1):
    return prefetched(items, begin, middle, end, pixels)


def test_results_come_in_order_and_the_middle_stays_in_the_callers_thread():
    threads = {"begin": set(), "middle": set(), "end": set()}

    def note(stage):
        def stage_of(item):
            threads[stage].add(threading.get_ident())
            return item

        return stage_of

    results = list(run(range(50), begin=note("begin"), middle=note("middle"), end=note("end")))

    assert results == list(range(50))
    assert threads["middle"] == {threading.get_ident()}
    assert len(set.union(*threads.values())) == 3


def test_stages_of_different_items_run_at_the_same_time():
    meeting = threading.Barrier(3, timeout=10)

    def meet(items):
        return lambda item: (meeting.wait() if item in items else None, item)[1]

    # item 2 begins while 1 is in the middle and 0 ends, or the barrier breaks
    results = list(run(range(3), begin=meet({2}), middle=meet({1}), end=meet({0})))

    assert results == [0, 1, 2]


@pytest.mark.parametrize(("megapixels", "most"), [(12, 3), (70, 1)])
def test_what_is_in_flight_is_bounded_by_number_and_by_pixels(megapixels, most):
    flying, seen = set(), []

    def begin(item):
        flying.add(item)
        seen.append(len(flying))
        return item

    def end(item):
        time.sleep(0.002)
        flying.discard(item)
        return item

    assert list(run(range(20), begin=begin, end=end, pixels=lambda item: megapixels * 10**6)) == list(range(20))
    assert max(seen) == most


def test_a_result_comes_although_no_further_item_does():
    more = threading.Event()

    def items():
        yield "first"
        assert more.wait(10)
        yield "second"

    results = run(items())

    assert next(results) == "first"
    more.set()
    assert list(results) == ["second"]


@pytest.mark.parametrize("stage", ["begin", "middle", "end"])
def test_what_a_stage_raises_is_raised(stage):
    def fail(item):
        raise KeyError(item)

    with pytest.raises(KeyError):
        list(run(range(9), **{stage: fail}))


def test_who_stops_early_waits_for_what_is_being_written_and_no_more():
    written, begun = [], threading.Event()

    def end(item):
        begun.set()
        time.sleep(0.05)
        written.append(item)
        return item

    def middle(item):
        if item == 1:
            assert begun.wait(10)
            raise SystemExit

    with pytest.raises(SystemExit):
        list(run(range(9), middle=middle, end=end))

    assert written == [0]
