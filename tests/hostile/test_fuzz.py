"""A short, steady run of what ``fuzz.py`` does for hours: damaged bytes never end in an error that nobody expects."""

import numpy as np
import pytest

from tests.hostile.targets import TARGETS, seeds

ROUNDS = {"photo": 150, "mask": 60, "manifest": 200, "xmp": 400, "blocks": 1000, "numbers": 1000}


def mutated(data, chance):
    """Some bytes changed, cut, doubled, or made a large number."""
    data = bytearray(data)
    for _ in range(int(chance.integers(1, 5))):
        at = int(chance.integers(0, max(1, len(data))))
        kind = int(chance.integers(5))
        if kind == 0 and data:
            data[at % len(data)] = int(chance.integers(256))
        elif kind == 1:
            del data[at : at + int(chance.integers(1, 9))]
        elif kind == 2:
            data[at:at] = data[at : at + int(chance.integers(1, 40))]
        elif kind == 3:
            data[at : at + 4] = b"\xff\xff\xff\x7f"
        else:
            del data[max(1, len(data) - at) :]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_bytes_raise_nothing_but_documented_errors(name):
    chance, sound = np.random.default_rng(7), seeds(name)

    for number in range(ROUNDS[name]):
        data = mutated(sound[number % len(sound)], chance)
        try:
            TARGETS[name](data)
        except Exception as error:
            raise AssertionError(f"{name}: round {number}: {data[:2000]!r}") from error


@pytest.mark.parametrize("name", TARGETS)
def test_sound_bytes_pass(name):
    for data in seeds(name):
        TARGETS[name](data)
