"""What all tests share: hypothesis without a clock (compiling takes seconds the first time) and without chance.

And fakes for the pipeline, which last as long as the tests do, so that hypothesis takes them.
"""

import logging
import os
import signal
import tempfile
import urllib.request
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


# They start processes or servers, train, export or compile: 9 of the 11 minutes that all tests take.
SLOW = [
    "archive",
    "cli",
    "cluster",
    "container",
    "faces",
    "faults",
    "hostile",
    "serve",
    "storage",
    "toolbox",
    "training",
    "watch",
    "maskers/test_onnx.py",
    "maskers/test_quiet.py",
    "maskers/test_unpickled.py",
    "networks/test_dense.py",
    "plugin_interface/test_outside_package.py",
    "plugin_interface/test_tools.py",
    "plugins_shipped/test_torchvision_maskrcnn.py",
    "system/test_cache.py",
]


def pytest_collection_modifyitems(items):
    """Leave what is slow to ``make check``."""
    slow = {Path(__file__).parent / name for name in SLOW}
    assert all(path.exists() for path in slow), "SLOW names what is not there"
    for item in items:
        if slow & {item.path, *item.path.parents}:
            item.add_marker(pytest.mark.slow)


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


@pytest.fixture(scope="session")
def s3_server():
    """The address of an S3 server on this machine, in memory."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server, monkeypatch):
    """A store with an empty bucket named ``bucket``."""
    reset = urllib.request.Request(f"{s3_server}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset, timeout=10).close()
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**keys, "AWS_ENDPOINT_URL": s3_server, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    from s3fs import S3FileSystem

    from eraser.storage import open_store

    S3FileSystem.clear_instance_cache()
    open_store.cache_clear()
    store = open_store("s3://")
    store._system.mkdir("bucket")
    yield store
    S3FileSystem.clear_instance_cache()
    open_store.cache_clear()
