"""The manifest: which weights there are, who made them, their licence, and the sha256 of their files.

A TOML file with one table for each name, see ``weights/README.md``. One comes with the project. The other lies in the
person's weights folder, and is written by ``eraser weights fetch --sha256`` and ``eraser weights import``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from eraser.errors import WeightsError
from eraser.system.files import whole_file
from eraser.system.paths import shipped_weights_dir, weights_dir

Kind = Literal["people", "fill", "faces", "prompts"]
"""What weights are for: finding people, filling the hole, knowing faces, or outlining what is clicked on."""

AUTO = "auto"
"""Instead of a name: the preferred weights if they are here or can be fetched, else those that come with erase-me."""
PREFERRED: Mapping[Kind, str] = {"people": "yolo26s-seg"}
OWN: Mapping[Kind, str] = {"people": "people", "fill": "fill"}
"""The weights that come with erase-me."""
FILE_NAME = "manifest.toml"
WEIGHTS_SUFFIXES = (".safetensors", ".onnx", ".tflite", ".pt", ".pth")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsEntry:
    """One name in the manifest.

    Raises:
        ValueError: A field does not look as it should.
    """

    name: str
    """Letters, digits, ``.``, ``_`` and ``-``; never ends like a file, so that it cannot be taken for a path."""
    kind: Kind
    """What the weights are for."""
    file: str
    """File name inside a weights folder, without a directory."""
    url: str | None = None
    """Where exactly this file can be fetched; None if it is shipped, imported, or offered only on a web page."""
    sha256: str | None = None
    """64 lower-case hex digits; None if the file is not pinned."""
    size_bytes: int | None = None
    """Of the file; None if it is not known."""
    onnx_sha256: str | None = None
    """Of the same weights in the form that ONNX Runtime runs, beside ``file``, where it is shipped."""
    pin: str = ""
    """Which public sources agree on the sha256, where the project did not compute it from the file."""
    licence: str
    """SPDX identifier of the weights' licence."""
    source: str
    """Who made them, and the page where they are published."""
    note: str = ""
    """What to know or to do, in one line."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name.lower().endswith(WEIGHTS_SUFFIXES):
            raise ValueError(
                f"{self.name!r} is no name for weights: letters, digits, '.', '_', '-', and no file suffix"
            )
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind is {self.kind!r}, must be one of {', '.join(get_args(Kind))}")
        if not _NAME.fullmatch(self.file) or not self.file.lower().endswith(WEIGHTS_SUFFIXES):
            raise ValueError(f"file is {self.file!r}, must be a bare file name ending in {', '.join(WEIGHTS_SUFFIXES)}")
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise ValueError(f"url is {self.url!r}, must begin with https://")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"sha256 is {self.sha256!r}, must be 64 lower-case hex digits")
        if self.size_bytes is not None and self.size_bytes < 1:
            raise ValueError(f"size_bytes is {self.size_bytes}, must be at least 1")


def parse_sha256(text: str) -> str:
    """A sha256 as people paste it (upper case, ``sha256:`` in front) as 64 lower-case hex digits.

    Raises:
        WeightsError: It is something else.
    """
    digits = text.strip().lower().removeprefix("sha256:")
    if not _SHA256.fullmatch(digits):
        raise WeightsError(f"{text!r} is no sha256: that has 64 hex digits, this has {len(digits)} characters")
    return digits


def read_manifest() -> dict[str, WeightsEntry]:
    """All weights that have a name, the shipped ones first.

    The person's own manifest adds names, and what it says of names that can be fetched overrules the project's: that is
    how ``eraser weights fetch NAME --sha256 HEX`` mends a pin that turned out wrong. Weights that come with erase-me
    stay pinned by the project.

    Raises:
        WeightsError: A manifest cannot be read or is malformed.
    """
    shipped = _read(shipped_weights_dir() / FILE_NAME)
    fixed = {name: entry for name, entry in shipped.items() if entry.sha256 and not entry.url}
    return shipped | _read_own() | fixed


def shipped_sha256(name: str) -> str | None:
    """What the project's own manifest pins a name to; None where it pins nothing.

    Raises:
        WeightsError: The manifest cannot be read or is malformed.
    """
    entry = _read(shipped_weights_dir() / FILE_NAME).get(name)
    return entry.sha256 if entry else None


def register(entry: WeightsEntry) -> None:
    """Write ``entry`` into the person's own manifest, in place of an own entry of that name.

    Raises:
        WeightsError: The name belongs to weights that come with erase-me or is of another kind, or writing failed.
    """
    check_name_is_free(entry.name, entry.kind, entry.sha256)
    _write(weights_dir() / FILE_NAME, _read_own() | {entry.name: entry})


def check_name_is_free(name: str, kind: Kind, sha256: str | None = None) -> None:
    """Whether weights of that kind and sha256 may be registered under ``name``.

    Raises:
        WeightsError: The name belongs to weights that come with erase-me, or is of another kind.
    """
    shipped = _read(shipped_weights_dir() / FILE_NAME).get(name)
    if shipped and (shipped.kind != kind or (not shipped.url and shipped.sha256 not in (None, sha256))):
        raise WeightsError(f"the name {name} belongs to weights that erase-me knows already: choose another name")


def _read_own() -> dict[str, WeightsEntry]:
    path = weights_dir() / FILE_NAME
    return _read(path) if path.is_file() else {}


def _read(path: Path) -> dict[str, WeightsEntry]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeightsError(f"the manifest {path} cannot be read: {error}") from error
    return {name: _entry(path, name, table) for name, table in tables.items()}


def _entry(path: Path, name: str, table: object) -> WeightsEntry:
    """One table of a manifest, checked. A misspelt ``sha256`` must not pass for a missing one."""
    if not isinstance(table, dict) or not all(_fits(key, value) for key, value in table.items()):
        raise WeightsError(f"the manifest {path}: [{name}] must be a table of strings, and of a whole size_bytes")
    known = {field.name for field in fields(WeightsEntry)} - {"name"}
    if unknown := sorted(table.keys() - known):
        raise WeightsError(f"the manifest {path}: [{name}] has the unknown field {unknown[0]}")
    if missing := sorted({"kind", "file", "licence", "source"} - table.keys()):
        raise WeightsError(f"the manifest {path}: [{name}] lacks {', '.join(missing)}")
    try:
        return WeightsEntry(name=name, **table)
    except ValueError as error:
        raise WeightsError(f"the manifest {path}: [{name}]: {error}") from error


def _fits(key: str, value: object) -> bool:
    return type(value) is int if key == "size_bytes" else isinstance(value, str)


def _write(path: Path, entries: dict[str, WeightsEntry]) -> None:
    """Replace a manifest in one step, so that a reader sees the old one or the new one."""
    lines = ["# Weights of your own, written by eraser; see `eraser weights list`."]
    for name, entry in entries.items():
        values = {key: value for key, value in asdict(entry).items() if value and key != "name"}
        lines += ["", f"[{_quote(name)}]", *(f"{key} = {_literal(value)}" for key, value in values.items())]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise WeightsError(f"cannot write the manifest {path}: {error.strerror or error}") from error


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else _quote(value)


def _quote(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL, which JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
