"""Maskers by name: found without running any of their code, loaded only when chosen.

Built-in maskers come through the same door as installed packages: an entry point in the group ``eraser.maskers``.
The other ways in are a file in the plugins folder and ``package.module:factory`` as the name itself.
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Protocol

from eraser.errors import DuplicateMaskerError, EraserError, MaskerLoadError, UnknownMaskerError
from eraser.maskers.base import Masker, MaskerContext

GROUP = "eraser.maskers"
"""Entry point group; a line in it reads ``name = "module:load_masker"``."""
FACTORY = "load_masker"
"""What a drop-in file must define."""
BUILTINS = (EntryPoint(name="yolo", value="eraser.maskers.yolo:load_masker", group=GROUP),)


class Source(Protocol):
    """A place where a masker was found, not yet run."""

    @property
    def name(self) -> str:
        """What the masker is called."""

    @property
    def origin(self) -> str:
        """The file or the object, for messages and lists."""

    def import_factory(self) -> object:
        """Run the plugin's module and return its factory; raises whatever the plugin raises."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """``plugins/NAME.py``."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without ``.py``."""
        return self.path.stem

    @property
    def origin(self) -> str:
        """The file."""
        return str(self.path)

    def import_factory(self) -> object:
        """Run the file as a module of its own name, so that it cannot stand in for an installed one."""
        module_name = f"eraser_plugins.{self.name}"
        spec = importlib.util.spec_from_file_location(module_name, self.path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        # Dataclasses and pickle look their module up here while it is still being run.
        sys.modules[module_name] = module
        try:
            spec.loader.exec_module(module)
            if not hasattr(module, FACTORY):
                raise ImportError(f"it does not define {FACTORY}(context)")
        except BaseException:
            del sys.modules[module_name]
            raise
        return getattr(module, FACTORY)


@dataclass(frozen=True, slots=True)
class EntryPointSource:
    """A built-in masker, one of an installed package, or one named ``package.module:factory``."""

    entry_point: EntryPoint

    @property
    def name(self) -> str:
        """The entry point's name."""
        return self.entry_point.name

    @property
    def origin(self) -> str:
        """The object, with the package that declares it."""
        package = self.entry_point.dist.name if self.entry_point.dist else None
        return f"{self.entry_point.value} of the package {package}" if package else self.entry_point.value

    def import_factory(self) -> object:
        """Import the module and look the object up."""
        return self.entry_point.load()


class MaskerRegistry:
    """Names and where they come from."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._contested: dict[str, DuplicateMaskerError] = {}

    @property
    def sources(self) -> tuple[Source, ...]:
        """One a name, in the order of the names; of a contested name the one that came first."""
        return tuple(self._sources[name] for name in self.names)

    @property
    def names(self) -> list[str]:
        """What ``--masker`` takes, sorted."""
        return sorted(self._sources)

    def add(self, source: Source) -> None:
        """Register a masker; on an error the registry stays as it was.

        Raises:
            DuplicateMaskerError: The name is taken.
        """
        taken = self._sources.get(source.name)
        if taken is not None:
            raise DuplicateMaskerError(
                f"two maskers are called {source.name}: {taken.origin} and {source.origin}; rename or remove one"
            )
        self._sources[source.name] = source

    def find(self, name: str) -> Source:
        """Where the masker ``name`` comes from.

        Args:
            name: A registered name, or ``package.module:factory``.

        Raises:
            UnknownMaskerError: No masker goes by that name.
            DuplicateMaskerError: More than one does.
        """
        if name in self._contested:
            raise self._contested[name]
        if name in self._sources:
            return self._sources[name]
        module, colon, factory = name.partition(":")
        if colon and all(part.isidentifier() for part in [*module.split("."), *factory.split(".")]):
            return EntryPointSource(EntryPoint(name=name, value=name, group=GROUP))
        near = difflib.get_close_matches(name.lower(), self.names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.names)}"
        raise UnknownMaskerError(f"no masker is called {name!r}: {hint}")

    def load(self, name: str, context: MaskerContext) -> Masker:
        """Run the plugin ``name`` and build its masker.

        Raises:
            UnknownMaskerError: No masker goes by that name.
            DuplicateMaskerError: More than one does.
            MaskerLoadError: Its module cannot be imported, or its factory fails or returns no masker.
            EraserError: What the factory itself reports, such as weights that are missing.
        """
        source = self.find(name)
        factory = _guard(source, "could not be imported", source.import_factory)
        if not callable(factory):
            raise MaskerLoadError(f"the masker {name} is broken: {source.origin} holds {_kind(factory)}, not a factory")
        masker = _guard(source, "could not be built", lambda: factory(context))
        if not isinstance(masker, Masker):
            raise MaskerLoadError(
                f"the masker {name} is broken: the factory in {source.origin} must return something that is called "
                f"with a photo, got {_kind(masker)}"
            )
        return masker

    def _contest(self, error: DuplicateMaskerError, name: str) -> None:
        self._contested.setdefault(name, error)


def discover(plugins_dir: Path | None, installed: Iterable[EntryPoint] = ()) -> MaskerRegistry:
    """Collect the names of all maskers, running no plugin code.

    A name that two maskers claim is an error only for who asks for it: a stray plugin must not stop every other
    masker from working.

    Args:
        plugins_dir: Folder of drop-in files; files that begin with ``_`` or ``.`` are no plugins. None for no folder.
        installed: Entry points of installed packages in the group ``eraser.maskers``.

    Raises:
        MaskerLoadError: ``plugins_dir`` is not a folder that can be read.
    """
    registry = MaskerRegistry()
    found: list[Source] = [EntryPointSource(entry_point) for entry_point in (*BUILTINS, *installed)]
    found += _files(plugins_dir)
    for source in found:
        try:
            registry.add(source)
        except DuplicateMaskerError as error:
            registry._contest(error, source.name)
    return registry


def _files(folder: Path | None) -> list[FileSource]:
    if folder is None:
        return []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.is_file())
    except OSError as error:
        raise MaskerLoadError(f"cannot read the plugins folder {folder}: {error.strerror or error}") from error
    return [FileSource(path) for path in paths if not path.name.startswith(("_", "."))]


def _guard(source: Source, what: str, run: Callable[[], object]) -> object:
    """Run plugin code; whatever it raises becomes one line that names the file."""
    try:
        return run()
    except EraserError:
        raise
    except (Exception, SystemExit) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise MaskerLoadError(f"the masker {source.name} {what}: {source.origin}: {reason}") from error


def _kind(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"
