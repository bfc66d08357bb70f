"""One text as one typed value, and back: what ``--masker-option key=value`` can carry."""

from __future__ import annotations

import math
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

TypeForm: TypeAlias = Any
"""A type as it stands in an annotation: ``int``, ``int | None``, ``tuple[float, ...]``, ``Literal["a", "b"]``."""

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_NOTHING = ("none", "")
_PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
_SEVERAL = {str: "texts", int: "whole numbers", float: "numbers", bool: "times true or false", Path: "paths"}


def is_supported(form: TypeForm) -> bool:
    """Whether values of that type can be written as text."""
    if _origin(form) is Literal:
        return all(isinstance(value, (str, int, bool)) for value in get_args(form))
    if is_tuple(form):
        # one more level of tuples at most, since there are two separators
        return all(is_supported(part) and not (is_tuple(part) and _holds_tuples(part)) for part in _parts(form))
    if _is_union(form):
        return all(part is types.NoneType or is_supported(part) for part in get_args(form))
    return form in _PLAIN


def is_tuple(form: TypeForm) -> bool:
    """Whether the type is ``tuple[...]``."""
    return _origin(form) is tuple and bool(get_args(form))


def is_list_like(form: TypeForm) -> bool:
    """Whether values of that type have any number of parts, so that each ``key=value`` may add some."""
    if _is_union(form):
        return any(is_list_like(part) for part in get_args(form))
    return is_tuple(form) and Ellipsis in get_args(form)


def holds_tuples(form: TypeForm) -> bool:
    """Whether the parts of a tuple, or of one in a union, are tuples themselves: then ``;`` stands between them."""
    alternatives = get_args(form) if _is_union(form) else (form,)
    return any(is_tuple(part) and _holds_tuples(part) for part in alternatives)


def parse(text: str, form: TypeForm) -> object:
    """A text as a value of the type.

    Tuples are written ``1,2,3``, tuples of tuples ``1,2;3,4``; None is ``none``, truth ``true`` or ``false`` (or yes,
    no, on, off, 1, 0). A path may begin with ``~``.

    Raises:
        ValueError: It is none; the message says what is expected.
    """
    if _origin(form) is Literal:
        for value in get_args(form):
            if text.strip() == str(value):
                return value
        raise ValueError(_expected(text, form))
    if _is_union(form):
        return _parse_union(text, form)
    if is_tuple(form):
        return _parse_tuple(text, form)
    try:
        return _parse_plain(text, form)
    except ValueError:
        raise ValueError(_expected(text, form)) from None


def describe(form: TypeForm) -> str:
    """The type in words for people, such as ``4 whole numbers, separated by commas``."""
    if _origin(form) is Literal:
        return "one of " + ", ".join(str(value) for value in get_args(form))
    if _is_union(form):
        return ", or ".join("none" if part is types.NoneType else describe(part) for part in get_args(form))
    if not is_tuple(form):
        return _PLAIN[form]
    parts = _parts(form)
    mark = "semicolons" if _holds_tuples(form) else "commas"
    if len(set(parts)) > 1:
        what = f"({', '.join(describe(part) for part in parts)})"
    else:
        count = "any number of" if is_list_like(form) else str(len(parts))
        what = f"{count} {_SEVERAL[parts[0]] if parts[0] in _SEVERAL else f'({describe(parts[0])})'}"
    return f"{what} separated by {mark}"


def format_value(value: object) -> str:
    """A value as the text that ``parse`` reads."""
    if isinstance(value, (tuple, list)):
        mark = ";" if any(isinstance(part, (tuple, list)) for part in value) else ","
        return mark.join(format_value(part) for part in value)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _parse_plain(text: str, form: TypeForm) -> object:
    if form is str:
        return text
    if form is Path:
        if not text.strip():
            raise ValueError
        return Path(text).expanduser()
    if form is bool:
        word = text.strip().lower()
        if word not in (*_YES, *_NO):
            raise ValueError
        return word in _YES
    number = form(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _parse_union(text: str, form: TypeForm) -> object:
    parts = get_args(form)
    if types.NoneType in parts and text.strip().lower() in _NOTHING:
        return None
    # the narrowest reading first: any text is a str and a path, too
    for part in sorted((part for part in parts if part is not types.NoneType), key=lambda part: part in (str, Path)):
        try:
            return parse(text, part)
        except ValueError:
            continue
    raise ValueError(_expected(text, form))


def _parse_tuple(text: str, form: TypeForm) -> tuple[object, ...]:
    texts = _split(text, ";" if _holds_tuples(form) else ",")
    forms = _parts(form)
    if is_list_like(form):
        forms = forms * len(texts)
    if len(texts) != len(forms):
        raise ValueError(_expected(text, form))
    try:
        return tuple(parse(part, part_form) for part, part_form in zip(texts, forms, strict=True))
    except ValueError as error:
        raise ValueError(f"{_expected(text, form)} ({error})") from None


def _split(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark)] if text.strip() else []


def _parts(form: TypeForm) -> tuple[TypeForm, ...]:
    return tuple(part for part in get_args(form) if part is not Ellipsis)


def _holds_tuples(form: TypeForm) -> bool:
    def alternatives(part: TypeForm) -> Iterable[TypeForm]:
        return get_args(part) if _is_union(part) else (part,)

    return any(is_tuple(inner) for part in _parts(form) for inner in alternatives(part))


def _origin(form: TypeForm) -> object:
    return get_origin(form)


def _is_union(form: TypeForm) -> bool:
    return _origin(form) in (Union, types.UnionType)


def _expected(text: str, form: TypeForm) -> str:
    return f"{text!r} is not {describe(form)}"
