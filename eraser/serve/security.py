"""Who may ask, and what every reply says to browsers. It stands in front of all routes.

A page of another site must not reach the server through the browser of the person who runs it: by a name of its own
that it lets point here (DNS rebinding), or by forms and pictures (cross-site requests).
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
import socket
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eraser.serve.errors import ServeError, as_serve_error
from eraser.serve.metrics import Metrics
from eraser.serve.settings import ServeConfig

log = logging.getLogger(__name__)

PUBLIC = ("/", "/favicon.ico", "/api/v1/login")
"""These ask for no token, nor do static files: they hold nothing of anybody."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_DRAIN_S = 2.0
"""How long the rest of a refused body is read and dropped, so that the client gets to read why."""


class Guard:
    """Refuses what must not come in, and adds the headers."""

    def __init__(self, app: ASGIApp, config: ServeConfig, metrics: Metrics) -> None:
        self._app, self._config, self._metrics = app, config, metrics
        self._names = _known_names(config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            self._check(scope)
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.status:
                raise
            await as_serve_error(error).reply()(scope, exchange.receive, exchange.send)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.add("eraser_requests_total", route=route, status=str(exchange.status))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            raise ServeError(421, "foreign_host", "this server has another name", "start it with --allow-host NAME")
        self._check_origin(scope, headers, hosts[0])
        path = str(scope["path"])
        if path not in PUBLIC and not path.startswith("/static/") and not is_allowed(headers, self._config.token):
            raise ServeError(
                401, "no_token", "a token is needed", "Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
            )

    def _check_origin(self, scope: Scope, headers: Headers, host: str) -> None:
        foreign = ServeError(403, "foreign_origin", "pages of other sites may not ask", "open the page itself")
        for origin in headers.getlist("origin"):
            if _place(origin) != host.lower():
                raise foreign
        site = headers.get("sec-fetch-site", "none")
        follows_link = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site in ("cross-site", "same-site") and not (follows_link and scope["path"] in ("/", "/docs")):
            raise foreign

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        if name in self._names:
            return True
        if self._config.is_local:
            return False
        try:  # an address is no name that somebody could let point here
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


class _Exchange:
    """A request and its reply: knows how much of the body is read, and adds headers."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._is_read = scope["method"] in ("GET", "HEAD")
        self.status = 0
        """Of the reply; 0 before it begins."""

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._is_read = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
            if not self._is_read:
                if message["status"] != 408 and "expect" not in Headers(scope=self._scope):
                    await self._drain()
                if not self._is_read:
                    headers["connection"] = "close"
        await self._send(message)

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_S):
                while not self._is_read:
                    await self.receive()
        except TimeoutError:
            log.debug("the rest of a body is not waited for")


def cookie_of(token: str) -> str:
    """What the browser keeps instead of the token."""
    return hmac.new(token.encode(), b"eraser serve cookie", sha256).hexdigest()


def cookie_name(port: int) -> str:
    """Cookies do not know ports: two servers of one machine need two names."""
    return f"eraser_{port}"


def is_token(given: str, token: str) -> bool:
    """Whether a token is the one, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


class Invitation:
    """A secret that opens the page once, for the browser on this machine."""

    def __init__(self) -> None:
        self._secret: str | None = None

    def make(self) -> str:
        """A new invitation; an older one counts no more."""
        self._secret = secrets.token_urlsafe(24)
        return self._secret

    def accept(self, given: str) -> bool:
        """Whether it is the invitation, which counts no more then."""
        if self._secret is None or not is_token(given, self._secret):
            return False
        self._secret = None
        return True


def is_allowed(headers: Headers, token: str | None) -> bool:
    """Whether a request has the token, in a header or as a cookie."""
    if token is None:
        return True
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(given.strip(), token):
        return True
    if is_token(headers.get("x-eraser-token", ""), token):
        return True
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return False
    return any(
        is_token(cookie.value, cookie_of(token)) for name, cookie in cookies.items() if name.startswith("eraser_")
    )


def _known_names(config: ServeConfig) -> frozenset[str]:
    names = {"localhost", "127.0.0.1", "::1", config.host.lower(), *(name.lower() for name in config.allow_host)}
    if not config.is_local:
        names.add(socket.gethostname().lower())
    return frozenset(names)


def _place(origin: str) -> str:
    """The host and the port in an Origin header; empty if it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _host_name(host: str) -> str:
    """The name in a Host header, without the port; empty if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for what is no number
    except ValueError:
        return ""
    return "" if parts.username is not None or parts.path else (parts.hostname or "")
