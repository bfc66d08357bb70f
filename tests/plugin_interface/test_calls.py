import sys
import threading
import time

import pytest

from eraser.errors import DeviceError, MaskerError, MaskerTimeoutError, Terminated
from eraser.plugins.calls import TimeLimit, WithTimeout, call, run_with_timeout


def raising(error):
    def run():
        raise error

    return run


def test_a_result_comes_back():
    assert call(lambda: 5, MaskerError, "it failed") == 5


@pytest.mark.parametrize("error", [ValueError("two\nlines"), SystemExit("two\n lines"), BaseException("two lines")])
def test_whatever_is_raised_becomes_one_line(error):
    with pytest.raises(MaskerError, match=rf"^it failed: {type(error).__name__}: two lines$") as caught:
        call(raising(error), MaskerError, "it failed")

    assert caught.value.__cause__ is error


def test_a_long_message_is_cut():
    with pytest.raises(MaskerError) as caught:
        call(raising(ValueError("x" * 10_000)), MaskerError, "it failed")

    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("error", [DeviceError("full"), KeyboardInterrupt(), Terminated(143)])
def test_errors_of_ours_and_a_wish_to_end_pass_through(error):
    with pytest.raises(type(error)) as caught:
        call(raising(error), MaskerError, "it failed")

    assert caught.value is error


def test_an_error_of_ours_that_a_plugin_wrote_in_several_lines_becomes_one():
    with pytest.raises(DeviceError, match=r"^full: buy more of it$"):
        call(raising(DeviceError("full:\n  buy more of it\n")), MaskerError, "it failed")


def test_exhausted_memory_is_named_as_such():
    with pytest.raises(DeviceError, match="memory does not suffice"):
        call(raising(MemoryError()), MaskerError, "it failed")


def test_what_is_printed_goes_to_stderr_also_when_calls_overlap(capsys):
    inside, leave = threading.Event(), threading.Event()

    def other():
        call(lambda: (inside.set(), leave.wait(5)), MaskerError, "it failed")

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(5)
    call(lambda: sys.stdout.write("first\n"), MaskerError, "it failed")
    sys.stdout.write("second\n")  # the other is still inside
    leave.set()
    thread.join()
    sys.stdout.write("third\n")

    assert capsys.readouterr() == ("third\n", "first\nsecond\n")


def test_what_hangs_is_left_behind():
    leave = threading.Event()
    limit = TimeLimit(0.05, MaskerTimeoutError, "the masker hats")

    begin = time.monotonic()
    with pytest.raises(MaskerTimeoutError, match=r"^the masker hats did not finish within 0\.05 s"):
        call(lambda: leave.wait(30), MaskerError, "it failed", limit)

    assert time.monotonic() - begin < 10
    leave.set()


def test_what_is_quick_enough_returns_or_raises_as_without_a_limit():
    limit = TimeLimit(30, MaskerTimeoutError, "the masker hats")

    assert run_with_timeout(lambda: 5, limit) == 5
    with pytest.raises(KeyError, match="hat"):
        run_with_timeout(raising(KeyError("hat")), limit)


def test_a_limited_masker_still_says_what_it_is():
    class Hats:
        weights_name = "hats-3"

        def __call__(self, image):
            return [image]

    limited = WithTimeout(Hats(), TimeLimit(30, MaskerTimeoutError, "the masker hats"))

    assert (limited(1), limited.weights_name) == ([1], "hats-3")
    assert not hasattr(limited, "weights_sha256")
