"""HTTP into a partial file, which can break off anywhere and go on later."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError

if TYPE_CHECKING:
    import httpx

ProgressCallback: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes there are and the bytes there will be, None when the server does not say."""

_CONNECT_S, _READ_S = 5.0, 20.0
"""For name and connection together; without a byte."""
_ATTEMPTS = 5


class Partial:
    """``FILE.part`` and, beside it, ``FILE.part.json``: which version of which address it is a piece of."""

    def __init__(self, target: Path, url: str) -> None:
        self.target, self.url = target, url
        self.path = target.with_name(f"{target.name}.part")
        self._origin = target.with_name(f"{target.name}.part.json")

    @property
    def size_bytes(self) -> int:
        """Bytes there are so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def validator(self) -> str:
        """ETag or date of the version that the piece was cut from, empty when it cannot be gone on with."""
        try:
            origin = json.loads(self._origin.read_text("utf-8"))
            return str(origin["validator"]) if origin["url"] == self.url else ""
        except (OSError, ValueError, TypeError, KeyError):
            return ""

    def begin(self, headers: httpx.Headers) -> None:
        """Note which version comes now. A weak ETag does not promise the same bytes (RFC 9110, 13.1.5)."""
        etag = headers.get("etag", "")
        validator = etag if etag and not etag.startswith("W/") else headers.get("last-modified", "")
        self._origin.write_text(json.dumps({"url": self.url, "validator": validator}), "utf-8")

    def is_html(self) -> bool:
        """Whether it is a web page rather than weights."""
        with self.path.open("rb") as file:
            return file.read(512).lstrip().lower().startswith((b"<!doctype", b"<html"))

    def discard(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)
        self._origin.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give it its final name, in one step.

        Raises:
            WeightsError: It cannot be renamed.
        """
        with _readable_write_errors(self.target):
            self.path.replace(self.target)
            self._origin.unlink(missing_ok=True)


def download(
    url: str, target: Path, progress: ProgressCallback | None = None, *, size_bytes: int | None = None
) -> Partial:
    """All of ``url`` in a partial file beside ``target``; what an earlier call left there is not fetched again.

    Args:
        url: Where it lies.
        target: Where it will go.
        progress: Told how far it is.
        size_bytes: What the file must have; a server that announces another size is not listened to further.

    Raises:
        WeightsNotFoundError: The address answers 404 or 410.
        WeightsError: No network, an unusable proxy, another answer, disk full. What came is kept.
    """
    import httpx

    partial = Partial(target, url)
    with _readable_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with _client(url) as client:
        for attempt in range(1, _ATTEMPTS + 1):
            before = partial.size_bytes
            try:
                _receive(client, partial, progress, size_bytes)
                break
            except httpx.HTTPError as error:
                # A line that drops now and then is worth another try, one that brings nothing is not.
                if attempt == _ATTEMPTS or partial.size_bytes <= before:
                    raise WeightsError(_connection_message(partial, error)) from error
    return partial


def _client(url: str) -> httpx.Client:
    """A client that uses the proxies and certificates of the environment, follows redirects and gives up in time."""
    import httpx

    timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)

    def check(request: httpx.Request) -> None:
        """Before each request, redirects too: https stays https, and the name is found in time."""
        if url.startswith("https:") and request.url.scheme != "https":
            raise WeightsError(f"{url} leads to {request.url}, which is not encrypted: nothing is fetched from there")
        _resolve(request)

    try:
        return httpx.Client(
            timeout=timeout,
            follow_redirects=True,
            headers={"accept-encoding": "identity", "user-agent": "erase-me"},
            event_hooks={"request": [check]},
        )
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        raise WeightsError(f"the proxy named by HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is unusable: {error}") from error


def _resolve(request: httpx.Request) -> None:
    """Look up the host that is connected to, in at most the time for a connection.

    The system's own lookup has no time limit, and a resolver that does not answer holds it for up to half a minute.

    Raises:
        httpx.ConnectError: The name is not found.
        httpx.ConnectTimeout: The resolver does not answer.
    """
    import httpx

    host = _connects_to(request.url)
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            failed.append(error)

    begin = time.monotonic()
    thread = threading.Thread(target=look_up, daemon=True, name="look up")
    thread.start()
    thread.join(_CONNECT_S)
    if thread.is_alive():
        raise httpx.ConnectTimeout(f"nobody says where {host} is", request=request)
    if failed:
        raise httpx.ConnectError(f"{host} is not found ({failed[0].strerror})", request=request)
    # The rest of the time is for the connection.
    timeout = request.extensions.get("timeout", {})
    timeout["connect"] = max(0.1, _CONNECT_S - (time.monotonic() - begin))


def _connects_to(url: httpx.URL) -> str:
    """The host of the proxy that serves an address, else its own."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy and not urllib.request.proxy_bypass(url.host):
        return urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname or url.host
    return url.host


def _receive(client: httpx.Client, partial: Partial, progress: ProgressCallback | None, size_bytes: int | None) -> None:
    """One request: the rest of the file if the server still has that very version, else all of it."""
    validator = partial.validator()
    have = partial.size_bytes if validator else 0
    headers = {"range": f"bytes={have}-", "if-range": validator} if have else {}
    with client.stream("GET", partial.url, headers=headers) as response:
        content_range = response.headers.get("content-range", "")
        if response.status_code == 416 and have and content_range == f"bytes */{have}":
            return  # it was complete already, only not yet checked and renamed
        resumed = response.status_code == 206 and have > 0 and content_range.startswith(f"bytes {have}-")
        if response.status_code in (206, 416) and not resumed:
            partial.discard()
            raise WeightsError(f"{partial.url} could not be resumed, what there was is removed: run it once more")
        if not resumed and response.status_code != 200:
            raise _status_error(partial.url, response)
        with _readable_write_errors(partial.target):
            _write(response, partial, have if resumed else 0, progress, size_bytes)


def _write(
    response: httpx.Response,
    partial: Partial,
    have: int,
    progress: ProgressCallback | None,
    size_bytes: int | None,
) -> None:
    """The body, after the first ``have`` bytes of the partial file."""
    length = int(response.headers.get("content-length", 0)) or None
    total = have + length if length else None
    if total and size_bytes and total != size_bytes:
        raise WeightsMismatchError(
            f"{partial.url} has {total} bytes, {partial.target.name} must have {size_bytes}: it is another file"
        )
    free = shutil.disk_usage(partial.path.parent).free
    if length and free < length:
        raise WeightsError(
            f"{partial.path.parent} has {free / 1e6:.0f} MB left, {partial.target.name} needs {length / 1e6:.0f} MB; "
            f"make room, or name another folder in ERASER_WEIGHTS"
        )
    with partial.path.open("ab" if have else "wb") as file:
        if not have:
            partial.begin(response.headers)
        if progress:
            progress(have, total)
        for chunk in response.iter_raw():  # as they come: a larger buffer would be lost with the line
            file.write(chunk)
            have += len(chunk)
            if progress:
                progress(have, total)


def _status_error(url: str, response: httpx.Response) -> WeightsError:
    status = f"{response.status_code} {response.reason_phrase}".strip()
    if response.status_code in (404, 410):
        return WeightsNotFoundError(f"there is no {url} any more ({status}): look at the page that publishes it")
    return WeightsError(f"{url} cannot be fetched, the server answers {status}; try later")


def _connection_message(partial: Partial, error: Exception) -> str:
    import httpx

    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        reason = "no answer in time"
    resumable = partial.size_bytes and partial.validator()
    kept = f"; {partial.size_bytes / 1e6:.1f} MB are kept, the same command goes on from there" if resumable else ""
    return f"cannot fetch {partial.url}: {reason}; check the connection, or set HTTPS_PROXY if one is needed{kept}"


@contextlib.contextmanager
def _readable_write_errors(target: Path) -> Iterator[None]:
    """Turn what the file system says into one line."""
    try:
        yield
    except OSError as error:
        raise WeightsError(f"cannot write {target}: {error.strerror or error}") from error
