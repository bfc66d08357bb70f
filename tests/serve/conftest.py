"""A server on a free port of this machine, whose masker takes red rectangles for people."""

import sys
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi")
sys.path.insert(0, str(Path(__file__).parent))  # serving

from serving import REDS, draw, encode, running

from eraser.config import ModelConfig
from eraser.engine import Engine
from eraser.serve.compute import LocalCompute
from eraser.serve.settings import ServeConfig


@pytest.fixture(scope="session")
def plugins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "reds.py").write_text(REDS)
    return folder


@pytest.fixture(scope="session")
def engine(plugins):
    return Engine(ModelConfig(masker="reds", inpainter="telea", device="cpu"), (plugins,))


@pytest.fixture(scope="session")
def server(engine):
    config = ServeConfig(port=0, max_megapixels=2, max_megabytes=3, max_batch_megabytes=6)
    with running(LocalCompute(engine), config) as server:
        yield server


@pytest.fixture(scope="session")
def client(server):
    with httpx.Client(base_url=server.url, timeout=20) as client:
        yield client


@pytest.fixture(scope="session")
def two():
    """A PNG with two people, the larger one on the left."""
    return encode(draw((10, 10, 40, 70), (80, 30, 95, 60)))


@pytest.fixture(scope="session")
def nobody():
    return encode(draw())
