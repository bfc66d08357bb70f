"""uvicorn around the app: SIGTERM finishes what is in hand, and who sends no request is not waited for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import webbrowser
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from eraser.errors import EraserError, Terminated
from eraser.serve.service import Service
from eraser.serve.settings import ServeConfig

IDLE_S = 20.0
"""A connection on which no request is complete is closed after that long."""
READ_S = 30.0
"""A client that reads nothing of its reply for so long, or up to twice as long, is cut off."""
_MAX_CONNECTIONS = 200
_END_S = 60
"""Time for what is in hand when the server is asked to end."""


class PatientlessProtocol(H11Protocol):
    """HTTP, with limits on the time that the head of a request may take, and that a client may read nothing."""

    _timer: asyncio.TimerHandle | None = None
    _reader_timer: asyncio.TimerHandle | None = None
    _unread_bytes = 0
    """Of replies, when last looked at: sent by the app, not read by the client."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > _MAX_CONNECTIONS:
            transport.close()
        self._wait()
        self._reader_timer = self.loop.call_later(READ_S, self._look_at_reader)

    def data_received(self, data: bytes) -> None:
        """Wait on, or no longer once a request has come."""
        super().data_received(data)
        if self._is_busy():
            self._stop_waiting()
        elif self._timer is None:
            self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._stop_waiting()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        if self._reader_timer is not None:
            self._reader_timer.cancel()
        super().connection_lost(exc)

    def _look_at_reader(self) -> None:
        """Cut the connection of a client that has read nothing since the last look: its reply takes memory."""
        unread, before = self.transport.get_write_buffer_size(), self._unread_bytes
        if unread and unread == before:
            self.transport.abort()
            return
        self._unread_bytes = unread
        self._reader_timer = self.loop.call_later(READ_S, self._look_at_reader)

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._timer = self.loop.call_later(IDLE_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self._is_busy() and not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """uvicorn's server, which tells the app when it is to end."""

    def __init__(self, config: uvicorn.Config, service: Service, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._on_ready = service, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End: streams of events first, since they would not end by themselves."""
        self._service.stopping = True
        super().handle_exit(sig, frame)


def listen(config: ServeConfig) -> socket.socket:
    """A socket at the address of the config.

    Raises:
        EraserError: It is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise EraserError(
            f"{config.host}:{config.port}: cannot be listened at ({error.strerror}): choose another --port"
        ) from error
    return listener


def make_server(app: FastAPI, on_ready: Callable[[], None]) -> Server:
    """A server for the app; ``on_ready`` is called once it listens."""
    settings = uvicorn.Config(
        app,
        http=PatientlessProtocol,
        ws="none",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_END_S,
    )
    return Server(settings, app.state.service, on_ready)


def serve(app: FastAPI, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, which is no error."""
    with contextlib.suppress(KeyboardInterrupt, Terminated):
        make_server(app, on_ready).run([listener])


def address(config: ServeConfig, port: int) -> str:
    """The page's address for a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.host, config.host)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}/"


def open_browser(url: str, invitation: str | None) -> None:
    """Open the page.

    Other users of the machine see the commands that are run, with the address. So not the token is in it but an
    invitation, which counts once. It stands behind the #, which browsers do not send.
    """
    webbrowser.open(url if invitation is None else f"{url}#invitation={invitation}")
