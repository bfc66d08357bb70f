"""Weights that come by themselves: those named are fetched if missing; ``auto`` takes the best that can be had.

``auto`` never fails for want of a network: it falls back to the weights that come with erase-me and says why. After a
fetch that failed it waits a day before it tries again.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.system.files import whole_file
from eraser.system.paths import cache_dir
from eraser.weights.fetch import fetch
from eraser.weights.files import WeightsFile, find, locate
from eraser.weights.manifest import AUTO, OWN, PREFERRED, Kind, WeightsEntry, read_manifest
from eraser.weights.offline import is_offline

log = logging.getLogger(__name__)

RETRY_S = 24 * 3600.0
"""Time before ``auto`` tries again to fetch what it could not fetch."""


def obtain(name_or_path: str, kind: Kind, *, trust_pickle: bool = False, offline: bool = False) -> WeightsFile:
    """The weights file for a name or a path, fetched if it is missing and its name can be fetched.

    Args:
        name_or_path: A name in the manifest, a path, or ``auto``.
        kind: What the weights are for.
        trust_pickle: Allow a .pt file that no manifest pins, although loading it can run code.
        offline: Never use the network. ``ERASER_OFFLINE`` in the environment means the same.

    Raises:
        WeightsError: As ``find`` and ``fetch`` raise; with ``auto`` only if the weights that come with erase-me cannot
            be used either.
    """
    asked, offline = offline, offline or is_offline()
    if name_or_path == AUTO:
        file = _best(kind, offline)
        if asked and file.why and multiprocessing.parent_process() is None:  # once, not in every worker
            log.warning("using the weights %s that come with erase-me: %s", file.name, file.why)
        return file
    entry = read_manifest().get(name_or_path)
    if entry is not None and entry.kind == kind and _can_be_fetched(entry) and locate(entry) is None and not offline:
        fetch(entry.name)
    return find(name_or_path, kind, trust_pickle=trust_pickle)


def why_not_fetched(name: str) -> str:
    """Why ``auto`` could not fetch weights within the last day; empty if it could, or did not try."""
    stamp = _stamp(name)
    try:
        age_s = time.time() - stamp.stat().st_mtime
        return stamp.read_text("utf-8") if 0 <= age_s < RETRY_S else ""
    except OSError:
        return ""


def _best(kind: Kind, offline: bool) -> WeightsFile:
    own, preferred = OWN[kind], PREFERRED.get(kind)
    entry = None if preferred is None else read_manifest().get(preferred)
    if entry is None:
        return find(own, kind)
    why = ""
    if locate(entry) is None:
        why = _try_to_fetch(entry, offline)
    if not why:
        try:
            return find(entry.name, kind)
        except WeightsMismatchError as error:  # damaged: fetching puts the right file in its place
            log.warning("%s", error)
            if not (why := _try_to_fetch(entry, offline)):
                return find(entry.name, kind)
            why = f"{error}; {why}"
    return replace(find(own, kind), why=why)


def _try_to_fetch(entry: WeightsEntry, offline: bool) -> str:
    """Fetch weights; returns why that was not possible, or an empty text."""
    if offline:
        return f"{entry.name} is not on this machine, and the network must not be used"
    if not _can_be_fetched(entry):
        return f"{entry.name} cannot be fetched: no sha256 is pinned"
    if failed := why_not_fetched(entry.name):
        return failed
    try:
        fetch(entry.name)
    except WeightsError as error:
        log.warning("%s; using the weights that come with erase-me, next try in a day", error)
        _write_stamp(entry.name, str(error))
        return str(error)
    return ""


def _can_be_fetched(entry: WeightsEntry) -> bool:
    return bool(entry.url and entry.sha256)


def _stamp(name: str) -> Path:
    return cache_dir() / f"{name}.not-fetched"


def _write_stamp(name: str, reason: str) -> None:
    try:
        _stamp(name).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(_stamp(name)) as temporary:
            temporary.write_text(reason, "utf-8")
    except OSError as error:  # without a cache folder the next run tries again
        log.debug("cannot keep when a fetch failed", exc_info=error)
