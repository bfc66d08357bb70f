"""What docs/serve.md and the container promise: examples run, options are those of the code, files come along."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
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


def test_the_node_for_n8n_describes_a_request_that_works(server, two):
    (node,) = json.loads(block("n8n", "json"))["nodes"]
    asked = node["parameters"]
    files, fields = {}, {}
    for each in asked["bodyParameters"]["parameters"]:
        if each["parameterType"] == "formBinaryData":
            assert each["inputDataFieldName"] == "data"
            files[each["name"]] = ("photo.png", two)
        else:
            fields[each["name"]] = each["value"]

    url = asked["url"].replace("http://127.0.0.1:8765", server.url)
    headers = {"Authorization": "Bearer unused"} if asked["genericAuthType"] == "httpBearerAuth" else {}
    reply = httpx.request(asked["method"], url, files=files, data=fields, headers=headers, timeout=20)

    assert reply.headers["x-eraser-gone"] == "2"
    assert decode(reply.content).shape == (80, 120, 3)


def test_the_commands_for_home_assistant_copy_and_erase(tmp_path, plugins, two):
    inbox, outbox, picture = tmp_path / "erase" / "inbox", tmp_path / "erase" / "outbox", tmp_path / "me.png"
    inbox.mkdir(parents=True)
    picture.write_bytes(two)
    copy = re.search(r"erase_people: (.*)", block("Home Assistant", "yaml"))[1]
    watch = block("Home Assistant", "sh").split()
    assert watch[0] == "erase-me"

    subprocess.run(
        copy.replace("{{ picture }}", str(picture)).replace("/config", str(tmp_path)), shell=True, check=True
    )
    arguments = [argument.replace("/config", str(tmp_path)) for argument in watch[1:]]
    arguments += [
        "--once",
        "--settle",
        "0.1",
        "--masker",
        "reds",
        "--inpainter",
        "telea",
        "--plugins-dir",
        str(plugins),
    ]
    command = [sys.executable, "-c", "from eraser.cli import main; main()", *arguments]
    subprocess.run(command, check=True, env={**os.environ, "ERASER_OFFLINE": "1"})

    assert (decode((outbox / "me.erased.png").read_bytes())[..., 0] < 200).all()


@pytest.mark.parametrize("is_there", [False, True])
def test_the_script_for_nextcloud_puts_the_result_beside_the_picture_and_replaces_nothing(
    server, two, monkeypatch, is_there
):
    put, auth = {}, []

    class Nextcloud(BaseHTTPRequestHandler):
        def do_GET(self):
            auth.append(self.headers["Authorization"])
            found = self.path == "/remote.php/dav/files/me/Photos/a%20b.png"
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(two) if found else 0))
            self.end_headers()
            self.wfile.write(two if found else b"")

        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            refused = is_there and self.headers["If-None-Match"] == "*"
            if not refused:
                put[self.path] = body
            self.send_response(412 if refused else 201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Nextcloud) as cloud:
        thread = threading.Thread(target=cloud.serve_forever)
        thread.start()
        monkeypatch.setenv("NEXTCLOUD", f"http://127.0.0.1:{cloud.server_port}")
        monkeypatch.setenv("NEXTCLOUD_USER", "me")
        monkeypatch.setenv("NEXTCLOUD_PASSWORD", "secret")
        monkeypatch.setenv("ERASER", server.url)
        monkeypatch.setenv("ERASER_TOKEN", "unused")
        subprocess.run([sys.executable, "-c", block("Nextcloud", "python"), "Photos/a b.png"], check=True)
        cloud.shutdown()
        thread.join()

    assert auth[0].startswith("Basic ")
    expected = [] if is_there else ["/remote.php/dav/files/me/Photos/a%20b.erased.png"]
    assert list(put) == expected
    assert all((decode(data)[..., 0] < 200).all() for data in put.values())


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


def test_the_health_check_of_the_container_succeeds_and_fails_with_the_server(server, monkeypatch):
    steps = (ROOT / "container" / "Dockerfile").read_text()
    health = json.loads(re.search(r"HEALTHCHECK .*? CMD (\[.*?\])\n# ", steps, re.DOTALL)[1].replace("\\\n", ""))

    def ends_with(url):
        code = health[2].replace("http://127.0.0.1:8765", url)
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode

    assert ends_with(server.url) == 0
    assert ends_with("http://127.0.0.1:1") == 1
