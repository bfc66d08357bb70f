"""A publisher of weights on this machine, over http or https, that misbehaves in the way that its attributes say."""

import hashlib
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY on 127.0.0.1 in the way that its attributes say; any host name, so it can play a proxy too."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.etag, self.honours_range = 200, BODY, '"v1"', True
        self.redirect = None  # where requests are sent instead
        self.stall_s = 0.0  # silence before the first byte
        self.cuts = []  # bytes of body after which the connection is closed, a request each
        self.ranges, self.paths = [], []

    scheme = "http"

    @property
    def address(self):
        return f"{self.scheme}://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, wanted = self.server, self.headers.get("range")
        server.ranges.append(wanted)
        server.paths.append(self.path)
        start = 0
        if server.honours_range and wanted and self.headers.get("if-range") == server.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(server.body) > 0:
            self.send_response(416)
            self.send_header("content-range", f"bytes */{len(server.body)}")
            self.end_headers()
            return
        if server.redirect and self.path != "/moved":
            self.send_response(302)
            self.send_header("location", server.redirect)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        time.sleep(server.stall_s)
        self.send_response(206 if start else server.status)
        if server.etag:
            self.send_header("etag", server.etag)
        if start:
            self.send_header("content-range", f"bytes {start}-{len(server.body) - 1}/{len(server.body)}")
        self.send_header("content-length", str(len(server.body) - start))
        self.end_headers()
        stop = server.cuts.pop(0) if server.cuts else len(server.body)
        self.wfile.write(server.body[start : start + stop])

    def log_message(self, *args):
        pass


@contextmanager
def serving(server):
    """Answer requests in a thread while the block runs."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
