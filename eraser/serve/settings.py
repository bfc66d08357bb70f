"""What ``eraser serve`` can be told."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from eraser.options import option

MIN_TOKEN = 12
"""Characters of a token, at least: a short one can be guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """How the page and the interface are served.

    Raises:
        ValueError: A number is below its limit, or an address other than this machine's own has no token.
    """

    host: str = option("127.0.0.1", "Address to listen at; any but this machine's own needs --token.", metavar="H")
    port: int = option(8765, "Port to listen at; 0 takes a free one.", metavar="N", at_least=0, at_most=65535)
    token: str | None = option(
        None,
        "Who asks must send this secret.",
        "At least 12 characters. Programs send `Authorization: Bearer TOKEN`; the page asks for it once.",
        metavar="T",
        envvar="ERASER_TOKEN",
        default_text="none",
    )
    allow_host: tuple[str, ...] = option(
        (),
        "A name under which others reach this machine. Can be repeated.",
        "Requests for any other name are refused, which keeps foreign pages out (DNS rebinding).",
        metavar="NAME",
    )
    workers: int = option(
        1, "Processes that compute; 1 computes in the server itself.", metavar="N", at_least=1, at_most=64
    )
    browser: bool = option(True, "Open the page in the browser.")
    max_megapixels: float = option(100, "Larger photos are refused.", metavar="N", at_least=0.01, at_most=500)
    max_megabytes: float = option(100, "Larger files are refused.", metavar="N", at_least=0.01, at_most=4000)
    max_batch_megabytes: float = option(
        500, "More bytes at once are refused: of a batch, and of all uploads together.", metavar="N", at_least=0.01
    )
    keep_megabytes: float = option(
        1000, "Memory for photos between two requests; the oldest go first.", metavar="N", at_least=1
    )
    queue: int = option(32, "Requests that wait or run; more are told to come back.", metavar="N", at_least=1)
    timeout: float = option(300.0, "Give up on a request after that long.", metavar="SECONDS")

    def __post_init__(self) -> None:
        if self.token is not None and (len(self.token) < MIN_TOKEN or not _is_plain(self.token)):
            raise ValueError(f"a token needs at least {MIN_TOKEN} characters, all of them visible ASCII")
        if self.token is None and not self.is_local:
            raise ValueError(f"listening at {self.host} lets others in: give --token, at least {MIN_TOKEN} characters")
        if not 0 < self.timeout < float("inf"):
            raise ValueError(f"timeout must be a number of seconds above 0, got {self.timeout}")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
