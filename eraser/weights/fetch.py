"""Fetch weights by name: resumed where it broke off, checked before the file gets its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.paths import weights_dir
from eraser.weights.download import ProgressCallback, download
from eraser.weights.files import did_you_mean, hash_file, locate
from eraser.weights.manifest import WeightsEntry, parse_sha256, read_manifest, register


def fetch(name: str, *, sha256: str | None = None, progress: ProgressCallback | None = None) -> Path:
    """Download the weights ``name`` into the person's weights folder.

    A download that broke off goes on where it stopped, now or at the next call. ``HTTPS_PROXY`` and its kin are
    honoured. The file gets its final name only once its sha256 is right.

    Args:
        name: A name in the manifest.
        sha256: For an entry without one: what the file must have. It is then pinned in the person's own manifest.
        progress: Told how far it is.

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
        _download_verified(entry, path, progress)
    if sha256:
        register(entry)
    return path


def _pinned_entry(name: str, sha256: str | None) -> WeightsEntry:
    """The entry to fetch, with the sha256 that it must have."""
    manifest = read_manifest()
    entry = manifest.get(name)
    if entry is None:
        fetchable = [known.name for known in manifest.values() if known.url]
        raise WeightsNotFoundError(f"no weights are called {name!r}{did_you_mean(name, fetchable)}")
    if entry.url is None:
        there = "they are here already" if locate(entry) else entry.note or f"see {entry.source}"
        raise WeightsError(f"the weights {name} cannot be fetched: {there}")
    if sha256 and entry.sha256 and sha256 != entry.sha256:
        raise WeightsError(f"the manifest pins {name} to another sha256: {entry.sha256}; leave out --sha256")
    if not (sha256 or entry.sha256):
        raise WeightsError(
            f"no sha256 is known of {name}, and without one a wrong file would go unnoticed: take it from the file "
            f"list at {entry.source} (or of a copy that you trust, by sha256sum), "
            f"then run `eraser weights fetch {name} --sha256 HEX`"
        )
    return replace(entry, sha256=sha256 or entry.sha256)


def _download_verified(entry: WeightsEntry, target: Path, progress: ProgressCallback | None) -> None:
    """Download to a partial file beside ``target``, and rename it once it is known to be the right one."""
    partial = download(entry.url or "", target, progress)
    came = hash_file(partial.path)
    if came != entry.sha256:
        page = ", but an HTML page (does this network ask for a login?)" if partial.is_html() else ""
        partial.discard()
        raise WeightsMismatchError(
            f"what {entry.url} sent is not {entry.file}{page}: its sha256 is {came}, it must be {entry.sha256}; "
            f"it was removed"
        )
    partial.finish()
