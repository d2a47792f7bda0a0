"""The parameters of a request: read once, refused in the venue's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import parse_qsl

from msgspec import Struct

from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.errors import ApiError

DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
INTEGER = r"^[0-9]{1,20}$"
LATEST_MS = 200_000_000_000_000  # beyond the year 8000 calendars end
FLAGS = {"true": True, "false": False}


class Params(Struct, frozen=True):
    values: Mapping[str, str]

    def has(self, name: str) -> bool:
        return bool(self.values.get(name))

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if not value:
            raise errors.missing(name)
        return value

    def text_or_none(self, name: str) -> str | None:
        value = self.values.get(name)
        if value == "":
            raise ApiError(-1105, f"Parameter '{name.lower()}' was empty.")
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        if not re.fullmatch(DECIMAL, value):
            raise errors.illegal(name, DECIMAL)
        return Decimal(value)

    def decimal_or_none(self, name: str) -> Decimal | None:
        return None if self.text_or_none(name) is None else self.decimal(name)

    def integer(self, name: str) -> int:
        value = self.text(name)
        if not re.fullmatch(INTEGER, value):
            raise errors.illegal(name, INTEGER)
        return int(value)

    def integer_or_none(self, name: str) -> int | None:
        return None if self.text_or_none(name) is None else self.integer(name)

    def moment_or_none(self, name: str) -> int | None:
        moment_ms = self.integer_or_none(name)
        if moment_ms is not None and moment_ms > LATEST_MS:
            raise errors.invalid(name)
        return moment_ms

    def limit(self, default: int, most: int) -> int:
        """How many rows: no more than the venue gives, and not none."""
        limit = self.integer_or_none("limit")
        if limit == 0:
            raise errors.invalid("limit")
        return min(limit or default, most)

    def flag(self, name: str) -> bool:
        value = self.text_or_none(name)
        if value is None:
            return False
        if value.lower() not in FLAGS:
            raise errors.illegal(name, "true|false")
        return FLAGS[value.lower()]


def read(query: str, body: str) -> Params:
    """The venue takes parameters from the query string and from a form body alike."""
    pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ApiError(-1101, "Duplicate values for a parameter detected.")
    return Params(values)
