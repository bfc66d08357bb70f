"""A publisher of weights on this machine, and a folder of weights of one's own. Nothing else is asked."""

import ssl
import sys
from pathlib import Path

import pytest
import trustme

sys.path.insert(0, str(Path(__file__).parent))  # fake_publisher

from fake_publisher import Server, serving


@pytest.fixture
def online(monkeypatch, tmp_path):
    """The network is allowed, without a proxy; weights and caches lie below ``tmp_path``."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("ERASER_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def server(online):
    """A publisher over http."""
    with serving(Server()) as server:
        yield server


@pytest.fixture
def https(online, monkeypatch, tmp_path):
    """A publisher over https, with a certificate that SSL_CERT_FILE vouches for."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    with serving(server):
        yield server
