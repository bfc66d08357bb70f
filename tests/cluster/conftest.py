import logging
import os
import warnings

import numpy as np
import pytest
from PIL import Image

from eraser.archive import ArchivePlan, StoredPhoto
from eraser.batch import settings_of
from eraser.config import EraseRequest, ModelConfig, OutputConfig
from eraser.system.paths import plugins_dirs

PLUGIN = """
import os
import signal
import time
from pathlib import Path

import numpy as np

from eraser import Person


def load_masker(context):
    folder = Path(__file__).parent
    seconds = float((folder / "seconds").read_text())

    def find(image):
        (folder / "log").open("a").write(f"{os.getpid()}\\n")
        time.sleep(seconds)
        if image.shape[0] == 66:  # poison
            os.kill(os.getpid(), signal.SIGKILL)
        if image.shape[0] == 67:
            raise RuntimeError("this one is odd")
        return [Person.from_mask((image[..., 0] > 180) & (image[..., 1] < 90), 0.9)]

    return find
"""


@pytest.fixture(scope="module")
def ray():
    """A real cluster of one node in four places."""
    pytest.importorskip("ray")
    from eraser.cluster.start import import_ray

    ray = import_ray()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(
            address="local",
            num_cpus=4,
            include_dashboard=False,
            object_store_memory=100_000_000,
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
    yield ray
    ray.shutdown()


@pytest.fixture
def plugins(tmp_path):
    """A folder with a masker that dies of photos 66 pixels high, and keeps a log of who was asked."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "slow.py").write_text(PLUGIN)
    (folder / "seconds").write_text("0.05")
    (folder / "log").touch()
    return folder


@pytest.fixture
def make_photos(tmp_path):
    """Write small photos with a red person; returns them as objects of a shared folder."""

    def make_photos(count, **heights):
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        rng = np.random.default_rng(0)
        sizes = {f"{number:04}": 64 for number in range(count)} | heights
        for name, height in sizes.items():
            image = rng.integers(0, 120, (height, 80, 3), np.uint8)
            image[20:40, 30:50] = (230, 20, 20)
            Image.fromarray(image).save(folder / f"{name}.png")
        return [StoredPhoto(str(folder / f"{name}.png"), version="1") for name in sorted(sizes)]

    return make_photos


@pytest.fixture
def make_plan(tmp_path, plugins):
    """A run into ``out``."""

    def make_plan(**options):
        config = ModelConfig(masker="slow", inpainter="telea", device="cpu", fast=True)
        folders = (*plugins_dirs(), plugins)
        settings = settings_of(config, EraseRequest(), OutputConfig(), plugins=folders)
        values = {"output": str(tmp_path / "out"), "run": os.urandom(4).hex(), "settings": settings, "config": config}
        return ArchivePlan(**{**values, "results": OutputConfig(), "plugins": folders, **options})

    return make_plan


@pytest.fixture
def results(tmp_path):
    """Names of results that are whole, by photo; a broken one fails the test, and so does an unfinished file."""

    def results(*, may_leave_hidden=False):
        found = {}
        for path in (tmp_path / "out").rglob("*"):
            assert may_leave_hidden or not path.name.endswith(".tmp")
            if path.suffix == ".png":
                with Image.open(path) as image:
                    image.load()
                    found[path.name.partition(".")[0]] = path
        return found

    return results
