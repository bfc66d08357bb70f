import os

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def outbox(tmp_path):
    return tmp_path / "outbox"


@pytest.fixture
def photo(inbox):
    """Write a photo of 48 x 32 pixels whose colours depend on the seed."""

    def photo(name="a.jpg", seed=0, size_wh=(48, 32)):
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).integers(0, 200, (size_wh[1], size_wh[0], 3), np.uint8)
        Image.fromarray(noise).save(path)
        return path

    return photo


@pytest.fixture
def files():
    """Names of all files below a folder, but for what begins with a dot."""
    return lambda folder: sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


@pytest.fixture
def leftovers():
    """Temporary files below a folder."""
    return lambda folder: [path for path in folder.rglob("*") if os.fspath(path).endswith(".tmp")]
