import gzip
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from serving import encode

FILE = b"--X\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n"
HOSTS = ("evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "localhost@evil", "[::1", "a b")


def post(client, path="erase", file=None, headers=None, **fields):
    return client.post(f"/api/v1/{path}", files={"file": ("a.png", file)}, data=fields, headers=headers)


def bomb(width=30_000, height=30_000):
    """A PNG of 900 megapixels in a few hundred bytes; its pixels are cut short."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"who": "nobody"}, "neither all, main"),
        ({"who": "7"}, "there is no person 7"),
        ({"at": "1"}, "a pixel such as 640,480"),
        ({"at": "1,1", "who": "2"}, "at goes alone"),
        ({"dilate_px": "-1"}, "whole number of at least 0"),
        ({"dilate_px": "nan"}, "whole number"),
        ({"quality": "101"}, "at least 1 and at most 100"),
        ({"format": "gif"}, "same, png, jpg, webp"),
        ({"shadows": "maybe"}, "auto, off"),
        ({"add_mask": "perhaps"}, "true or false"),
        ({"dilate": "3"}, "did you mean dilate_px"),
    ],
)
def test_an_option_that_makes_no_sense_is_422_and_says_why(client, two, fields, says):
    reply = post(client, file=two, **fields)

    assert reply.status_code == 422
    assert reply.json().keys() == {"error", "code", "hint"}
    assert says in reply.json()["error"]


@pytest.mark.parametrize("data", [b"", b"no photo", b"\x89PNG\r\n\x1a\nhalf", gzip.compress(b"x"), b"GIF89a"])
def test_what_is_no_photo_is_415(client, data):
    reply = post(client, file=data)

    assert (reply.status_code, reply.json()["code"]) == (415, "not_a_photo")


def test_a_photo_cut_short_is_415(client, two):
    assert post(client, file=two[: len(two) // 2]).status_code == 415


def test_a_photo_of_too_many_pixels_is_413_before_it_is_decoded(client):
    large = io.BytesIO()
    Image.new("1", (2000, 1100)).save(large, "PNG")

    assert post(client, file=large.getvalue()).json()["code"] == "too_large"
    assert post(client, file=bomb(20_000, 20_000)).status_code == 413
    assert post(client, file=bomb()).status_code == 415  # above what is ever read


def test_a_mask_of_another_size_or_that_is_none_is_415(client, two):
    for mask in (encode(np.full((8, 8), 255, np.uint8)), b"no mask"):
        files = {"file": ("a.png", two), "mask": ("m.png", mask)}
        assert client.post("/api/v1/erase", files=files).status_code == 415


def test_a_hole_over_the_whole_photo_is_422(client, two):
    files = {"file": ("a.png", two), "mask": ("m.png", encode(np.full((80, 120), 255, np.uint8)))}

    assert client.post("/api/v1/erase", files=files).json()["code"] == "nothing_left"


def test_too_many_bytes_are_413_by_their_announcement_or_while_they_are_read(client):
    announced = post(client, file=bytes(5_000_000))
    streamed = client.post(
        "/api/v1/erase",
        content=(
            piece
            for piece in [
                b"--X\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n",
                *[bytes(100_000)] * 60,
            ]
        ),
        headers={"Content-Type": "multipart/form-data; boundary=X"},
    )

    assert [announced.status_code, streamed.status_code] == [413, 413]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({}, b"abc", 415),
        ({"Content-Type": "multipart/form-data"}, b"abc", 400),
        ({"Content-Type": "multipart/form-data; boundary=X"}, b"no boundary", 400),
        (
            {"Content-Type": "multipart/form-data; boundary=X"},
            b"--X\r\nContent-Disposition: form-data\r\n\r\na\r\n--X--",
            400,
        ),
        ({"Content-Type": "multipart/form-data; boundary=X"}, b"--X--\r\n", 422),
    ],
)
def test_a_body_that_is_no_form_is_refused(client, headers, body, status):
    assert client.post("/api/v1/erase", content=body, headers=headers).status_code == status


def test_a_form_cut_short_is_400(client, two):
    body = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + two
    headers = {"Content-Type": "multipart/form-data; boundary=X"}

    reply = client.post("/api/v1/erase", content=body, headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (400, "bad_form")


def test_unknown_handles_and_addresses_are_404_and_wrong_methods_405(client, two):
    assert client.post("/api/v1/erase", files={"photo": (None, "../x")}).json()["code"] == "unknown_photo"
    assert client.get("/api/v1/photos/x/mask").status_code == 404
    assert client.get("/api/v1/jobs/x").json()["code"] == "unknown_job"
    assert client.get("/nothing").json()["code"] == "not_found"
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/app.py").status_code == 404
    assert client.get("/api/v1/erase").json()["code"] == "method_not_allowed"


def test_a_file_and_a_handle_at_once_or_two_files_are_422(client, two):
    both = client.post("/api/v1/erase", files=[("file", ("a", two)), ("photo", (None, "x"))])
    twice = client.post("/api/v1/erase", files=[("file", ("a", two)), ("file", ("b", two))])

    assert both.status_code == 404  # the handle is looked up first
    assert (twice.status_code, twice.json()["code"]) == (422, "bad_option")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "localhost@evil", "[::1", "a b"]
)
def test_a_request_for_another_host_is_421(client, two, host):
    assert post(client, file=two, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:99", "127.0.0.1:8765", "[::1]:8765", "LOCALHOST"])
def test_this_machines_own_names_are_served(client, host):
    assert client.get("/api/v1/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://user@127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_pages_of_other_sites_may_not_ask(client, two, headers):
    reply = post(client, file=two, headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (403, "foreign_origin")


def test_the_page_itself_may_ask(client, server, two):
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}

    assert post(client, file=two, headers=headers).status_code == 200


def test_every_reply_tells_browsers_to_be_strict(client):
    for path in ("/", "/api/v1/health", "/nothing", "/docs", "/static/style.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_no_telemetry_of_the_framework_is_on(server):
    assert not any(server.config.app._telemetry[name] for name in ("tracing", "metrics", "logs"))
