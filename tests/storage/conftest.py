import http.client
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from eraser.storage import open_store, retries

CONDITIONS = ("if-none-match", "if-match")


class Proxy(BaseHTTPRequestHandler):
    """Passes requests on to a server, and differs from it as a test wants."""

    protocol_version = "HTTP/1.1"  # with 1.0 nobody answers "Expect: 100-continue"
    behind = ""
    seen = 0
    left = 0
    """So many requests are answered with 503."""
    conditions = "kept"
    """Or ``ignored``, or ``unknown`` (501), or ``plain``: 412 without the element that names the condition."""

    def _serve(self):
        kind = type(self)
        kind.seen += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if kind.left > 0:
            kind.left -= 1
            self._refuse(503, "SlowDown", "busy")
            return
        is_conditional = self.command == "PUT" and any(name in self.headers for name in CONDITIONS)
        if is_conditional and kind.conditions == "unknown":
            self._refuse(501, "NotImplemented", "a header that you provided is not implemented")
            return
        left_out = {"expect", *(CONDITIONS if kind.conditions == "ignored" else ())}
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(kind.behind).netloc, timeout=10)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status == 412 and kind.conditions == "plain":
            self._refuse(412, "PreconditionFailed", "a condition did not hold")
        else:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "server", "date"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        connection.close()

    def _refuse(self, status, code, message):
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text if self.command != "HEAD" else b"")

    do_GET = do_PUT = do_HEAD = do_POST = _serve  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def quick(monkeypatch):
    """No long waits between tries."""
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.01)


@pytest.fixture
def proxy(s3, s3_server, monkeypatch):
    """A store behind a proxy, and the proxy's handler."""
    from s3fs import S3FileSystem

    class Handler(Proxy):
        behind = s3_server

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    S3FileSystem.clear_instance_cache()
    open_store.cache_clear()
    yield open_store("s3://"), Handler
    server.shutdown()
    server.server_close()
    thread.join()
