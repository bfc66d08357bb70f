"""Options of a plugin: key=value texts as the dataclass that its factory declares.

A factory declares them by its annotation, ``def load_masker(context: MaskerContext[GrabCutOptions])``, where
GrabCutOptions is a frozen dataclass, every field of which has a default and may have ``metadata={"help": "..."}``.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from eraser.plugins.values import TypeForm, describe, format_value, holds_tuples, is_list_like, is_supported, parse
from eraser.system.words import did_you_mean

Pairs = Sequence[tuple[str, str]]
"""(key, value) as written on the command line, in that order."""


@dataclass(frozen=True, slots=True)
class Option:
    """One field of a plugin's options."""

    name: str
    form: TypeForm
    """Its type, as annotated."""
    default: object
    help: str = ""

    @property
    def expects(self) -> str:
        """The type in words."""
        return describe(self.form)

    @property
    def default_text(self) -> str:
        """The default as it would be written after ``key=``."""
        return format_value(self.default)


def declared_options(factory: object, contexts: Mapping[str, type]) -> type | None:
    """The dataclass that a factory declares for its options, None when it has none.

    Args:
        factory: Any callable; of a class, its ``__init__`` counts.
        contexts: The context class by its name, known to annotations that are only texts even where the plugin
            imports it under TYPE_CHECKING.

    Raises:
        TypeError: It declares something that is no dataclass of options.
    """
    annotation = _first_annotation(factory)
    if isinstance(annotation, str):
        annotation = _resolve(annotation, factory, contexts)
    if get_origin(annotation) not in contexts.values():
        return None
    (declared,) = get_args(annotation)
    if declared in (None, types.NoneType, Any):
        return None
    list_options(declared)
    return declared  # type: ignore[no-any-return]  # list_options raised unless it is a class


def list_options(declared: type) -> tuple[Option, ...]:
    """The fields of an options class.

    Raises:
        TypeError: It is no dataclass, or a field lacks a default or is of a type that text cannot hold.
    """
    if not isinstance(declared, type) or not dataclasses.is_dataclass(declared):
        raise TypeError(f"its options must be a dataclass, got {declared!r}")
    forms = get_type_hints(declared)
    options = []
    for field in dataclasses.fields(declared):
        if not field.init:
            continue
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        elif field.default is not dataclasses.MISSING:
            default = field.default
        else:
            raise TypeError(f"its option {field.name} has no default")
        form = forms[field.name]
        if not is_supported(form):
            raise TypeError(
                f"its option {field.name} is of the type {form}: use str, int, float, bool, Path, Literal, X | None or "
                f"tuple[...] of these"
            )
        options.append(Option(field.name, form, default, str(field.metadata.get("help", ""))))
    return tuple(options)


def read_options(declared: type | None, given: Pairs) -> Any:  # noqa: ANN401  the class is known to the plugin only
    """An object of the options class, None where there is none.

    Args:
        declared: From ``declared_options``.
        given: What was written. An option of any number of parts may come several times, each adds to it.

    Raises:
        ValueError: A key is unknown or comes twice, or a value is none of its type; the message says what is expected.
    """
    known = {} if declared is None else {option.name: option for option in list_options(declared)}
    texts: dict[str, str] = {}
    for written, text in given:
        key = written if written in known else written.replace("-", "_")
        if key not in known:
            raise ValueError(_unknown(written, list(known)))
        if key not in texts:
            texts[key] = text
        elif is_list_like(known[key].form):
            texts[key] += (";" if holds_tuples(known[key].form) else ",") + text
        else:
            raise ValueError(f"the option {key} is given twice")
    if declared is None:
        return None
    values = {}
    for key, text in texts.items():
        try:
            values[key] = parse(text, known[key].form)
        except ValueError as error:
            raise ValueError(f"the option {key}: {error}") from None
    try:
        return declared(**values)
    except (TypeError, ValueError) as error:  # what its __post_init__ checks
        raise ValueError(" ".join(str(error).split()) or f"{type(error).__name__} in {declared.__name__}") from error


def as_pairs(options: Mapping[str, object] | Pairs) -> tuple[tuple[str, str], ...]:
    """Options given in Python, such as ``{"box": (10, 20, 300, 400)}``, as they would be written."""
    items = options.items() if isinstance(options, Mapping) else options
    return tuple((str(key), format_value(value)) for key, value in items)


def _first_annotation(factory: object) -> object:
    """What stands behind the colon of the context; None where nothing does."""
    try:
        parameters = list(inspect.signature(factory).parameters.values())  # type: ignore[arg-type]  # caught
    except (TypeError, ValueError):
        return None
    return parameters[0].annotation if parameters else None


def _resolve(annotation: str, factory: object, contexts: Mapping[str, type]) -> object:
    """An annotation that is a text, as under ``from __future__ import annotations``."""
    inner = inspect.unwrap(factory) if callable(factory) else factory
    module = sys.modules.get(getattr(inner, "__module__", None) or "")
    names = {**contexts, **vars(module)} if module is not None else dict(contexts)
    names |= getattr(inner, "__globals__", {})
    holder = types.SimpleNamespace(__annotations__={"context": annotation})
    try:
        return get_type_hints(holder, globalns=names)["context"]
    except Exception as error:  # the text may be anything
        if "[" not in annotation:
            return None
        raise TypeError(
            f"the annotation {annotation} of its context is not understood ({type(error).__name__}: {error}); "
            f"the class of its options must be defined at the top of its file"
        ) from error


def _unknown(key: str, known: Sequence[str]) -> str:
    if not known:
        return f"there is no option {key}: it has no options"
    return f"there is no option {key}: {did_you_mean(key.replace('-', '_'), known=known)}"
