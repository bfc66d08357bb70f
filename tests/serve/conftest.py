"""A server on a free port of this machine, whose masker takes red rectangles for people."""

import shutil
import sys
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi")
sys.path.insert(0, str(Path(__file__).parent))  # serving

from serving import REDS, draw, encode, running
from window import PEOPLE

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


@pytest.fixture(scope="session")
def photo():
    return encode(draw(*PEOPLE, size_wh=(400, 300)))


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((path for path in map(shutil.which, names) if path is not None), None)
    if path is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as chromium:
        browser = chromium.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, server):
    """Opens the page in a window of its own; nothing may be wrong on its console at the end."""
    contexts, wrong = [], []

    def open_page(url=server.url, **options):
        context = browser.new_context(**{"viewport": {"width": 1000, "height": 700}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        home = (server.url, url.partition("/#")[0], "blob:")
        page.on("request", lambda request: None if request.url.startswith(home) else wrong.append(request.url))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # Said by the browser of every status from 400 on, and of a test that reads pixels.
    usual = ("Failed to load resource", "Canvas2D: Multiple readback")
    assert [said for said in wrong if not said.startswith(usual)] == []
