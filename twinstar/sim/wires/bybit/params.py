"""The parameters of a request, from a query string or a JSON body: read once, refused in the venue's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.bybit.errors import ApiError, invalid

DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
LONGEST_INTEGER = 15
FLAGS = {"true": True, "false": False}


class Params(Struct, frozen=True):
    """An empty value counts as none."""

    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.values.get(name) or None

    def text(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise invalid(name)
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        if not DECIMAL.fullmatch(value):
            raise invalid(name)
        return Decimal(value)

    def decimal_or_none(self, name: str) -> Decimal | None:
        return None if self.get(name) is None else self.decimal(name)

    def integer_or_none(self, name: str) -> int | None:
        value = self.get(name)
        if value is not None and (not value.isdecimal() or len(value) > LONGEST_INTEGER):
            raise invalid(name)
        return None if value is None else int(value)

    def limit(self, default: int, most: int) -> int:
        """How many rows: no more than the venue gives, and not none."""
        limit = self.integer_or_none("limit")
        if limit == 0:
            raise invalid("limit")
        return min(limit or default, most)

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if value is not None and value not in FLAGS:
            raise invalid(name)
        return FLAGS[value or "false"]


def read(request: RestRequest) -> Params:
    if request.method != "POST":
        return Params(dict(parse_qsl(request.query)))
    try:
        body = msgspec.json.decode(request.body or "{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ApiError(10001, "Request parameter error: the body is no JSON object") from None
    return Params({name: _text(value) for name, value in body.items()})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
