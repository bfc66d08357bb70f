"""Clients that hang up or do not read, and networks that take long or fail."""

import asyncio
import socket
import threading
import time

import httpx
import numpy as np
import pytest
from serving import encode, running

from eraser.serve.compute import Done, LocalCompute
from eraser.serve.settings import ServeConfig


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_client_that_reads_nothing_of_its_reply_is_cut_off(engine, monkeypatch):
    monkeypatch.setattr("eraser.serve.server.READ_S", 0.2)
    noise = encode(np.random.default_rng(1).integers(64, 192, (2500, 2500, 3), np.uint8))  # more than sockets hold
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        photo = httpx.post(f"{server.url}/api/v1/people", files={"file": noise}, timeout=60).json()["photo"]
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
            slow.sendall(f"GET /api/v1/photos/{photo}/picture HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            wait_for(lambda: server.server_state.connections)
            wait_for(
                lambda: not [each for each in server.server_state.connections if each.transport.get_write_buffer_size()]
            )
            time.sleep(0.1)
        assert httpx.get(f"{server.url}/api/v1/photos/{photo}/picture").content == noise


def test_a_client_that_hangs_up_while_its_mask_is_made_ends_that_work(engine, two, monkeypatch):
    begun, go_on, cancelled = threading.Event(), threading.Event(), []
    monkeypatch.setattr("eraser.serve.service.find_hole", lambda *a, **k: (begun.set(), go_on.wait(20)))
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        quick = server.service.quick
        run = quick.run

        async def watched(*args, **more):
            try:
                return await run(*args, **more)
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        monkeypatch.setattr(quick, "run", watched)
        photo = httpx.post(f"{server.url}/api/v1/people", files={"file": two}).json()["photo"]
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.url}/api/v1/photos/{photo}/mask?who=1", timeout=0.5)
        wait_for(lambda: cancelled)
        go_on.set()
        wait_for(lambda: quick.admitted == quick.running == 0)


def test_networks_that_cannot_be_loaded_are_said_by_health_whatever_the_reason(two):
    class Broken:
        def do(self, task, on_stage):
            raise KeyError("a plugin")

        def close(self):
            pass

    with running(Broken(), ServeConfig(port=0, timeout=0.01), warm_up=True) as server:
        wait_for(lambda: server.service.failure)
        reply = httpx.get(f"{server.url}/api/v1/health")

    assert (reply.status_code, reply.json()["status"]) == (503, "failed")
    assert "KeyError" in reply.json()["error"]


def test_loading_networks_has_no_time_limit(engine):
    class Slow(LocalCompute):
        def do(self, task, on_stage):
            time.sleep(0.1)
            return Done(weights={"people": "x"})

    with running(Slow(engine), ServeConfig(port=0, timeout=0.01), warm_up=True) as server:
        wait_for(lambda: server.service.weights)
        assert server.service.failure is None


def test_nothing_is_kept_for_a_client_that_hangs_up_at_the_end(engine, two, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def encode_slowly(*args, **more):
        begun.set()
        assert go_on.wait(20)
        return b"picture"

    monkeypatch.setattr("eraser.serve.service.encode", encode_slowly)
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        photo = httpx.post(f"{server.url}/api/v1/people", files={"file": two}).json()["photo"]
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server.url}/api/v1/erase", files={"photo": (None, photo)}, timeout=0.5)
        assert begun.wait(10)
        wait_for(lambda: server.service.queue.admitted == 0)
        go_on.set()
        wait_for(lambda: server.service.queue.running == 0)
        assert server.service.handles.count == 1
