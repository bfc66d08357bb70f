"""Objects by fsspec: s3://, gs:// and az://, with endpoint and credentials from the usual environment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from eraser.errors import StorageError
from eraser.storage.base import StoredFile
from eraser.storage.retries import patiently

_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_PAGE = 1000
_REFUSED = ("PreconditionFailed", "412")
_MISSING = ("NoSuchKey", "404")
_UNKNOWN = ("NotImplemented", "501")
"""The server's codes for: the condition of a write does not hold; there is no such object; there is no such feature."""


def open_objects(protocol: str) -> ObjectStore:
    """The store of a protocol.

    Raises:
        StorageError: There is no such protocol, or its package is missing.
    """
    try:
        import fsspec

        system = fsspec.filesystem(protocol, use_listings_cache=False, skip_instance_cache=False)
    except ImportError as error:
        extra = "'erase-me[s3]'" if protocol in ("s3", "s3a") else f"fsspec {_PACKAGES.get(protocol, '')}".strip()
        raise StorageError(f"{protocol}:// needs an extra package: pip install {extra}") from error
    except ValueError as error:
        raise StorageError(f"{protocol}:// is no store that is known here: s3://, gs:// and az:// are") from error
    return (S3Store if protocol in ("s3", "s3a") else ObjectStore)(protocol, system)


class ObjectStore:
    """Any store that fsspec knows. It has conditional writes if its file system has ``mode="create"``."""

    keeps_metadata = False

    def __init__(self, protocol: str, system: Any) -> None:  # noqa: ANN401  fsspec has no types
        self._protocol, self._system = protocol, system

    def files(self, folder: str) -> Iterator[StoredFile]:
        """As ``Store.files``; a page is a folder."""
        place = self._place(folder)
        with _explained(folder):
            found = patiently(lambda: self._system.info(place), folder)
            if found["type"] == "file":
                yield self._stored(place, found)
                return
            waiting = [place]
            while waiting:
                here = waiting.pop()
                inside = patiently(partial(self._system.ls, here, detail=True), folder)
                for entry in sorted(inside, key=lambda entry: entry["name"]):
                    if entry["type"] == "directory":
                        waiting.append(entry["name"])
                    else:
                        yield self._stored(entry["name"], entry)

    def find(self, address: str) -> StoredFile | None:
        """As ``Store.find``."""
        with _explained(address):
            try:
                found = patiently(lambda: self._system.info(self._place(address)), address)
            except FileNotFoundError:
                return None
            return self._stored(self._place(address), found)

    def read(self, address: str) -> bytes:
        """As ``Store.read``."""
        with _explained(address):
            data: bytes = patiently(lambda: self._system.cat_file(self._place(address)), address)
            return data

    def write(
        self,
        address: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        if_version: str | None = None,
    ) -> None:
        """As ``Store.write``. ``if_version`` is checked before the write, so another process may write in between."""
        if if_version is not None and ((found := self.find(address)) is None or found.version != if_version):
            raise FileExistsError(f"{address} has changed")
        mode = "create" if if_absent else "overwrite"
        with _explained(address, writes=True):
            patiently(lambda: self._system.pipe_file(self._place(address), data, mode=mode), address)

    def remove(self, address: str) -> None:
        """As ``Store.remove``."""
        with _explained(address, writes=True), contextlib.suppress(FileNotFoundError):
            patiently(lambda: self._system.rm_file(self._place(address)), address)

    def _place(self, address: str) -> str:
        """The address as fsspec writes it."""
        return address.partition("://")[2].rstrip("/")

    def _stored(self, place: str, entry: Mapping[str, Any]) -> StoredFile:
        when = next((entry[key] for key in ("etag", "ETag", "md5Hash", "mtime", "created") if entry.get(key)), "")
        version = f"{entry['size']}-{when}" if when else ""
        return StoredFile(f"{self._protocol}://{place.lstrip('/')}", int(entry["size"]), version)


class S3Store(ObjectStore):
    """S3 and stores with the same interface: pages of 1,000, metadata, and conditions that the server checks."""

    keeps_metadata = True

    def files(self, folder: str) -> Iterator[StoredFile]:
        """As ``Store.files``."""
        bucket, prefix = self._key(folder)
        if prefix and not folder.endswith("/"):
            if (found := self.find(folder)) is not None:
                yield found
                return
            prefix += "/"
        token: dict[str, Any] = {}
        while True:
            page = self._call("list_objects_v2", folder, Bucket=bucket, Prefix=prefix, MaxKeys=_PAGE, **token)
            for entry in page.get("Contents", ()):
                if not entry["Key"].endswith("/"):  # made by tools that show folders
                    address = f"{self._protocol}://{bucket}/{entry['Key']}"
                    yield StoredFile(address, entry["Size"], entry["ETag"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def find(self, address: str) -> StoredFile | None:
        """As ``Store.find``."""
        bucket, key = self._key(address)
        try:
            found = self._call("head_object", address, Bucket=bucket, Key=key)
        except FileNotFoundError:
            return None
        metadata = {name.lower(): unquote(value) for name, value in found.get("Metadata", {}).items()}
        return StoredFile(address, found["ContentLength"], found["ETag"], metadata)

    def write(
        self,
        address: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        if_version: str | None = None,
    ) -> None:
        """As ``Store.write``. Above 100 MB the object is sent in parts and appears after the last one."""
        place = "/".join(self._key(address))
        kept = {name: quote(value, safe="/:@ ") for name, value in (metadata or {}).items()}
        fields: dict[str, Any] = {"ContentType": content_type, "Metadata": kept}
        condition = {"mode": "create"} if if_absent else {} if if_version is None else {"IfMatch": if_version}

        def send() -> None:
            try:
                self._system.pipe_file(place, data, **fields, **condition)
            except OSError as error:
                code = _code(error)
                if code in _REFUSED or (if_version is not None and code in _MISSING):
                    raise FileExistsError(f"{address} has changed, or is there already") from error
                if not condition or code not in _UNKNOWN:
                    raise
                condition.clear()  # a store without conditional writes
                self._system.pipe_file(place, data, **fields)

        with _explained(address, writes=True):
            patiently(send, address)

    def _call(self, method: str, address: str, **fields: Any) -> Any:  # noqa: ANN401  whatever fsspec's method returns
        with _explained(address):
            return patiently(partial(self._system.call_s3, method, **fields), address)

    @staticmethod
    def _key(address: str) -> tuple[str, str]:
        bucket, _, key = address.partition("://")[2].partition("/")
        return bucket, key.rstrip("/") if key.endswith("/") else key


def _code(error: BaseException) -> str:
    """The server's code for an error; empty if the error does not come from the server."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def _explained(address: str, *, writes: bool = False) -> Iterator[None]:
    """Turn errors that every object would meet into a StorageError of one line."""
    try:
        yield
    except (FileExistsError, StorageError):
        raise
    except FileNotFoundError as error:
        if "bucket" in str(error).lower() and "exist" in str(error):
            bucket = "/".join(address.split("/")[:3])
            raise StorageError(f"{bucket}: there is no such bucket") from error
        raise
    except PermissionError as error:
        if writes:
            raise StorageError(f"{address}: no permission to write it ({_reason(error)})") from error
        raise
    except OSError:
        raise
    except Exception as error:
        if "Credentials" in type(error).__name__ or "credentials" in str(error).lower():
            raise StorageError(
                f"{address}: no credentials ({_reason(error)}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                f"or AWS_PROFILE, or give the machine a role"
                if address.startswith("s3")
                else f"{address}: no credentials ({_reason(error)})"
            ) from error
        raise OSError(f"{type(error).__name__}: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
