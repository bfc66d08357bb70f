"""The names of a photo's files, and what happens if there is a file of that name.

No photo of the run is ever overwritten, and no result of the run replaces another one. ``a.jpg`` and ``a.png``, both
written as PNG, become ``a.erased.png`` and ``a.erased-2.png``, whatever the policy. Files are compared by device and
inode, so links and upper and lower case make no difference.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from eraser.batch.inputs import InputPhoto, is_folder
from eraser.config import OUTPUT_DEFAULTS, OutputConfig
from eraser.errors import PhotoWriteError
from eraser.system.files import file_identity

Name: TypeAlias = Callable[[int], Path]
"""From a number to a name: 1 gives the first choice, 2 the second..."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The names that belong to one photo."""

    folder: Path
    stem: str
    tag: str = ".erased"
    """Between the stem and the suffix; empty where the person gave the name."""

    def result(self, suffix: str) -> Name:
        """``a.erased.jpg``, ``a.erased-2.jpg``..."""
        return lambda count: self.folder / f"{self.stem}{self.tag}{_number(count)}{suffix}"

    def mask(self, count: int) -> Path:
        """``a.mask.png``, ``a.mask-2.png``..."""
        return self.folder / f"{self.stem}.mask{_number(count)}.png"

    def overview(self, count: int) -> Path:
        """``a.people.png``, ``a.people-2.png``..., or the name that the person gave."""
        tag = ".people" if self.tag else ""
        return self.folder / f"{self.stem}{tag}{_number(count)}.png"


def _number(count: int) -> str:
    return f"-{count}" if count > 1 else ""


@dataclass(frozen=True, slots=True)
class OverwritePolicy:
    """Which files under a photo's names may be replaced, and what is called for new files. A ledger makes these."""

    may_replace: Callable[[Path], bool] = lambda path: False
    """Whether a file is a result of this photo, which may be replaced whatever ``on_conflict`` says."""
    is_anothers: Callable[[Path], bool] = lambda path: False
    """Whether a file is the result of another photo, which is never replaced, whatever ``on_conflict`` says."""
    announce: Callable[[Path, os.stat_result], None] = lambda path, stat: None
    """Called for each complete file with the name that it will get, and its stat."""


NOTHING_OURS = OverwritePolicy()


class Outputs:
    """Finds a name for everything that a run writes."""

    def __init__(
        self, config: OutputConfig = OUTPUT_DEFAULTS, inputs: Iterable[Path] = (), *, is_file: bool = False
    ) -> None:
        """Prepare a run.

        Args:
            config: Where to, and what happens to what is there.
            inputs: Photos and masks, which must not be overwritten.
            is_file: ``config.output`` is the name of the one result, not a folder.
        """
        self.config = config
        self._is_file = is_file
        self._taken = {identity for path in inputs if (identity := file_identity(path)) is not None}
        self._planned: set[Path] = set()

    def naming(self, photo: InputPhoto) -> Naming:
        """The names of a photo.

        Raises:
            PhotoWriteError: Nothing can be written there, or the name asked for is that of an input.
        """
        output = self.config.output
        if output is None:
            naming = Naming(photo.path.parent, photo.path.stem)
        elif self._is_file:
            if file_identity(output) in self._taken:
                raise PhotoWriteError(f"{output}: this is an input, which is never overwritten: choose another name")
            naming = Naming(output.parent, output.stem, "")
        else:
            naming = Naming(output / photo.below, photo.path.stem)
        _check_writable(naming.folder)
        return naming

    def suffix(self, usual: str) -> str:
        """The suffix of a result: that of the name asked for, else the ``usual`` one of its format."""
        return self.config.output.suffix if self._is_file and self.config.output else usual

    def existing(self, name: Name, policy: OverwritePolicy = NOTHING_OURS) -> Path | None:
        """The file that ``skip`` keeps under the name; None if the name is free or the file may be replaced."""
        if self.config.on_conflict != "skip":
            return None
        path = next(path for count in itertools.count(1) if not self._is_taken(path := name(count), policy))
        if not os.path.lexists(path) or policy.may_replace(path):
            return None
        self._take(path)
        return path

    def plan(self, name: Name, policy: OverwritePolicy = NOTHING_OURS) -> Path | None:
        """The name that ``write`` would choose now; None if it would write nothing. No name is planned twice."""
        for count in itertools.count(1):
            path = name(count)
            if self._is_taken(path, policy) or path in self._planned:
                continue
            if os.path.lexists(path) and not policy.may_replace(path) and self.config.on_conflict != "overwrite":
                if self.config.on_conflict == "skip":
                    return None
                continue
            self._planned.add(path)
            return path
        return None

    def write(
        self,
        name: Name,
        write: Callable[[Path, bool], None],
        *,
        with_name: Name | None = None,
        first: int = 1,
        policy: OverwritePolicy = NOTHING_OURS,
    ) -> tuple[Path, int] | None:
        """Write under the first name that may be used.

        Args:
            name: Of the file.
            write: Takes the path, and whether it may replace a file there. It raises FileExistsError if there is one
                that it may not replace. This decides between two processes that want the same name.
            with_name: The name of a second file that gets the same number.
            first: Number to begin with.
            policy: What may be done with files that lie under these names.

        Returns:
            The path and its number; None if ``skip`` keeps the file that is there.

        Raises:
            PhotoWriteError: The file system refuses.
        """
        on_conflict = self.config.on_conflict
        for count in itertools.count(first):
            path, second = name(count), with_name(count) if with_name else None
            names = [path] if second is None else [path, second]
            if any(self._is_taken(each, policy) for each in names):
                continue
            is_there = any(os.path.lexists(each) and not policy.may_replace(each) for each in names)
            if is_there and on_conflict == "suffix":
                continue
            try:
                _make_folder(path.parent)
                write(path, on_conflict == "overwrite" or policy.may_replace(path))
            except FileExistsError:
                if on_conflict == "skip":
                    break
                continue
            self._take(path)
            return path, count
        return None

    def _take(self, path: Path) -> None:
        if (identity := file_identity(path)) is not None:
            self._taken.add(identity)

    def _is_taken(self, path: Path, policy: OverwritePolicy) -> bool:
        """Whether the file under that name is an input, a result of this run, or of another photo."""
        return file_identity(path) in self._taken or (os.path.lexists(path) and policy.is_anothers(path))


def _check_writable(folder: Path) -> None:
    """Raise PhotoWriteError if a folder is not there and cannot be made. This is checked before the network runs."""
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), None)
    if nearest is not None and not is_folder(nearest):
        raise PhotoWriteError(f"{folder}: cannot be made, since {nearest} is no folder")
    if nearest is not None and not os.access(nearest, os.W_OK | os.X_OK):
        raise PhotoWriteError(f"{nearest}: no permission to write into this folder: choose another one with -o")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoWriteError(f"{folder}: the folder cannot be made ({error.strerror or error})") from error
