"""What docs/serve.md and the container promise: examples run, options are those of the code, files come along."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from serving import decode

from eraser.serve.routes.pages import STATIC

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")


def block(title, language):
    """The code block below a heading, or in the same section."""
    section = PAGE.partition(f"### {title}\n")[2]
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


@pytest.fixture
def folder(tmp_path, two):
    (tmp_path / "photo.jpg").write_bytes(two)
    return tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_example_with_curl_runs(server, folder, two):
    command = block("curl", "sh").replace("http://127.0.0.1:8765", server.url)

    subprocess.run(command, shell=True, cwd=folder, check=True)

    after = decode((folder / "without.jpg").read_bytes())
    assert (after[30:60, 80:95, 0] < 200).all()
    assert (after[10:70, 10:40, 0] == 230).all()


def test_the_example_in_python_takes_small_people_out(server, folder, two):
    code = block("Python", "python").replace("http://127.0.0.1:8765", server.url)

    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=folder, check=True)

    assert (decode((folder / "without.jpg").read_bytes())[30:60, 80:95, 0] < 200).all()


def test_the_script_for_immich_uploads_the_result_as_another_asset(server, two, monkeypatch):
    sent = {}

    class Immich(BaseHTTPRequestHandler):
        def do_GET(self):
            about = {"originalFileName": "a.png", "fileCreatedAt": "2026-01-01", "fileModifiedAt": "2026-01-02"}
            body = two if self.path == "/api/assets/7/original" else json.dumps(about).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            sent[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Immich) as immich:
        thread = threading.Thread(target=immich.serve_forever)
        thread.start()
        monkeypatch.setenv("IMMICH", f"http://127.0.0.1:{immich.server_port}")
        monkeypatch.setenv("IMMICH_KEY", "key")
        monkeypatch.setenv("ERASER", server.url)
        monkeypatch.setenv("ERASER_TOKEN", "unused")
        subprocess.run([sys.executable, "-c", block("Immich", "python"), "7"], check=True)
        immich.shutdown()
        thread.join()

    assert b'name="assetData"; filename="erased-a.png"' in sent["/api/assets"]
    assert b"7-erased" in sent["/api/assets"]


def test_the_table_of_options_is_the_one_that_the_code_makes():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)

    assert generate.serve_page(PAGE) == PAGE


def test_every_module_that_the_page_imports_is_there_and_in_the_wheel():
    wheel = pytest.importorskip("hatchling.builders.wheel")
    builder = wheel.WheelBuilder(str(ROOT))
    with builder.config.set_build_data({"artifacts": [], "force_include": {}, "build_hooks": ()}):
        shipped = {file.distribution_path for file in builder.recurse_included_files()}

    named = {
        name
        for file in STATIC.iterdir()
        for name in re.findall(r'(?:from "\./|static/)([\w-]+\.\w+)', file.read_text())
    }
    assert {"main.js", "style.css", "view.js", "icon.svg"} <= named
    assert {f"eraser/serve/static/{name}" for name in named} <= shipped


def test_the_page_names_no_other_place_and_holds_no_code_or_style_inline():
    for file in STATIC.iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//\w+\.\w+/|\son\w+=|<style|style=|javascript:", text), file.name
        assert not re.search(r"<script(?![^>]*src=)", text), file.name


def test_the_container_runs_the_command_that_there_is_and_not_as_root():
    steps = (ROOT / "container" / "Dockerfile").read_text()

    assert re.search(r"^USER eraser$", steps, re.MULTILINE)
    assert json.loads(re.findall(r"^CMD (.*)$", steps, re.MULTILINE)[-1])[:2] == ["eraser", "serve"]
    health = json.loads(re.search(r"HEALTHCHECK .*? CMD (\[.*?\])\n# ", steps, re.DOTALL)[1].replace("\\\n", ""))
    compile(health[2], "health check", "exec")


def test_the_health_check_of_the_container_succeeds_and_fails_with_the_server(server, monkeypatch):
    steps = (ROOT / "container" / "Dockerfile").read_text()
    health = json.loads(re.search(r"HEALTHCHECK .*? CMD (\[.*?\])\n# ", steps, re.DOTALL)[1].replace("\\\n", ""))

    def ends_with(url):
        code = health[2].replace("http://127.0.0.1:8765", url)
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode

    assert ends_with(server.url) == 0
    assert ends_with("http://127.0.0.1:1") == 1
