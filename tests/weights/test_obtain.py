import hashlib
import os
import socket
import subprocess
import sys
import time

import pytest
from fake_publisher import BODY, SHA256

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.weights import find, obtain, why_not_fetched
from eraser.weights.obtain import RETRY_S, _stamp

SIZE = len(BODY)
OWN = b"weights that come with erase-me"


@pytest.fixture
def manifest(monkeypatch, tmp_path):
    """The project's manifest: ``people``, which is here, and the preferred ``yolo26s-seg`` at some address."""
    folder = tmp_path / "checkout" / "weights"
    folder.mkdir(parents=True)
    (folder / "people.safetensors").write_bytes(OWN)
    monkeypatch.setattr("eraser.system.paths._CHECKOUT", tmp_path / "checkout")

    def write(address, size_bytes=SIZE):
        common = 'licence = "MIT"\nsource = "a test"\nkind = "people"\n'
        own = f'[people]\nfile = "people.safetensors"\nsha256 = "{hashlib.sha256(OWN).hexdigest()}"\n{common}'
        better = f'[yolo26s-seg]\nfile = "y.onnx"\nurl = "{address}/y.onnx"\nsha256 = "{SHA256}"\n{common}'
        (folder / "manifest.toml").write_text(f"{own}\n{better}size_bytes = {size_bytes}\n")

    return write


@pytest.fixture
def no_sockets(monkeypatch):
    """Opening a socket or looking up a name fails the test."""

    def opened(*args, **kwargs):
        pytest.fail("a socket was opened")

    def forbid():
        monkeypatch.setattr(socket, "socket", opened)
        monkeypatch.setattr(socket, "getaddrinfo", opened)

    return forbid


def test_the_first_run_fetches_the_better_weights_and_the_second_opens_no_connection(https, manifest, no_sockets):
    manifest(https.address)

    first = obtain("auto", "people")
    no_sockets()

    assert (first.name, first.sha256, first.why) == ("yolo26s-seg", SHA256, "")
    assert obtain("auto", "people") == first
    assert find("auto", "people").name == "yolo26s-seg"


@pytest.mark.parametrize("variable", ["ERASER_OFFLINE", "HF_HUB_OFFLINE", None])
def test_offline_takes_our_own_weights_says_why_and_asks_nobody(
    https, manifest, no_sockets, monkeypatch, caplog, variable
):
    manifest(https.address)
    if variable:
        monkeypatch.setenv(variable, "1")
    no_sockets()

    file = obtain("auto", "people", offline=variable is None)

    assert file.name == "people"
    assert "the network must not be used" in file.why
    assert len(caplog.records) == (1 if variable is None else 0)  # the environment is set once, an option each time


def test_offline_takes_better_weights_that_are_here(https, manifest):
    manifest(https.address)
    obtain("yolo26s-seg", "people")

    assert obtain("auto", "people", offline=True).name == "yolo26s-seg"


def test_weights_asked_for_by_name_are_fetched_and_without_a_network_they_are_an_error(https, manifest):
    manifest(https.address)
    with pytest.raises(WeightsNotFoundError, match="run `eraser weights fetch yolo26s-seg`"):
        obtain("yolo26s-seg", "people", offline=True)

    assert obtain("yolo26s-seg", "people").path.read_bytes() == BODY


def fail_by_another_byte(server):
    server.body = b"x" + BODY[1:]


def fail_by_404(server):
    server.status = 404


def fail_by_redirect_to_http(server):
    server.redirect = "http://127.0.0.1:1/moved"


def fail_by_breaking_off(server):
    server.cuts = [0]


FAILURES = [fail_by_another_byte, fail_by_404, fail_by_redirect_to_http, fail_by_breaking_off]


@pytest.mark.parametrize("fail", FAILURES)
def test_a_fetch_that_fails_falls_back_to_our_own_weights_once_a_day(https, manifest, fail, caplog):
    manifest(https.address)
    fail(https)

    file = obtain("auto", "people")
    asked = len(https.paths)
    again = obtain("auto", "people")

    assert (file.name, again.name) == ("people", "people")
    assert file.why == again.why == why_not_fetched("yolo26s-seg") != ""
    assert asked > 0
    assert len(https.paths) == asked  # the second call asked nobody
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("fail", FAILURES)
def test_the_same_failures_are_errors_for_weights_asked_for_by_name(https, manifest, fail):
    manifest(https.address)
    fail(https)

    with pytest.raises(WeightsError):
        obtain("yolo26s-seg", "people")


def test_a_day_after_a_failure_it_tries_again(https, manifest):
    manifest(https.address)
    https.status = 503
    assert obtain("auto", "people").name == "people"
    https.status = 200
    yesterday = time.time() - RETRY_S - 1
    os.utime(_stamp("yolo26s-seg"), (yesterday, yesterday))

    assert obtain("auto", "people").name == "yolo26s-seg"


def test_a_redirect_to_another_address_over_https_is_followed(https, manifest):
    manifest(https.address)
    https.redirect = f"{https.address}/moved"

    assert obtain("auto", "people").name == "yolo26s-seg"
    assert https.paths == ["/y.onnx", "/moved"]


def test_a_broken_download_goes_on_where_it_stopped(https, manifest):
    manifest(https.address)
    https.cuts = [400_000]

    assert obtain("auto", "people").name == "yolo26s-seg"
    assert https.ranges == [None, "bytes=400000-"]


def test_a_server_that_sends_nothing_is_given_up(https, manifest, monkeypatch):
    manifest(https.address)
    https.stall_s = 1.0
    monkeypatch.setattr("eraser.weights.download._READ_S", 0.2)

    assert "no answer in time" in obtain("auto", "people").why


def test_a_resolver_that_does_not_answer_is_given_up(https, manifest, monkeypatch):
    manifest("https://weights.invalid")
    monkeypatch.setattr("eraser.weights.download._CONNECT_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(2))

    begin = time.monotonic()
    why = obtain("auto", "people").why

    assert "no answer in time" in why
    assert time.monotonic() - begin < 1.5


def test_a_file_of_another_size_is_not_taken(https, manifest):
    manifest(https.address, size_bytes=7)

    assert "must have 7" in obtain("auto", "people").why


def test_a_full_disk_falls_back_to_our_own_weights(https, manifest, monkeypatch):
    manifest(https.address)
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr("eraser.weights.download.shutil.disk_usage", lambda path: usage)

    assert "make room" in obtain("auto", "people").why


def test_better_weights_that_were_damaged_are_fetched_anew(https, manifest):
    manifest(https.address)
    obtain("auto", "people").path.write_bytes(b"damaged")

    assert obtain("auto", "people").path.read_bytes() == BODY
    assert len(https.paths) == 2


def test_without_a_network_better_weights_that_were_damaged_are_not_used(https, manifest):
    manifest(https.address)
    obtain("auto", "people").path.write_bytes(b"damaged")

    file = obtain("auto", "people", offline=True)

    assert file.name == "people"
    assert "damaged or exchanged" in file.why
    with pytest.raises(WeightsMismatchError):
        obtain("yolo26s-seg", "people", offline=True)


def test_two_processes_that_start_at_once_fetch_once(https, manifest, tmp_path):
    manifest(https.address)
    https.stall_s = 0.5
    code = (
        "import sys, eraser.system.paths as paths; from pathlib import Path\n"
        "paths._CHECKOUT = Path(sys.argv[1])\n"
        "from eraser.weights import obtain; print(obtain('auto', 'people').name)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "checkout")]

    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    names = [process.communicate(timeout=60)[0].strip() for process in started]

    assert names == ["yolo26s-seg", "yolo26s-seg"]
    assert https.paths == ["/y.onnx"]
