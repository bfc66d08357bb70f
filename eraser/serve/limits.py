"""A request's body becomes a form in memory: bounded while it is read, in bytes and in time, and never on a disk."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from io import BytesIO

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from eraser.photo import size_of
from eraser.serve.errors import ClientGoneError, ServeError, bad_option, too_large

BODY_S, PAUSE_S = 120.0, 15.0
"""Time for a whole body, and between two pieces of it."""
_OVERHEAD_BYTES = 1_000_000
"""Of a form around its files: boundaries, headers, options."""
_MAX_FIELDS, _MAX_FIELD_BYTES = 200, 10_000
_MAX_NAME_BYTES = 200
"""File systems take 255; the result of a photo has a longer name."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """A form in memory."""

    files: list[tuple[str, Upload]] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)

    def file(self, name: str) -> Upload | None:
        """The only file of that name; None without.

        Raises:
            ServeError: There are several.
        """
        named = self.all_files(name)
        if len(named) > 1:
            raise bad_option(f"one {name} at a time, {len(named)} were sent", "send several to /api/v1/batch")
        return named[0] if named else None

    def all_files(self, name: str) -> list[Upload]:
        """Every file of that name."""
        return [upload for field_name, upload in self.files if field_name == name]


class Budget:
    """Bytes that all uploads together may take."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self.used_bytes = max_bytes, 0

    def take(self, count: int) -> None:
        """Reserve bytes.

        Raises:
            ServeError: Other uploads have taken too many: 429.
        """
        if self.used_bytes + count > self._max_bytes:
            hint = "try again when other uploads are done"
            raise ServeError(429, "queue_full", "too many bytes wait", hint, {"Retry-After": "5"})
        self.used_bytes += count

    def give_back(self, count: int) -> None:
        """End a reservation."""
        self.used_bytes -= count


class _InMemoryParser(MultiPartParser):
    """Never spools: the stream is bounded already."""

    spool_max_size = sys.maxsize
    is_whole = False
    """Whether the form's end was there: the parser itself takes one that is cut short."""

    def on_end(self) -> None:
        """The end of the form."""
        self.is_whole = True

    async def parse(self) -> FormData:
        """The form.

        Raises:
            MultiPartException: It is damaged or cut short.
        """
        form = await super().parse()
        if not self.is_whole:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("its end is missing")
        return form


@dataclass(slots=True)
class BodyReader:
    """Reads one body; ``taken_bytes`` of the budget stay reserved until they are given back."""

    max_bytes: int
    max_files: int
    budget: Budget
    taken_bytes: int = 0

    async def read_form(self, request: Request) -> Form:
        """The form of a request.

        Raises:
            ServeError: It is too large (413), too slow (408), no multipart form (415), or damaged (400).
            ClientGoneError: The client hung up.
        """
        kind = request.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() != "multipart/form-data":
            raise ServeError(415, "not_a_form", "the body must be a multipart form", "curl -F file=@photo.jpg")
        self._check_length(request.headers.get("content-length"))
        parser = _InMemoryParser(
            request.headers,
            self._pieces(request),
            max_files=self.max_files,
            max_fields=_MAX_FIELDS,
            max_part_size=_MAX_FIELD_BYTES,
        )
        try:
            async with asyncio.timeout(BODY_S):
                parsed = await parser.parse()
        except TimeoutError as error:
            raise ServeError(408, "too_slow", "the body came too slowly", "send it again") from error
        except ClientDisconnect as error:
            raise ClientGoneError from error
        except MultiPartException as error:
            raise ServeError(400, "bad_form", f"the form is damaged: {error.message}", "send it again") from error
        form = Form()
        for name, value in parsed.multi_items():
            if isinstance(value, UploadFile):
                form.files.append((name, Upload(safe_name(value.filename), value.file.read())))
                value.file.close()
            else:
                form.fields.append((name, value))
        return form

    def release(self) -> None:
        """Give the reserved bytes back."""
        self.budget.give_back(self.taken_bytes)
        self.taken_bytes = 0

    def _check_length(self, length: str | None) -> None:
        if length is not None and int(length) > self.max_bytes + _OVERHEAD_BYTES:
            raise self._refusal()

    def _refusal(self) -> ServeError:
        return too_large(f"at most {self.max_bytes / 1e6:g} MB are taken", "send less, or start with higher limits")

    async def _pieces(self, request: Request) -> AsyncGenerator[bytes, None]:
        stream = request.stream()
        while True:
            async with asyncio.timeout(PAUSE_S):
                piece = await anext(stream, None)
            if piece is None:
                return
            if self.taken_bytes + len(piece) > self.max_bytes + _OVERHEAD_BYTES:
                raise self._refusal()
            self.budget.take(len(piece))
            self.taken_bytes += len(piece)
            yield piece


def check_pixels(data: bytes, max_megapixels: float) -> None:
    """Look at the head of a file before anything is decoded.

    Raises:
        PhotoReadError: It is no photo.
        ServeError: It has too many pixels: 413.
    """
    width, height = size_of(BytesIO(data))
    if width * height > max_megapixels * 1e6:
        raise too_large(
            f"{width} x {height} are {width * height / 1e6:.1f} megapixels, at most {max_megapixels:g} are taken",
            "send a smaller photo, or start with --max-megapixels",
        )


def safe_name(name: str | None) -> str:
    """A file's name as something to show and to send back: no folders, no control characters, no end of a header."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*%;').strip(". ")
    if len(kept.encode()) > _MAX_NAME_BYTES:
        stem, dot, suffix = kept.rpartition(".")
        kept = f"{_cut(stem, _MAX_NAME_BYTES - 40)}{dot}{suffix[:8]}" if dot else _cut(kept, _MAX_NAME_BYTES)
    return kept or "photo"


def _cut(text: str, size: int) -> str:
    """The beginning of a text, at most so many bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")
