"""Options in a form or a query, made from the fields of EraseRequest and OutputConfig: a new field is a new option."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, get_args, get_origin

from eraser.config import EraseRequest, OutputConfig
from eraser.errors import NobodyThereError
from eraser.options import OptionField, options_of
from eraser.select import check_choice
from eraser.serve.errors import ServeError, bad_option
from eraser.system.words import did_you_mean, one_line

RESULT_FIELDS = ("format", "quality", "strip_metadata", "keep_metadata", "ai_label")
"""Of OutputConfig; the others are about files on a disk."""
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_POINTS = tuple[tuple[int, int], ...]
_NAMES = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    erase: EraseRequest
    results: OutputConfig


def erase_options() -> list[OptionField]:
    """The options of a request."""
    return list(options_of(EraseRequest))


def result_options() -> list[OptionField]:
    """The options of a result."""
    return [each for each in options_of(OutputConfig) if each.name in RESULT_FIELDS]


def read_options(fields: Iterable[tuple[str, str]], *, ignore: Collection[str] = ()) -> Asked:
    """What a form or a query asks for.

    Args:
        fields: Names and values; a name may come again where the option is a list.
        ignore: Names that are no options.

    Raises:
        ServeError: A name is unknown, or a value makes no sense: 422.
    """
    known = {each.name: each for each in (*erase_options(), *result_options())}
    given: dict[str, list[str]] = {}
    for name, value in fields:
        if name not in ignore:
            if name not in known:
                raise bad_option(f"there is no option {one_line(name)!r}: {did_you_mean(name, known=known)}")
            given.setdefault(name, []).append(value)
    values = {name: _value(known[name], texts) for name, texts in given.items()}
    results = {name: value for name, value in values.items() if name in RESULT_FIELDS}
    try:
        request = EraseRequest(**{name: value for name, value in values.items() if name not in RESULT_FIELDS})
        check_choice(request)
        return Asked(request, OutputConfig(**results))
    except NobodyThereError:
        raise
    except (TypeError, ValueError) as error:
        raise bad_option(str(error)) from error


def schema_of(option: OptionField) -> dict[str, Any]:
    """The option as OpenAPI describes it."""
    said = option.option
    schema: dict[str, Any] = {"description": said.help.replace("see --list", "see /api/v1/people")}
    form = option.form
    if form == _POINTS:
        schema |= {"type": "array", "items": {"type": "string", "pattern": r"^\d+,\d+$"}}
    elif form == _NAMES:
        schema |= {"type": "array", "items": {"type": "string"}}
    elif get_origin(form) is Literal:
        schema |= {"type": "string", "enum": list(get_args(form))}
    else:
        kind = next(kind for kind in (bool, int, str) if form is kind or kind in get_args(form))
        schema["type"] = {bool: "boolean", int: "integer", str: "string"}[kind]
    if option.default not in (None, ()):
        schema["default"] = option.default
    if said.at_least is not None:
        schema["minimum"] = said.at_least
    if said.at_most is not None:
        schema["maximum"] = said.at_most
    return schema


def form_schema(files: dict[str, str], *, options: bool, several: bool = False) -> dict[str, Any]:
    """The body of an operation, for FastAPI's ``openapi_extra``.

    Args:
        files: Names and descriptions of the files, and of other fields in front of the options.
        options: Whether the options of a request follow.
        several: Whether the first file may come several times.
    """
    properties: dict[str, Any] = {}
    for name, said in files.items():
        binary = {"type": "string"} if name == "photo" else {"type": "string", "format": "binary"}
        properties[name] = {**binary, "description": said}
    if several:
        first = next(iter(files))
        properties[first] = {"type": "array", "items": properties[first]}
    if options:
        properties |= {each.name: schema_of(each) for each in (*erase_options(), *result_options())}
    content = {"multipart/form-data": {"schema": {"type": "object", "properties": properties}}}
    return {"requestBody": {"required": True, "content": content}}


def query_parameters() -> dict[str, Any]:
    """The options of a request as parameters of a query, for FastAPI's ``openapi_extra``."""
    return {"parameters": [{"name": each.name, "in": "query", "schema": schema_of(each)} for each in erase_options()]}


def _value(option: OptionField, texts: Sequence[str]) -> Any:  # noqa: ANN401  fields of any type
    if option.form == _POINTS:
        return tuple(_point(option.name, text) for text in texts)
    if option.form == _NAMES:
        return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())
    if len(texts) > 1:
        raise bad_option(f"{option.name} was sent {len(texts)} times")
    text, form = texts[0].strip(), option.form
    if form is bool:
        if text.lower() not in (*_TRUE, *_FALSE):
            raise bad_option(f"{option.name} must be true or false, got {one_line(text)!r}")
        return text.lower() in _TRUE
    if get_origin(form) is Literal and text not in get_args(form):
        raise bad_option(f"{option.name} must be one of {', '.join(get_args(form))}, got {one_line(text)!r}")
    if int in get_args(form):
        return _number(option, text)
    return text


def _number(option: OptionField, text: str) -> int:
    try:
        number = float(text)
    except ValueError:
        raise _no_number(option, text) from None
    said = option.option
    least = -float("inf") if said.at_least is None else said.at_least
    most = float("inf") if said.at_most is None else said.at_most
    if not isfinite(number) or number != int(number) or not least <= number <= most or len(text) > 9:
        raise _no_number(option, text)
    return int(number)


def _no_number(option: OptionField, text: str) -> ServeError:
    limits = [f"{word} {limit:g}" for word, limit in _limits(option)]
    return bad_option(f"{option.name} must be a whole number{' '.join(['', *limits])}, got {one_line(text[:40])!r}")


def _limits(option: OptionField) -> list[tuple[str, float]]:
    pairs = (("of at least", option.option.at_least), ("and at most", option.option.at_most))
    return [(word, limit) for word, limit in pairs if limit is not None]


def _point(name: str, text: str) -> tuple[int, int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        raise bad_option(f"{name} must be a pixel such as 640,480, got {one_line(text[:40])!r}")
    return int(parts[0]), int(parts[1])
