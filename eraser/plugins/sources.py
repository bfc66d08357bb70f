"""A place where a plugin was found, not yet run."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Protocol


class Source(Protocol):
    """Where a plugin comes from."""

    @property
    def name(self) -> str:
        """What the plugin is called."""

    @property
    def origin(self) -> str:
        """The file or the object, for messages and lists."""

    @property
    def file(self) -> Path | None:
        """The file that holds its code, found without running any of it; None when it cannot be told."""

    def import_factory(self, factory: str) -> object:
        """Run the plugin's module and return its factory; raises whatever the plugin raises.

        Args:
            factory: Its name in a file; elsewhere the source knows it.
        """


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

    @property
    def file(self) -> Path:
        """The file."""
        return self.path

    def import_factory(self, factory: str) -> object:
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
            if not hasattr(module, factory):
                raise ImportError(f"it does not define {factory}(context)")
        except BaseException:
            sys.modules.pop(module_name, None)
            raise
        return getattr(module, factory)


@dataclass(frozen=True, slots=True)
class EntryPointSource:
    """A built-in plugin, one of an installed package, or one named ``package.module:factory``."""

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

    @property
    def file(self) -> Path | None:
        """The file of its module. The packages around the module are not imported to find it."""
        try:
            top, *rest = self.entry_point.module.split(".")
            spec = importlib.util.find_spec(top)  # of a top-level name this runs nothing
            for end in range(1, len(rest) + 1):
                if spec is None or spec.submodule_search_locations is None:
                    return None
                spec = PathFinder.find_spec(".".join((top, *rest[:end])), spec.submodule_search_locations)
        except (ImportError, AttributeError, ValueError):  # a value that is no module:factory, a half-made module
            return None
        return Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None

    def import_factory(self, factory: str) -> object:
        """Import the module and look the object up."""
        del factory
        return self.entry_point.load()
