"""From a name or a path to a weights file, with its sha256 checked at every load."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.system.paths import shipped_weights_dir, weights_dir
from eraser.system.words import did_you_mean
from eraser.weights.manifest import AUTO, OWN, PREFERRED, WEIGHTS_SUFFIXES, Kind, WeightsEntry, read_manifest

PICKLE_SUFFIXES = (".pt", ".pth")
_SAFE_SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "people": (".safetensors", ".onnx", ".tflite"),
    "fill": (".safetensors",),
    "faces": (".onnx",),
    "prompts": (".safetensors", ".onnx"),
}
PURPOSE: dict[Kind, str] = {
    "people": "finding people",
    "fill": "filling",
    "faces": "knowing faces",
    "prompts": "outlining what is clicked on",
}


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A weights file that may be loaded now."""

    path: Path
    name: str
    """Its name in the manifest, or the file's name."""
    sha256: str
    """Of the file when it was found."""
    trusted: bool
    """Whether a manifest pins this sha256, so that the file is known to be the one that was published."""
    entry: WeightsEntry | None
    """What the manifest says; None for a path."""
    why: str = ""
    """Why ``auto`` took these and not better ones; empty if it did not have to choose."""


def find(name_or_path: str, kind: Kind, *, trust_pickle: bool = False) -> WeightsFile:
    """The weights file that a person asked for.

    A name is looked up in the manifest, then in the shipped weights and the person's own folder. A path is taken as
    it is.

    Args:
        name_or_path: A name in the manifest, a path, or ``auto`` for the best that is here.
        kind: What the weights are wanted for.
        trust_pickle: Allow a .pt file that no manifest pins, although loading it can run code.

    Raises:
        WeightsNotFoundError: No such name or file here; the message holds the command that gets it.
        WeightsMismatchError: The file is not the one that the manifest pins.
        WeightsError: Weights for something else, an unknown format, or a pickle whose sha256 is not pinned.
    """
    manifest = read_manifest()
    if name_or_path == AUTO:
        name_or_path = _best_here(kind, manifest)
    if entry := manifest.get(name_or_path):
        return _find_by_name(entry, kind, trust_pickle)
    if _looks_like_path(name_or_path):
        return _find_by_path(name_or_path, kind, trust_pickle, manifest)
    names = [name for name, entry in manifest.items() if entry.kind == kind]
    raise WeightsNotFoundError(
        f"no weights are called {name_or_path!r}; {did_you_mean(name_or_path, known=names, at_most=3)}"
    )


def _best_here(kind: Kind, manifest: dict[str, WeightsEntry]) -> str:
    """The name that ``auto`` stands for, without fetching anything."""
    preferred = manifest.get(PREFERRED.get(kind, ""))
    return OWN[kind] if preferred is None or locate(preferred) is None else preferred.name


def locate(entry: WeightsEntry) -> Path | None:
    """Where the entry's file lies on this machine: among the shipped weights, else in the person's folder."""
    places = (folder / entry.file for folder in (shipped_weights_dir(), weights_dir()))
    return next((path for path in places if path.is_file()), None)


def hash_file(path: Path) -> str:
    """sha256 of a file, 64 lower-case hex digits.

    Raises:
        WeightsError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from error


def _find_by_name(entry: WeightsEntry, kind: Kind, trust_pickle: bool) -> WeightsFile:
    if entry.kind != kind:
        raise WeightsError(f"{entry.name} are weights for {PURPOSE[entry.kind]}, not for {PURPOSE[kind]}")
    path = locate(entry)
    if path is None:
        raise WeightsNotFoundError(f"the weights {entry.name} are not on this machine{_how_to_get(entry)}")
    sha256 = hash_file(path)
    if entry.sha256 and sha256 != entry.sha256:
        again = f"`eraser weights fetch {entry.name}`" if entry.url else "reinstalling erase-me or importing them again"
        raise WeightsMismatchError(
            f"{path} is not the file of that name: its sha256 is {sha256}, the manifest says {entry.sha256}; "
            f"it was damaged or exchanged, {again} puts the right one in its place"
        )
    if not entry.sha256 and path.suffix.lower() in PICKLE_SUFFIXES and not trust_pickle:
        raise WeightsError(
            f"{path} can run code when it is loaded, and nobody has pinned its sha256: "
            f"`eraser weights fetch {entry.name} --sha256 HEX` does, --trust-pickle loads it all the same"
        )
    return WeightsFile(path, entry.name, sha256, bool(entry.sha256), entry)


def _find_by_path(given: str, kind: Kind, trust_pickle: bool, manifest: dict[str, WeightsEntry]) -> WeightsFile:
    path = Path(given).expanduser()
    if not path.exists():
        # Who knows ultralytics writes yolo11n-seg.pt and expects a download.
        named = next((entry.name for entry in manifest.values() if entry.file == given and entry.kind == kind), None)
        hint = f"; the name of those weights is {named}" if named else ""
        raise WeightsNotFoundError(f"there is no weights file {given}{hint}")
    suffix, safe = path.suffix.lower(), _SAFE_SUFFIXES[kind]
    if path.is_dir() or suffix not in safe + PICKLE_SUFFIXES:
        raise WeightsError(f"{given} is no weights file for {PURPOSE[kind]}: those end in {', '.join(safe)} or .pt")
    if suffix in PICKLE_SUFFIXES and not trust_pickle:
        safer = "take an .onnx export of it, or weights that `eraser weights list` shows"
        if kind == "fill":
            safer = f"`eraser weights import {given} --name NAME` makes a safe file of it without running anything"
        raise WeightsError(
            f"{given} is a pickle, which can run any code on this machine when it is loaded: {safer}, "
            f"or pass --trust-pickle if you trust whoever made it"
        )
    return WeightsFile(path, path.name, hash_file(path), False, None)


def _looks_like_path(text: str) -> bool:
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    return text.lower().endswith(WEIGHTS_SUFFIXES) or text.startswith("~") or any(s in text for s in separators)


def _how_to_get(entry: WeightsEntry) -> str:
    if entry.url and entry.sha256:
        return f": run `eraser weights fetch {entry.name}`"
    if entry.url:
        return f": run `eraser weights fetch {entry.name} --sha256 HEX`, HEX being the sha256 listed at {entry.source}"
    missing = f" ({entry.file} is in neither {shipped_weights_dir()} nor {weights_dir()})"
    return f"{missing}: {entry.note}" if entry.note else missing
