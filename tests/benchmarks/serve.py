"""A server under load and under attack, on this machine only: ``python tests/benchmarks/serve.py``.

Starts ``eraser serve``, sends 200 photos with 16 clients at once, then 60 hostile requests, some of them raw.
With ``--requests 1000 --side 160`` it sends small photos, for the memory of many requests.
Prints the times, the memory of the server, and every hostile request that was not refused as it must be.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import httpx
import numpy as np
import psutil
from PIL import Image

TOKEN = "benchmark-token"
FORM = b"Content-Type: multipart/form-data; boundary=X\r\n"
FILE = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'


def photo_of(path: Path | None, side: int | None) -> bytes:
    if path is None:
        path = Path(find_spec("ultralytics").submodule_search_locations[0], "assets", "bus.jpg")
    if side is None:
        return path.read_bytes()
    file, photo = io.BytesIO(), Image.open(path)
    photo.thumbnail((side, side))
    photo.save(file, "JPEG", quality=92)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int, extra: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = zlib.compress(bytes(10_000_000))
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def raw(port: int, data: bytes, wait_s: float = 60) -> int:
    """The status of a reply to raw bytes; 0 where the connection is just closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as connection:
        with contextlib.suppress(OSError):  # closed while we were sending: the reply may be there
            connection.sendall(data)
        try:
            reply = connection.recv(64)
        except OSError:
            return 0
        return int(reply.split()[1]) if reply.startswith(b"HTTP/1.1 ") else 0


def zeros(port: int, count: int) -> int:
    """A body of so many zeros, without a length, until the server has enough."""
    head = b"POST /api/v1/erase HTTP/1.1\r\nHost: localhost\r\n" + FORM
    head += f"Authorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    piece = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(head + b"%x\r\n" % len(FILE) + FILE + b"\r\n")
            for _ in range(count // 0x100000):
                connection.sendall(piece)
        except OSError:
            pass
        try:
            return int(connection.recv(64).split()[1])
        except (OSError, IndexError):
            return 0


def hostile(url: str, port: int, photo: bytes) -> list[tuple[str, int, set[int]]]:
    """Name, status, and the statuses that will do, of each hostile request."""
    client = httpx.Client(base_url=url, timeout=60, headers={"Authorization": f"Bearer {TOKEN}"})
    done: list[tuple[str, int, set[int]]] = []

    def post(name: str, wanted: set[int], data: bytes = photo, path: str = "erase", **more: object) -> None:
        files = {"file": (more.pop("filename", "a.jpg"), data)}
        reply = client.post(f"/api/v1/{path}", files=files, **more)
        done.append((name, reply.status_code, wanted))

    for side in (15_000, 25_000, 60_000):
        post(f"a PNG of {side} x {side}", {413, 415}, bomb(side, side))
    texts = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))
    post("a PNG whose text unpacks to 50 MB, cut short", {415}, bomb(3000, 3000, texts * 3))
    post("a PNG whose pixels are cut short", {415}, bomb(9000, 9000))
    for name, data in {
        "nothing": b"",
        "text": b"hello" * 100,
        "a ZIP": b"PK\x03\x04" + bytes(200),
        "a GIF that moves": gif(),
        "half a JPEG": photo[: len(photo) // 2],
        "a JPEG with a tail of zeros": photo[:2000] + bytes(20_000),
        "noise": np.random.default_rng(1).bytes(100_000),
        "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1/'/></svg>",
        "a PDF": b"%PDF-1.7" + bytes(100),
        "an HTML page": b"<script>alert(1)</script>",
    }.items():
        post(name, {415}, data)
    for fields in (
        {"who": "me"}, {"who": "1" * 5000}, {"who": "99"}, {"at": "x"}, {"at": "99999,99999"}, {"dilate_px": "-1"},
        {"dilate_px": "1e400"}, {"quality": "0"}, {"format": "../../x"}, {"nothing": "1"}, {"second_look": "2"},
    ):  # fmt: skip
        name, value = next(iter(fields.items()))
        reply = client.post("/api/v1/erase", files={"file": ("a.jpg", photo)}, data=fields)
        done.append((f"{name}={value[:12]}", reply.status_code, {422}))
    for host in ("evil.example", "127.0.0.1.evil.example", "169.254.169.254", "localhost:8765@evil"):
        post(f"Host: {host}", {421}, headers={"Host": host})
    for origin in ("http://evil.example", "null", "http://localhost:1"):
        post(f"Origin: {origin}", {403}, headers={"Origin": origin})
    post("a picture in a page of another site", {403}, headers={"Sec-Fetch-Site": "cross-site"})
    for header in ({"Authorization": ""}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TOKEN}"}):
        post(f"{header}", {401}, headers=header)
    paths = ("/static/../security.py", "/static/%2e%2e/%2e%2e/config.py", "/static//etc/passwd", "/.env")
    paths += ("/api/v1/photos/..%2f..%2fetc/mask", "/api/v1/jobs/1/result", "/static/docs/..%2f..%2fcore.py")
    for path in paths:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        done.append((f"GET {path}", raw(port, head.encode()), {404}))
    start = b"POST /api/v1/erase HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
    whole = FILE + photo + b"\r\n"
    for name, data, wanted in (
        ("no HTTP", b"\x16\x03\x01hello\r\n\r\n", {400}),
        ("a head of 1 MB", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000, {400}),
        ("no Host", b"GET / HTTP/1.1\r\n\r\n", {400}),
        ("two Hosts", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", {400, 421}),
        ("a negative length", start + FORM + b"Content-Length: -5\r\n\r\n", {400}),
        ("two lengths", start + FORM + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n", {400}),
        ("a length of 1 GB", start + FORM + b"Content-Length: 1000000000\r\n\r\n", {413}),
        ("a form without its end", start + FORM + b"Content-Length: %d\r\n\r\n" % len(whole) + whole, {400}),
        ("no boundary", start + b"Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc", {400}),
        ("no form", start + b"Content-Type: image/jpeg\r\nContent-Length: 3\r\n\r\nabc", {415}),
        ("a body that stops", start + FORM + b"Content-Length: 1000\r\n\r\n--X", {408}),
        ("a head that stops", start, {0}),
        ("300 fields", form(300), {400}),
        ("30 files", start + FORM + files(30), {400}),
        ("a field of 1 MB", start + FORM + field(1_000_000), {400}),
    ):
        if name == "300 fields":
            data = start + FORM + data
        done.append((name, raw(port, data), wanted))
    done.append(("1 GB of zeros", zeros(port, 1_000_000_000), {413}))
    return done


def gif() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 90, 200)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def body(parts: bytes) -> bytes:
    parts += b"--X--\r\n"
    return b"Content-Length: %d\r\n\r\n" % len(parts) + parts


def form(count: int) -> bytes:
    return body(b"".join(b'--X\r\nContent-Disposition: form-data; name="who"\r\n\r\nall\r\n' for _ in range(count)))


def files(count: int) -> bytes:
    return body((FILE + b"x\r\n") * count)


def field(size: int) -> bytes:
    return body(b'--X\r\nContent-Disposition: form-data; name="who"\r\n\r\n' + b"a" * size + b"\r\n")


def load(url: str, photo: bytes, process: psutil.Process, requests: int, clients: int) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    def one(_: int) -> tuple[int, float]:
        begin = time.perf_counter()
        reply = httpx.post(f"{url}/api/v1/erase", files={"file": ("a.jpg", photo)}, headers=headers, timeout=300)
        return reply.status_code, time.perf_counter() - begin

    memory = []
    begin = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = []
        for count, each in enumerate(pool.map(one, range(requests)), start=1):
            done.append(each)
            if count % max(1, requests // 10) == 0:
                memory.append(round(process.memory_info().rss / 1e6))
    wall = time.perf_counter() - begin
    seconds = np.array([each for _, each in done])
    return {
        "requests": len(done),
        "lost": sum(status != 200 for status, _ in done),
        "wall_s": round(wall, 1),
        "per_s": round(len(done) / wall, 2),
        "p50_s": round(float(np.percentile(seconds, 50)), 2),
        "p95_s": round(float(np.percentile(seconds, 95)), 2),
        "memory_mb_after_each_tenth": memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?", type=Path)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--side", type=int, help="make the photo smaller, to so many pixels")
    asked = parser.parse_args()
    photo = photo_of(asked.photo, asked.side)
    command = [sys.executable, "-c", "from eraser.toolbox import main; main()", "serve", "--no-browser", "--port", "0"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [*command, "--token", TOKEN], stderr=subprocess.PIPE, stdout=log, text=True, env=os.environ
        )
        url = server.stderr.readline().split()[0].rstrip("/")
        process, port = psutil.Process(server.pid), int(url.rpartition(":")[2])
        size = Image.open(io.BytesIO(photo)).size
        print(
            json.dumps(
                {"python": platform.python_version(), "cores": os.cpu_count(), "photo": size, "command": sys.argv}
            )
        )
        print(json.dumps(load(url, photo, process, asked.requests, asked.clients)), flush=True)
        before = process.memory_info().rss
        done = hostile(url, port, photo)
        wrong = [(name, status, sorted(wanted)) for name, status, wanted in done if status not in wanted]
        alive = httpx.get(f"{url}/api/v1/health", headers={"Authorization": f"Bearer {TOKEN}"}).status_code
        grown = round((process.memory_info().rss - before) / 1e6)
        print(
            json.dumps({"hostile": len(done), "not refused as they must be": wrong, "health": alive, "grown_mb": grown})
        )
        server.send_signal(signal.SIGTERM)
        print(json.dumps({"exit": server.wait(60)}))


if __name__ == "__main__":
    main()
