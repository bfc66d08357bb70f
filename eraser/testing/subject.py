"""What is under test: a file, a name, a factory, or what a factory made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeAlias

from eraser.plugins.kind import Kind, Made
from eraser.plugins.options import Pairs, as_pairs, list_options
from eraser.plugins.registry import Loaded, Registry, discover
from eraser.plugins.sources import FileSource, Source
from eraser.plugins.values import parse
from eraser.system.paths import plugins_dirs

Subject: TypeAlias = Path | str | Callable[..., Any]
"""A plugin file; a name as on the command line; a factory; or a masker or an inpainter itself."""
Options: TypeAlias = Mapping[str, object] | Pairs


@dataclass(frozen=True, slots=True)
class _GivenSource:
    """A factory that is at hand."""

    factory: Callable[..., Any]

    @property
    def name(self) -> str:
        return getattr(self.factory, "__name__", type(self.factory).__name__)

    @property
    def origin(self) -> str:
        return f"{self.factory!r}"

    @property
    def file(self) -> Path | None:
        return None

    def import_factory(self, factory: str) -> object:
        return self.factory


def build(kind: Kind[Made], subject: Subject, options: Options, context: Any) -> tuple[str, Made]:  # noqa: ANN401
    """The plugin's name, and what its factory makes of the context with the options.

    Raises:
        AssertionError: Its options are not what options must be.
        EraserError: It cannot be loaded.
        TypeError: There are options for something that was built already.
    """
    if callable(subject) and not _is_factory(kind, subject):
        if options:
            raise TypeError(f"options are for a factory; this is a {kind.noun} already: {subject!r}")
        return getattr(subject, "__name__", type(subject).__name__), subject  # type: ignore[return-value]
    registry: Registry[Made]
    source: Source
    if callable(subject):
        registry, source = Registry(kind), _GivenSource(subject)
        registry.add(source)
    elif isinstance(subject, Path):
        registry, source = Registry(kind), FileSource(subject)
        registry.add(source)
    else:
        registry = discover(kind, plugins_dirs(), entry_points(group=kind.group))
        source = registry.find(subject)
    loaded = registry.run(source.name)
    _check_options(loaded)
    made = loaded.build(replace(context, options=loaded.read_options(as_pairs(options))))
    return source.name, made


def _is_factory(kind: Kind[Made], subject: Callable[..., Any]) -> bool:
    """Whether it takes a context: its one parameter is called so, or annotated so, or it is a class."""
    if inspect.isclass(subject) or getattr(subject, "__name__", "") == kind.factory:
        return True
    try:
        parameters = list(inspect.signature(subject).parameters.values())
    except (TypeError, ValueError):
        return False
    return bool(parameters) and (
        parameters[0].name == "context" or kind.context.__name__ in str(parameters[0].annotation)
    )


def _check_options(loaded: Loaded[Any]) -> None:
    """Every option can be written on a command line, its default too, and says what it is for."""
    if loaded.options_class is None:
        return
    for option in list_options(loaded.options_class):
        try:
            same = parse(option.default_text, option.form) == option.default
        except ValueError:
            same = False
        if not same:
            raise AssertionError(f"the default of the option {option.name} is {option.default!r}, not {option.expects}")
        if not option.help:
            raise AssertionError(f'the option {option.name} needs a help text: field(metadata={{"help": "..."}})')
    loaded.options_class()  # the defaults pass the class's own checks
