"""What all tests share: hypothesis without a clock (compiling takes seconds the first time) and without chance.

And fakes for the pipeline, which last as long as the tests do, so that hypothesis takes them.
"""

import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from eraser.geometry import Person
from eraser.inpaint.base import Fill

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")

# No test asks the network; those that fetch ask a server of their own.
os.environ["ERASER_OFFLINE"] = "1"

# No test knows a face but those that it learns itself.
os.environ["ERASER_FACES"] = str(Path(tempfile.gettempdir(), "erase-me-tests-know-nobody", "faces.json"))

# A shell that starts the tests in the background has them ignore Ctrl-C, and every process that they start, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def finds():
    """A masker that finds people who fill these boxes, in any photo."""

    def somebody(box):
        return Person(box, np.ones((box.height, box.width), np.bool_))

    return lambda *boxes: lambda image: [somebody(box) for box in boxes]


@pytest.fixture(scope="session")
def grey():
    """An inpainter that fills with 250, a grey that a photo of noise below 200 does not have."""
    return lambda image, hole: Fill(np.where(hole[..., None], np.uint8(250), image))


@pytest.fixture(scope="session")
def never():
    """A masker or inpainter that nobody may ask."""

    def never(*args):
        raise AssertionError("must not be called")

    return never
