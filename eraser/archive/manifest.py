"""All outcomes of a finished run as a Parquet file. Rows are written as they come, so memory stays small."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from eraser.batch.outcome import Outcome
from eraser.batch.shard import Shard
from eraser.errors import StorageError
from eraser.storage import join, open_store

log = logging.getLogger(__name__)

_ROWS = 1000
_TEXTS = (
    "input",
    "status",
    "output",
    "mask",
    "input_sha256",
    "output_sha256",
    "settings_sha256",
    "error",
    "node",
    "actor",
)
_NUMBERS = ("people", "gone", "leftover_people", "exit_code")


class Manifest:
    """The rows of a run. The file appears only when ``finish`` is called."""

    def __init__(self, output: str, settings_sha256: str, shard: Shard | None = None) -> None:
        share = "" if shard is None else f"-{shard.number}-of-{shard.count}"
        self.address = join(output, f"erase-me-manifest{share}.parquet")
        self._settings_sha256 = settings_sha256
        self._rows: list[dict[str, Any]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="erase-me-")
        self._writer: Any = None
        self._is_possible = _has_pyarrow()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            if self._writer is not None:
                self._writer.close()
        self._folder.cleanup()

    def add(self, outcome: Outcome) -> None:
        """Keep a row."""
        if self._is_possible:
            self._rows.append(_row(outcome, self._settings_sha256))
            if len(self._rows) >= _ROWS:
                self._flush()

    def finish(self) -> str | None:
        """Write the file to the folder of results; its address, or None without pyarrow.

        Raises:
            StorageError: The store does not take it.
        """
        if not self._is_possible:
            return None
        self._flush()
        self._writer.close()
        self._writer = None
        data = self._path.read_bytes()
        try:
            open_store(self.address).write(self.address, data, content_type="application/vnd.apache.parquet")
        except OSError as error:
            raise StorageError(f"{self.address}: the manifest could not be written ({error})") from error
        return self.address

    @property
    def _path(self) -> Path:
        return Path(self._folder.name, "manifest.parquet")

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = [(name, pa.string()) for name in _TEXTS] + [(name, pa.int32()) for name in _NUMBERS]
        schema = pa.schema([*columns, ("seconds", pa.float64())])
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, schema, compression="zstd")
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema))
        self._rows.clear()


def _row(outcome: Outcome, settings_sha256: str) -> dict[str, Any]:
    stored, error = outcome.stored, outcome.error
    return {
        "input": _utf8(outcome.photo_name),
        "status": (stored and stored.earlier) or outcome.status,
        "output": _utf8(outcome.output_name),
        "mask": _utf8(outcome.mask_name),
        "input_sha256": stored and stored.photo_sha256,
        "output_sha256": stored and stored.output_sha256,
        "settings_sha256": (stored and stored.settings_sha256) or settings_sha256,
        "error": None if error is None else _utf8(str(error)),
        "node": outcome.node,
        "actor": outcome.actor,
        "people": None if outcome.people is None else len(outcome.people),
        "gone": sum(person.chosen for person in outcome.people or ()),
        "leftover_people": outcome.leftover_people,
        "exit_code": 0 if error is None else error.exit_code,
        "seconds": sum(outcome.seconds.values()),
    }


def _utf8(text: str | None) -> str | None:
    """Parquet holds UTF-8 only: bytes of a file name that are no UTF-8 are escaped."""
    return None if text is None else text.encode(errors="backslashreplace").decode()


def _has_pyarrow() -> bool:
    import importlib.util

    return importlib.util.find_spec("pyarrow") is not None
