import re

import httpx
import pytest
from serving import running
from typer.testing import CliRunner

from eraser.serve.compute import LocalCompute
from eraser.serve.settings import ServeConfig
from eraser.toolbox import app

TOKEN = "twelve-or-more"


@pytest.fixture(scope="module")
def closed(engine):
    with running(LocalCompute(engine), ServeConfig(port=0, token=TOKEN)) as server:
        yield server


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer twelve-or-mor"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-Eraser-Token": "\xff"},
        {"Cookie": f"eraser_0={TOKEN}"},
        {"Cookie": "eraser_0=\x7f;;=;"},
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/names", "/metrics", "/openapi.json", "/docs"])
def test_without_the_token_there_is_nothing_to_see(closed, headers, path):
    reply = httpx.get(closed.url + path, headers={name: value.encode("latin-1") for name, value in headers.items()})

    assert (reply.status_code, reply.json()["code"]) == (401, "no_token")


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {TOKEN}"}, {"X-Eraser-Token": TOKEN}])
def test_with_the_token_all_is_open(closed, headers):
    assert httpx.get(f"{closed.url}/api/v1/health", headers=headers).status_code == 200


def test_the_page_is_public_and_gets_a_cookie_for_the_token_which_no_script_reads(closed):
    with httpx.Client(base_url=closed.url) as browser:
        assert browser.get("/").status_code == 200
        assert browser.post("/api/v1/login", json={"token": "wrong"}).status_code == 401
        reply = browser.post("/api/v1/login", json={"token": TOKEN})

        assert TOKEN not in reply.headers["set-cookie"]
        assert "HttpOnly" in reply.headers["set-cookie"]
        assert "SameSite=strict" in reply.headers["set-cookie"]
        assert browser.get("/api/v1/health").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b"\xff", 422),
        (b"[" * 1900, 422),
        (b"x" * 5000, 413),
        (b'{"token": "\\ud800"}', 401),
        (b'{"token": null}', 401),
    ],
)
def test_a_login_that_is_none_is_refused(closed, body, status):
    assert httpx.post(f"{closed.url}/api/v1/login", content=body).status_code == status


def test_an_invitation_counts_once_and_an_older_one_not_at_all(closed):
    older, newer = closed.invitation.make(), closed.invitation.make()

    def enter(secret):
        return httpx.post(f"{closed.url}/api/v1/login", json={"token": secret}).status_code

    assert [enter(secret) for secret in (older, newer, newer)] == [401, 200, 401]


def test_the_browser_is_opened_with_an_invitation_and_not_with_the_token(monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("eraser.serve.server.serve", lambda app, listener, on_ready: (on_ready(), listener.close()))

    for arguments in ([], ["--token", TOKEN]):
        assert CliRunner().invoke(app, ["serve", "--port", "0", *arguments]).exit_code == 0

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", opened[0])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#invitation=[\w-]{32}", opened[1])


def test_another_address_needs_a_token_of_some_length():
    for arguments in (["--host", "0.0.0.0"], ["--host", "192.168.1.2"], ["--token", "short"]):
        result = CliRunner().invoke(app, ["serve", "--no-browser", *arguments])
        assert result.exit_code == 2
        assert "12 characters" in " ".join(result.output.split())
    assert not ServeConfig(host="0.0.0.0", token=TOKEN).is_local


def test_a_port_that_is_taken_is_an_error_in_one_line(closed):
    port = closed.url.rpartition(":")[2]

    result = CliRunner().invoke(app, ["serve", "--no-browser", "--port", port])

    assert f"127.0.0.1:{port}: cannot be listened at" in str(result.exception)
