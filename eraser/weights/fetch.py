"""Fetch weights by name: resumed where it broke off, checked before the file gets its name."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.system.paths import weights_dir
from eraser.system.words import did_you_mean
from eraser.weights.download import Partial, ProgressCallback, download
from eraser.weights.files import hash_file, locate
from eraser.weights.manifest import WeightsEntry, parse_sha256, read_manifest, register, shipped_sha256
from eraser.weights.offline import VARIABLES, is_offline

log = logging.getLogger(__name__)


def fetch(name: str, *, sha256: str | None = None) -> Path:
    """Download the weights ``name`` into the person's weights folder.

    A download that broke off goes on where it stopped, now or at the next call. ``HTTPS_PROXY`` and its kin are
    honoured. The file gets its final name only once its sha256 is right.

    Args:
        name: A name in the manifest.
        sha256: What the file must have. It is then pinned in the person's own manifest and overrules the project's.

    Returns:
        Path of the verified file.

    Raises:
        WeightsNotFoundError: No such name, or the address answers 404.
        WeightsMismatchError: What came has another sha256; it was removed.
        WeightsError: It cannot be fetched, no sha256 is known, no network, disk full.
    """
    entry = _pinned_entry(name, parse_sha256(sha256) if sha256 else None)
    path = locate(entry)
    if path is None or hash_file(path) != entry.sha256:
        path = weights_dir() / entry.file
        with _one_process(path):
            # While this process waited, another one may have fetched the file.
            if not path.is_file() or hash_file(path) != entry.sha256:
                _check_online(entry)
                with _report(entry) as progress:
                    _download_verified(entry, path, progress)
    if sha256:
        register(entry)
    return path


def report_fetches(report: Report) -> None:
    """Choose who shows the progress of fetches in this process.

    Args:
        report: Called with what is fetched; the context manager gives the function that is told how far it is.
    """
    global _report
    _report = report


@contextmanager
def _report_to_log(entry: WeightsEntry) -> Iterator[None]:
    size = "" if entry.size_bytes is None else f"{entry.size_bytes / 1e6:.0f} MB, "
    log.info("fetching %s (%sonce) from %s", entry.name, size, entry.url)
    yield None


Report: TypeAlias = Callable[[WeightsEntry], AbstractContextManager[ProgressCallback | None]]
_report: Report = _report_to_log


@contextmanager
def _one_process(path: Path) -> Iterator[None]:
    """Let one process at a time fetch a file; the system frees the lock of a process that died."""
    from filelock import FileLock

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(NotImplementedError):  # a file system without locks: two may fetch the same file
            lock.acquire()
    except OSError as error:
        raise WeightsError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def fetch_file(url: str, target: Path, *, sha256_start: str) -> Path:
    """Download a file that no manifest knows, for a plugin whose user asked for it; one that is there is kept.

    The file gets its name only once its sha256 begins as it should. Publishers who put eight digits of it into the file
    name, as torchvision does, guard against damage that way, and not against somebody who forges the file: load it
    without running anything in it (``weights_only=True``).

    Args:
        url: Where it lies.
        target: Where it goes, as a rule in ``MaskerContext.weights_dir``.
        sha256_start: The first hex digits of its sha256, lower case, at least eight.

    Returns:
        ``target``.

    Raises:
        WeightsMismatchError: Another file came and was removed, or another lies at ``target``.
        WeightsError: It cannot be fetched or written.
        ValueError: ``sha256_start`` is too short to tell anything, or has no hex digits.
    """
    if len(sha256_start) < 8 or not set(sha256_start) <= set("0123456789abcdef"):
        raise ValueError(f"sha256_start must be 8 or more lower-case hex digits, got {sha256_start!r}")
    if target.is_file():
        if not hash_file(target).startswith(sha256_start):
            raise WeightsMismatchError(f"{target} is damaged or another file: remove it, then fetch it again")
        return target
    if is_offline():
        raise WeightsError(f"{target} is not on this machine, and the network must not be used; it comes from {url}")
    log.warning("fetching %s, once, into %s", url, target.parent)
    _finish_verified(download(url, target), sha256_start)
    return target


def _check_online(entry: WeightsEntry) -> None:
    if is_offline():
        raise WeightsError(
            f"the weights {entry.name} are not on this machine, and the network must not be used "
            f"(--offline, or {' or '.join(VARIABLES)} in the environment)"
        )


def _pinned_entry(name: str, sha256: str | None) -> WeightsEntry:
    """The entry to fetch, with the sha256 that it must have."""
    manifest = read_manifest()
    entry = manifest.get(name)
    if entry is None:
        fetchable = [known.name for known in manifest.values() if known.url]
        raise WeightsNotFoundError(f"no weights are called {name!r}; {did_you_mean(name, known=fetchable, at_most=3)}")
    if entry.url is None:
        there = "they are here already" if locate(entry) else entry.note or f"see {entry.source}"
        raise WeightsError(f"the weights {name} cannot be fetched: {there}")
    if sha256 and (pinned := shipped_sha256(name)) not in (None, sha256):
        log.warning("erase-me pins %s to %s: you overrule that with %s", name, pinned, sha256)
        # What the project knows of another file is not true of this one.
        entry = replace(entry, size_bytes=None, pin="given by --sha256")
    if not (sha256 or entry.sha256):
        raise WeightsError(
            f"no sha256 is known of {name}, and without one a wrong file would go unnoticed: take it from the file "
            f"list at {entry.source} (or of a copy that you trust, by sha256sum), "
            f"then run `eraser weights fetch {name} --sha256 HEX`"
        )
    return replace(entry, sha256=sha256 or entry.sha256)


def _download_verified(entry: WeightsEntry, target: Path, progress: ProgressCallback | None) -> None:
    """Download to a partial file beside ``target``, and rename it once it is known to be the right one."""
    partial = download(entry.url or "", target, progress, size_bytes=entry.size_bytes)
    _finish_verified(partial, entry.sha256 or "nothing: not pinned")


def _finish_verified(partial: Partial, sha256_start: str) -> None:
    """Give a complete download its final name if its sha256 begins so, else remove it."""
    came = hash_file(partial.path)
    if not came.startswith(sha256_start):
        page = ", but an HTML page (does this network ask for a login?)" if partial.is_html() else ""
        partial.discard()
        must = "be" if len(sha256_start) == 64 else "begin with"
        raise WeightsMismatchError(
            f"what {partial.url} sent is not {partial.target.name}{page}: its sha256 is {came}, it must {must} "
            f"{sha256_start}; it was removed"
        )
    partial.finish()
