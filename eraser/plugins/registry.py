"""Plugins of one kind by name: found without running any of their code, loaded only when chosen.

Built-ins come through the same door as installed packages, as entry points. The other ways in are a file in a plugins
folder and ``package.module:factory`` as the name itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Generic

from eraser.errors import EraserError
from eraser.plugins import INTERFACE_VERSION
from eraser.plugins.calls import TimeLimit, call
from eraser.plugins.facts import read_facts
from eraser.plugins.kind import FACTORIES, Kind, Made
from eraser.plugins.options import Pairs, declared_options, read_options
from eraser.plugins.sources import EntryPointSource, FileSource, Source
from eraser.system.words import did_you_mean


class Loaded(Generic[Made]):
    """A plugin whose module was run: its factory, and the options that it declares."""

    def __init__(self, kind: Kind[Made], source: Source, factory: object) -> None:
        self.kind, self.source, self.factory = kind, source, factory
        self.options_class = call(
            lambda: declared_options(factory, kind.contexts),
            kind.unloadable,
            f"the {kind.noun} {source.name} is broken: {source.origin}",
        )
        """The dataclass of its options, None where it has none."""

    def read_options(self, given: Pairs, limit: TimeLimit | None = None) -> Any:  # noqa: ANN401  known to the plugin only
        """What was given as ``key=value``, checked; by the plugin too, in its ``__post_init__``.

        Raises:
            EraserError: The kind's error for options, or for what cannot be loaded where the check itself fails.
        """
        kind, name = self.kind, self.source.name

        def read() -> Any:  # noqa: ANN401  as above
            try:
                return read_options(self.options_class, given)
            except ValueError as error:
                listed = f" (see `eraser {kind.noun}s show {name}`)" if self.options_class else ""
                raise kind.misconfigured(f"the {kind.noun} {name}: {error}{listed}") from error

        return call(read, kind.unloadable, f"the options of the {kind.noun} {name} failed", limit)

    def build(self, context: object, limit: TimeLimit | None = None) -> Made:
        """What the factory makes of a context.

        Raises:
            EraserError: The kind's error for what cannot be loaded, or what the factory itself reports.
        """
        kind, source, factory = self.kind, self.source, self.factory
        if not callable(factory):
            raise kind.unloadable(
                f"the {kind.noun} {source.name} is broken: {source.origin} holds {_describe(factory)}, not a factory"
            )
        what = f"the {kind.noun} {source.name} could not be built: {source.origin}"
        made: Made = call(lambda: factory(context), kind.unloadable, what, limit)
        if not callable(made):
            raise kind.unloadable(
                f"the {kind.noun} {source.name} is broken: the factory in {source.origin} must return something that "
                f"is called with {kind.called_with}, got {_describe(made)}"
            )
        return made


class Registry(Generic[Made]):
    """Names and where they come from."""

    def __init__(self, kind: Kind[Made]) -> None:
        self.kind = kind
        self._sources: dict[str, Source] = {}
        self._contested: dict[str, EraserError] = {}
        self._duplicates: list[Source] = []
        self._other_kind_files: dict[str, FileSource] = {}

    @property
    def sources(self) -> tuple[Source, ...]:
        """One a name, in the order of the names; of a contested name the one that came first."""
        return tuple(self._sources[name] for name in self.names)

    @property
    def found(self) -> tuple[Source, ...]:
        """All that were found, by name; of a contested name every one."""
        return tuple(sorted((*self._sources.values(), *self._duplicates), key=lambda source: source.name))

    @property
    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._sources)

    @property
    def conflicts(self) -> dict[str, EraserError]:
        """Names that more than one plugin claims, with the error for who asks for one."""
        return dict(self._contested)

    def is_name(self, name: str) -> bool:
        """Whether a plugin goes by that name, or the name says where it lies."""
        return name in self._sources or is_object_name(name)

    def add(self, source: Source) -> None:
        """Register a plugin; on an error the registry stays as it was.

        Raises:
            EraserError: The kind's error for a taken name.
        """
        taken = self._sources.get(source.name)
        if taken is not None:
            raise self.kind.duplicate(
                f"two {self.kind.noun}s are called {source.name}: {taken.origin} and {source.origin}; rename or "
                f"remove one"
            )
        self._sources[source.name] = source

    def find(self, name: str, *, meant: str | None = None) -> Source:
        """Where the plugin ``name`` comes from.

        Args:
            name: A registered name, or ``package.module:factory``.
            meant: What was written, if the name is only a part of it, to suggest what may have been meant.

        Raises:
            EraserError: The kind's errors for unknown names and for those that more than one plugin claims.
        """
        noun = self.kind.noun
        if name in self._contested:
            raise self._contested[name]
        if name in self._sources:
            return self._sources[name]
        if is_object_name(name):
            return EntryPointSource(EntryPoint(name=name, value=name, group=self.kind.group))
        if name in self._other_kind_files:
            file = self._other_kind_files[name].path
            raise self.kind.unknown(
                f"no {noun} is called {name!r}: {file} does not define {self.kind.factory}(context)"
            )
        raise self.kind.unknown(f"no {noun} is called {name!r}: {did_you_mean(meant or name, name, known=self.names)}")

    def run(self, name: str, limit: TimeLimit | None = None) -> Loaded[Made]:
        """Run the module of the plugin ``name``; nothing is built yet.

        Raises:
            EraserError: As ``find``; and the kind's error for what cannot be loaded.
        """
        kind, source = self.kind, self.find(name)
        what = f"the {kind.noun} {source.name} could not be imported: {source.origin}"
        needs = 1 if source.file is None else read_facts(source.file).needs_interface
        if needs > INTERFACE_VERSION:  # asked first: its imports may be what an older interface lacks
            raise kind.unloadable(
                f"the {kind.noun} {name} needs version {needs} of the plugin interface, this erase-me has version "
                f"{INTERFACE_VERSION}: update erase-me"
            )
        factory = call(lambda: source.import_factory(kind.factory), kind.unloadable, what, limit)
        return Loaded(kind, source, factory)

    def load(self, name: str, context: object) -> Made:
        """Run the plugin ``name`` and build it with a context that needs no options.

        Raises:
            EraserError: As ``run`` and ``Loaded.build``.
        """
        return self.run(name).build(context)

    def take(self, sources: Iterable[Source]) -> None:
        """Register what was found. A taken name is an error only for who asks for it.

        A stray plugin must not stop every other one from working.
        """
        for source in sources:
            try:
                self.add(source)
            except self.kind.duplicate as error:
                self._contested.setdefault(source.name, error)
                self._duplicates.append(source)

    def remember(self, strangers: Iterable[FileSource]) -> None:
        """Files that hold plugins of other kinds only, to tell who asks for one of them here."""
        for source in strangers:
            self._other_kind_files.setdefault(source.name, source)


def discover(kind: Kind[Made], folders: Sequence[Path] = (), installed: Iterable[EntryPoint] = ()) -> Registry[Made]:
    """Collect the names of all plugins of a kind, running no plugin code.

    Args:
        kind: Maskers or inpainters.
        folders: Of drop-in files; files that begin with ``_``, ``.`` or ``test_`` are no plugins.
        installed: Entry points of installed packages in the kind's group.

    Raises:
        EraserError: A folder cannot be read; the kind's error for what cannot be loaded.
    """
    registry = Registry(kind)
    registry.take(EntryPointSource(entry_point) for entry_point in (*kind.builtins, *installed))
    for folder in folders:
        files = _files(folder, kind)
        ours = [source for source in files if _is_of(kind, source)]
        registry.take(ours)
        registry.remember(source for source in files if source not in ours)
    return registry


def is_object_name(name: str) -> bool:
    """Whether a name reads ``package.module:factory``."""
    module, colon, factory = name.partition(":")
    return bool(colon) and all(part.isidentifier() for part in [*module.split("."), *factory.split(".")])


def _files(folder: Path, kind: Kind[Made]) -> list[FileSource]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.is_file())
    except OSError as error:
        raise kind.unloadable(f"cannot read the plugins folder {folder}: {error.strerror or error}") from error
    return [FileSource(path) for path in paths if not path.name.startswith(("_", ".", "test_", "conftest."))]


def _is_of(kind: Kind[Made], source: FileSource) -> bool:
    """Whether a file is listed with a kind. One that defines no factory at all is a masker, so that it is named."""
    facts = read_facts(source.path)
    if facts.may_define(kind.factory):
        return True
    return kind.default_kind and not any(facts.may_define(factory) for factory in FACTORIES)


def _describe(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"
