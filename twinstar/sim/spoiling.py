"""Ways to spoil an answer or a frame, as networks, proxies and venues on a bad day do. Pure."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
HUGE = "9" * 40
GZIPPED = b"\x1f\x8b"

Frame = str | bytes
Json = object


def _each_value(text: str, change: Callable[[Json], Json]) -> str:
    """The same document with every leaf changed; text that is no JSON comes back changed as a whole."""
    try:
        document = json.loads(text)
    except ValueError:
        document = text
    return json.dumps(_walked(document, change))


def _walked(value: Json, change: Callable[[Json], Json]) -> Json:
    if isinstance(value, dict):
        return {key: _walked(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_walked(item, change) for item in value]
    return change(value)


def _other_type(value: Json) -> Json:
    match value:
        case bool() | None:
            return "yes"
        case int() | float():
            return {"value": "abc"}
        case _:
            return [1]


def _as_number(text: str) -> Callable[[Json], Json]:
    """Numbers, and numbers in strings, become this one; the rest stays."""

    def change(value: Json) -> Json:
        if isinstance(value, str):
            return text if NUMBER.fullmatch(value) else value
        return float(text) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return change


def _negative(value: Json) -> Json:
    if isinstance(value, str):
        return f"-{value}" if NUMBER.fullmatch(value) and not value.startswith("-") else value
    return -abs(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


SPOILERS: Mapping[str, Callable[[str], Frame]] = {
    "truncated": lambda text: text[: max(1, len(text) // 2)],
    "wrong_types": lambda text: _each_value(text, _other_type),
    "nan": lambda text: _each_value(text, _as_number("NaN")),
    "negative": lambda text: _each_value(text, _negative),
    "huge": lambda text: _each_value(text, _as_number(HUGE)),
    "empty": lambda _: "",
    "empty_object": lambda _: "{}",
    "list": lambda _: "[]",
    "null": lambda _: "null",
    "html": lambda _: "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    "invalid_utf8": lambda _: b'{"e": "\xff\xfe\x80',
}


def text_of(frame: Frame) -> str:
    if isinstance(frame, str):
        return frame
    return (gzip.decompress(frame) if frame.startswith(GZIPPED) else frame).decode("utf-8", "replace")


def spoiled(frame: Frame, kind: str) -> Frame:
    """In the shape it came in: text stays text, except where the kind is about bytes, and what was gzipped is again."""
    made = SPOILERS[kind](text_of(frame))
    if isinstance(frame, str):
        return made
    content = made.encode() if isinstance(made, str) else made
    return gzip.compress(content) if frame.startswith(GZIPPED) else content
