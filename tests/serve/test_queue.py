"""Load: what is too much is told to come back, and work that nobody waits for ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serving import draw, encode, running

from eraser.config import EraseRequest, ModelConfig
from eraser.photo import load
from eraser.serve.compute import Done, LocalCompute, ProcessCompute, Task
from eraser.serve.settings import ServeConfig


class Slow:
    """Works in stages until it is let go, and remembers how it ended."""

    def __init__(self, compute):
        self.compute, self.go_on, self.begun = compute, threading.Event(), threading.Event()
        self.ended = []

    def do(self, task, on_stage):
        try:
            while not self.go_on.wait(0.02):
                self.begun.set()
                on_stage("fill")
            done = self.compute.do(task, on_stage)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        self.ended.append("done")
        return done

    def close(self):
        self.go_on.set()


def post(url, data, timeout=20):
    return httpx.post(f"{url}/api/v1/erase", files={"file": ("a.png", data)}, timeout=timeout)


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_beyond_the_queue_it_is_429_with_a_time_to_come_back(engine, two):
    slow = Slow(LocalCompute(engine))
    with running(slow, ServeConfig(port=0, queue=2)) as server, ThreadPoolExecutor(2) as clients:
        waiting = [clients.submit(post, server.url, two) for _ in range(2)]
        wait_for(lambda: server.service.queue.admitted == 2)

        refused = post(server.url, two)
        slow.go_on.set()

        assert (refused.status_code, refused.json()["code"]) == (429, "queue_full")
        assert int(refused.headers["retry-after"]) > 0
        assert [each.result().status_code for each in waiting] == [200, 200]
        assert server.service.queue.admitted == 0
        assert server.service.budget.used_bytes == 0


def test_a_client_that_hangs_up_ends_its_work(engine, two):
    slow = Slow(LocalCompute(engine))
    with running(slow, ServeConfig(port=0)) as server:
        with pytest.raises(httpx.ReadTimeout):
            post(server.url, two, timeout=0.5)

        wait_for(lambda: slow.ended)
        assert slow.ended == ["AbandonedError"]
        assert server.service.queue.running == 0


def test_what_takes_too_long_is_504(engine, two):
    slow = Slow(LocalCompute(engine))
    with running(slow, ServeConfig(port=0, timeout=0.2)) as server:
        assert post(server.url, two).json()["code"] == "timeout"
        wait_for(lambda: slow.ended)


def test_the_end_of_the_server_waits_for_what_is_in_hand(engine, two):
    slow = Slow(LocalCompute(engine))
    with ThreadPoolExecutor(1) as clients:
        with running(slow, ServeConfig(port=0)) as server:
            waiting = clients.submit(post, server.url, two)
            assert slow.begun.wait(10)
            threading.Timer(0.3, slow.go_on.set).start()
        assert waiting.result().status_code == 200


def test_streams_of_events_end_with_the_server(engine, two):
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        photo = httpx.post(f"{server.url}/api/v1/people", files={"file": two}).json()["photo"]
        client = httpx.Client()
        stream = client.stream("GET", f"{server.url}/api/v1/photos/{photo}/events")
        lines = stream.__enter__().iter_lines()
        assert next(lines) == "event: progress"
    assert "event: done" not in list(lines)
    stream.__exit__(None, None, None)
    client.close()


def test_a_body_or_a_head_that_comes_too_slowly_is_given_up(engine, monkeypatch):
    monkeypatch.setattr("eraser.serve.limits.PAUSE_S", 0.2)
    monkeypatch.setattr("eraser.serve.server.IDLE_S", 0.2)
    begin = b"POST /api/v1/erase HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\n"
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        at = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        for sent, answer in ((begin + b"Content-Length: 100\r\n\r\n--X", b"HTTP/1.1 408"), (begin, b""), (b"", b"")):
            with socket.create_connection(at, timeout=10) as slow:
                slow.sendall(sent)
                assert slow.recv(12) == answer


def test_a_photo_that_asks_for_more_memory_than_all_uploads_may_take_is_429(engine, two):
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        server.service.budget.take(server.service.budget._max_bytes - 100)

        assert post(server.url, two).status_code == 429


def test_processes_compute_the_same_and_can_be_ended(plugins, engine, two):
    model = ModelConfig(masker="reds", inpainter="telea", device="cpu")
    compute = ProcessCompute(model, (plugins,), 2)
    photo, stages = load(two), []
    try:
        found = compute.do(Task(photo=photo), lambda stage: None)
        done = compute.do(Task(photo=photo, request=EraseRequest(who="1"), people=found.people), stages.append)

        expected = engine.erase(photo, EraseRequest(who="1"))
        assert (done.result.image == expected.image).all()
        assert [person.box for person in found.people] == [person.box for person in engine.find(photo)]
        assert stages[:2] == ["mask", "fill"]

        def refuse(stage):
            raise KeyError(stage)

        with pytest.raises(KeyError, match="detect"):
            compute.do(Task(photo=photo), refuse)
        assert isinstance(compute.do(Task(photo=photo), lambda stage: None), Done)
    finally:
        compute.close()


def test_a_process_that_dies_fails_its_task_and_is_replaced(plugins, two):
    from eraser.errors import EraserError

    compute = ProcessCompute(ModelConfig(masker="reds", inpainter="telea", device="cpu"), (plugins,), 1)
    photo = load(two)

    def kill(stage):
        import psutil

        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()
                child.wait(10)

    try:
        with pytest.raises(EraserError, match="died"):
            compute.do(Task(photo=photo), kill)
        assert len(compute.do(Task(photo=photo), lambda stage: None).people) == 2
    finally:
        compute.close()


def test_the_command_serves_says_where_and_ends_with_0_at_sigterm(plugins):
    command = [sys.executable, "-c", "from eraser.toolbox import main; main()", "serve", "--no-browser", "--port", "0"]
    command += ["--plugins-dir", str(plugins), "--masker", "reds", "--inpainter", "telea", "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "ERASER_OFFLINE": "1"})
    try:
        url = process.stderr.readline().split()[0]
        photo = encode(draw((10, 10, 40, 70)))
        reply = httpx.post(f"{url}api/v1/erase", files={"file": ("a.png", photo)}, timeout=60)
        assert reply.headers["x-eraser-gone"] == "1"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_the_other_commands_do_not_wait_for_the_server():
    loaded = "[m for m in sys.modules if m.startswith(('fastapi', 'starlette', 'uvicorn'))]"
    code = f"import sys, eraser.toolbox; print({loaded})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow
def test_memory_stays_flat_over_a_thousand_requests(server, client, two):
    import psutil

    def send(count):
        for _ in range(count):
            photo = client.post("/api/v1/people", files={"file": ("a.png", two)}).json()["photo"]
            after = client.post("/api/v1/erase", files={"photo": (None, photo)}).headers["x-eraser-photo"]
            assert client.delete(f"/api/v1/photos/{after}").status_code == 204
            client.delete(f"/api/v1/photos/{photo}")
        return psutil.Process().memory_info().rss

    before = send(50)
    after = send(250)  # of four requests each

    assert after - before < 15_000_000
    assert server.service.budget.used_bytes == server.service.queue.admitted == 0
