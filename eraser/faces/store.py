"""The faces that were learnt: numbers under names, in one file of the user's data folder that only the user may read.

A JSON object: ``format`` and ``version``, ``recognizer`` and ``weights_sha256`` (what made the numbers), ``people``
(name -> a list of lists of numbers, one for each photo), ``groups`` (name -> names). No photo, and no photo's name.
Reading needs neither numpy nor a recogniser.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

from eraser.errors import FacesError, UnknownNameError
from eraser.faces.names import is_name, name_key
from eraser.system.files import clear_stale, whole_file
from eraser.system.paths import faces_file
from eraser.system.words import did_you_mean

FORMAT, VERSION = "erase-me faces", 1
FORGET = "`eraser faces remove --all` forgets everybody, then add them again"

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FaceStore:
    """Everybody known."""

    recognizer: str | None = None
    """What made the numbers; None before the first face."""
    weights_sha256: str | None = None
    people: Mapping[str, tuple[Numbers, ...]] = field(default_factory=dict)
    """Name -> numbers of each face."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name -> names of people."""

    @property
    def sha256(self) -> str:
        """Of all that decides who is recognised."""
        text = json.dumps(_as_json(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def find(self, written: str) -> str | None:
        """The name of a person or a group as it is kept; None if nobody is called so."""
        return next((name for name in (*self.people, *self.groups) if name_key(name) == name_key(written)), None)

    def resolve(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The people meant by names of people and groups.

        Raises:
            UnknownNameError: Nobody is called so; the message says who is nearly.
        """
        people: dict[str, None] = {}
        for written in names:
            name = self.find(written)
            if name is None:
                raise UnknownNameError(self.unknown(written))
            people |= dict.fromkeys(self.groups.get(name, (name,)))
        return tuple(people)

    def unknown(self, written: str) -> str:
        """Says that nobody has a name, and who has nearly that name."""
        if not self.people:
            return f"no face of {written!r} is known: `eraser faces add {written} PHOTO` learns it"
        near = did_you_mean(written, known=(*self.people, *self.groups))
        return f"no face of {written!r} is known: {near}; `eraser faces add {written} PHOTO` learns it"

    def with_faces(self, name: str, faces: tuple[Numbers, ...], recognizer: str, weights_sha256: str) -> FaceStore:
        """The same with more faces of somebody, made by the recogniser of the others."""
        people = dict(self.people) | {name: (*self.people.get(name, ()), *faces)}
        return replace(self, recognizer=recognizer, weights_sha256=weights_sha256, people=people)

    def without(self, name: str) -> FaceStore:
        """The same without a person or a group, and without groups that would be empty."""
        people = {other: faces for other, faces in self.people.items() if other != name}
        left = {group: tuple(n for n in names if n != name) for group, names in self.groups.items() if group != name}
        return replace(self, people=people, groups={group: names for group, names in left.items() if names})


def read_store(path: Path | None = None) -> FaceStore:
    """Everybody known; nobody if there is no file.

    Args:
        path: The file; None is that of the user.

    Raises:
        FacesError: The file cannot be read, is damaged, or was written by a newer version.
    """
    path = path or faces_file()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return FaceStore()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise FacesError(f"the known faces in {path} cannot be read ({reason}): {FORGET}") from error
    try:
        return _parse(json.loads(text), path)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FacesError(f"the known faces in {path} are damaged: restore a copy of that file, or {FORGET}") from error


def write_store(store: FaceStore, path: Path | None = None) -> None:
    """Write everybody known, all or nothing, so that nobody but the user can read it.

    Raises:
        FacesError: The file cannot be written.
    """
    path = path or faces_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_stale(path.parent)
        with whole_file(path) as temporary:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # before a byte is in it
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(_as_json(store), ensure_ascii=False, separators=(",", ":")) + "\n")
    except OSError as error:
        raise FacesError(f"the known faces cannot be written to {path}: {error.strerror or error}") from error


def forget_all(path: Path | None = None) -> bool:
    """Remove the file, whatever is in it; returns whether there was one.

    Raises:
        FacesError: It cannot be removed.
    """
    path = path or faces_file()
    there = path.exists()
    try:
        path.unlink(missing_ok=True)
        clear_stale(path.parent)
        _lock_path(path).unlink(missing_ok=True)
    except OSError as error:
        raise FacesError(f"{path} cannot be removed: {error.strerror or error}") from error
    return there


@contextlib.contextmanager
def changing(path: Path | None = None) -> Iterator[None]:
    """Let one process at a time read, change and write the file.

    Raises:
        FacesError: The folder cannot be written.
    """
    from filelock import FileLock

    path = path or faces_file()
    lock = FileLock(_lock_path(path), mode=0o600)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(NotImplementedError):  # a file system without locks
            lock.acquire()
    except OSError as error:
        raise FacesError(f"the known faces cannot be written to {path}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def _lock_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _as_json(store: FaceStore) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "recognizer": store.recognizer,
        "weights_sha256": store.weights_sha256,
        "people": store.people,
        "groups": store.groups,
    }


def _parse(given: dict[str, Any], path: Path) -> FaceStore:
    """The store in a JSON object; ValueError, TypeError, KeyError or AttributeError if it is none."""
    if given["format"] != FORMAT:
        raise ValueError("another format")
    if isinstance(given["version"], int) and given["version"] > VERSION:
        raise FacesError(
            f"{path} was written by a newer erase-me (version {given['version']}, this one reads {VERSION}): "
            "update erase-me"
        )
    if given["version"] != VERSION:
        raise ValueError("no such version")
    people = {name: tuple(_numbers(face) for face in faces) for name, faces in given["people"].items()}
    groups = {name: tuple(map(str, names)) for name, names in given["groups"].items()}
    recognizer, sha256 = given["recognizer"], given["weights_sha256"]
    lengths = {len(face) for faces in people.values() for face in faces}
    whole = all(people.values()) and all(groups.values()) and all(n in people for g in groups.values() for n in g)
    named = all(map(is_name, (*people, *groups))) and not people.keys() & groups.keys()
    made = not people or (isinstance(recognizer, str) and isinstance(sha256, str))
    if not (whole and named and made and len(lengths) <= 1):
        raise ValueError("parts do not fit together")
    return FaceStore(recognizer, sha256, people, groups)


def _numbers(face: list[Any]) -> Numbers:
    numbers = tuple(float(number) for number in face)
    if not numbers or not all(map(isfinite, numbers)):
        raise ValueError("no numbers of a face")
    return numbers
