"""What pydantic found wrong, in the words of the file: its keys, its lines, and a way out. No value is repeated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from twinstar.config.document import KeyPath

_MUST_BE: Final = {
    "a whole number": ("int_type", "int_parsing", "int_from_float"),
    "a number": ("float_type", "float_parsing", "decimal_type", "decimal_parsing", "finite_number"),
    "true or false": ("bool_type", "bool_parsing"),
    "text": ("string_type",),
    "a path": ("path_type",),
    "a list": ("list_type", "tuple_type"),
    "a mapping": ("dict_type", "mapping_type", "model_type", "model_attributes_type"),
}
_WANTED: Final = {kind: what for what, kinds in _MUST_BE.items() for kind in kinds}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where one is near, else what there is."""
    names = sorted(known)
    near = get_close_matches(word.lower(), {name.lower() for name in names}, 1, cutoff=0.7)
    if near:
        return f"; did you mean {next(name for name in names if name.lower() == near[0])!r}?"
    return f"; there are: {', '.join(names)}" if names else ""


def faults(e: ValidationError, model: type[BaseModel], data: object) -> Iterator[tuple[KeyPath, str]]:
    """Each fault as a key path below ``data`` and a text."""
    errors = e.errors(include_url=False, include_input=False)
    for error in errors:
        if error["type"] == "too_short" and any(_lies_in(other["loc"], error["loc"]) for other in errors):
            continue  # pydantic does not count the items it refused
        context = error.get("ctx", {})
        path = _path_in(data, error["loc"], missing=error["type"] in ("missing", "extra_forbidden"))
        if "key" in context:
            path = (*path, context["key"])
        yield path, _text(error, model, _at(data, path))


def _lies_in(inner: KeyPath, outer: KeyPath) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _text(error: ErrorDetails, model: type[BaseModel], value: object) -> str:
    context = error.get("ctx", {})
    kind = error["type"]
    text = error["msg"].replace("Input should be", "must be")
    if kind == "missing":
        text = "required"
    elif kind == "extra_forbidden":
        text = f"unknown key{did_you_mean(str(error['loc'][-1]), _fields_at(model, error['loc'][:-1]))}"
    elif kind == "value_error":
        text = str(context["error"])
    elif kind == "too_short":
        text = f"needs at least {context['min_length']}"
    elif kind in ("enum", "literal_error"):
        text = f"must be {context['expected']}{_near_choice(value, context['expected'])}"
    elif kind in _WANTED:
        text = f"must be {_WANTED[kind]}, got {_kind_of(value)}{_remedy(kind, value)}"
    return text


def _near_choice(value: object, expected: str) -> str:
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    if isinstance(value, str):
        hint = did_you_mean(value, choices)
        return hint if "did you mean" in hint else ""
    return f", got {_kind_of(value)}{_remedy('string_type', value)}"


def _remedy(kind: str, value: object) -> str:
    if value is None:
        return "; fill it in, or remove the key"
    return "; put it in quotes" if kind == "string_type" and not isinstance(value, list | dict) else ""


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
    return "a number"


def _path_in(data: object, loc: KeyPath, *, missing: bool) -> KeyPath:
    """``loc`` without the steps that are pydantic's own (names of union members, ``[key]``)."""
    path: KeyPath = ()
    for place, step in enumerate(loc):
        last = place == len(loc) - 1
        if _has(data, step) or (missing and last):
            path = (*path, step)
            data = _at(data, (step,))
    return path


def _has(data: object, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list | tuple) and isinstance(step, int) and step < len(data)


def _at(data: Any, path: KeyPath) -> object:
    for step in path:
        data = data[step] if _has(data, step) else None
    return data


def _fields_at(model: type[BaseModel], loc: KeyPath) -> list[str]:
    """The keys of the section that ``loc`` leads to."""
    here: Any = model
    for step in loc:
        # Any other step is a name or a place within a container of sections.
        if here is not None and step in here.model_fields:
            here = _section_in(here.model_fields[step].annotation)
    return [] if here is None else list(here.model_fields)


def _section_in(annotation: Any) -> Any:
    """The section type within an annotation: itself, one side of a union, or the values of a mapping or list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part)) is not None), None)
