import logging
import os
import signal
import sys

import numpy as np
import pytest
from PIL import Image

from eraser.cli import main

RED_IS_A_PERSON = """
import cv2
import numpy as np

from eraser import Person


class FindsRed:
    weights_name = "red"
    weights_sha256 = "ab" * 32

    def __call__(self, image):
        red = (image[..., 0] > 180) & (image[..., 1] < 90) & (image[..., 2] < 90)
        count, labels = cv2.connectedComponents(red.astype(np.uint8))
        return [Person.from_mask(labels == i, 0.75) for i in range(1, count) if (labels == i).sum() > 20]


def load_masker(context):
    return FindsRed()
"""

BIG, SMALL = (40, 20, 70, 60), (100, 20, 110, 35)
"""Boxes of two people; the first is number 1."""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A working folder, and a masker that takes red for people; defaults come from the environment."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "red.py").write_text(RED_IS_A_PERSON)
    for name, value in {"MASKER": "red", "PLUGINS": str(plugins), "INPAINTER": "telea", "DEVICE": "cpu"}.items():
        monkeypatch.setenv(f"ERASER_{name}", value)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    logger, on_term = logging.getLogger("eraser"), signal.getsignal(signal.SIGTERM)
    before = logger.level, list(logger.handlers)
    yield work
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]
    signal.signal(signal.SIGTERM, on_term)


@pytest.fixture
def plugin(tmp_path):
    """Write a masker of one's own."""
    return lambda name, code: (tmp_path / "plugins" / f"{name}.py").write_text(code)


@pytest.fixture
def make_photo(home):
    """Write a photo of 128 x 80 pixels with red people in it."""

    def make_photo(name, people=(BIG,), **options):
        ramp = np.linspace(40, 120, 128, dtype=np.uint8)
        image = np.stack([np.broadcast_to(ramp // part, (80, 128)) for part in (3, 1, 2)], axis=-1).copy()
        for x0, y0, x1, y1 in people:
            image[y0:y1, x0:x1] = (230, 20, 20)
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, **options)
        return path

    return make_photo


@pytest.fixture
def erase_me(monkeypatch, capfd):
    """Run ``erase-me`` as the console does; returns exit code, stdout and stderr."""

    def erase_me(*args):
        monkeypatch.setattr(sys, "argv", ["erase-me", *(os.fspath(arg) for arg in args)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return ended.value.code, captured.out, captured.err

    return erase_me


@pytest.fixture
def files(home):
    """Names of all files in the working folder, hidden ones too; not of ledgers, which several photos leave behind."""
    return lambda: sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file() and path.name != ".erase-me.sqlite"
    )


@pytest.fixture
def pixels():
    return lambda path: np.asarray(Image.open(path))


@pytest.fixture
def put(s3, make_photo):
    """Put a photo into the bucket."""

    def put(key, **options):
        path = make_photo("local/" + key.rpartition("/")[2], **options)
        s3.write(f"s3://bucket/{key}", path.read_bytes())
        path.unlink()
        return path

    return put


@pytest.fixture
def keys(s3):
    """What lies in the bucket below a folder."""
    return lambda folder: sorted(
        file.address.removeprefix("s3://bucket/") for file in s3.files(f"s3://bucket/{folder}/")
    )


@pytest.fixture
def bucket(put):
    for key in ("in/a.jpg", "in/b.jpg", "in/deep/c.png"):
        put(key)
