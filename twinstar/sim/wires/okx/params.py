"""The parameters of a request: from the query, or rows of a JSON body; read once, refused in the venue's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from twinstar.sim.wires.okx import errors
from twinstar.sim.wires.okx.errors import ApiError

DECIMAL = r"[0-9]{1,20}(\.[0-9]{1,20})?"
INTEGER = r"[0-9]{1,20}"
LATEST_MS = 200_000_000_000_000  # beyond the year 8000 calendars end
FLAGS = {"true": True, "false": False, "": False}


class Params(Struct, frozen=True):
    values: Mapping[str, str]

    def has(self, name: str) -> bool:
        return bool(self.values.get(name))

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name) or default

    def text(self, name: str) -> str:
        if not self.has(name):
            raise errors.missing(name)
        return self.values[name]

    def one_of(self, name: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise errors.wrong(name)
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        if not re.fullmatch(DECIMAL, value):
            raise errors.wrong(name)
        return Decimal(value)

    def decimal_or_none(self, name: str) -> Decimal | None:
        return self.decimal(name) if self.has(name) else None

    def integer_or_none(self, name: str) -> int | None:
        value = self.get(name)
        if value and not re.fullmatch(INTEGER, value):
            raise errors.wrong(name)
        return int(value) if value else None

    def moment_or_none(self, name: str) -> int | None:
        moment_ms = self.integer_or_none(name)
        if moment_ms is not None and moment_ms > LATEST_MS:
            raise errors.wrong(name)
        return moment_ms

    def limit(self, most: int) -> int:
        """How many rows; the venue's default is 100, and it gives no more than ``most``."""
        limit = self.integer_or_none("limit")
        if limit == 0:
            raise errors.wrong("limit")
        return min(limit or 100, most)

    def flag(self, name: str) -> bool:
        value = self.values.get(name, "").lower()
        if value not in FLAGS:
            raise errors.wrong(name)
        return FLAGS[value]


def of_query(query: str) -> Params:
    return Params(dict(parse_qsl(query, keep_blank_values=True)))


def of_body(body: str) -> list[Params]:
    """An object, or a list of them."""
    if not body:
        raise ApiError("50000", "Body for POST request cannot be empty.", status=errors.BAD_REQUEST)
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ApiError("50002", "JSON syntax error", status=errors.BAD_REQUEST) from error
    return [of_object(row) for row in (told if isinstance(told, list) else [told])]


def of_object(row: Any) -> Params:
    if not isinstance(row, dict):
        raise ApiError("50002", "JSON syntax error", status=errors.BAD_REQUEST)
    return Params({name: _text(name, value) for name, value in row.items() if value is not None})


def _text(name: str, value: Any) -> str:
    """Numbers and flags come as text or as themselves; what holds more is an order's extras: not simulated."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise errors.wrong(name)
