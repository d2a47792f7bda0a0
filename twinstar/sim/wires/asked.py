"""What a request asks for, by name: read once, and refused in the venue's own words."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from decimal import Decimal
from typing import ClassVar, Protocol

from msgspec import Struct

DECIMAL = r"[0-9]{1,20}(\.[0-9]{1,20})?"
INTEGER = r"[0-9]{1,20}"
MOST = 100  # rows of most lists


class Refusals(Protocol):
    """A wire's module of errors."""

    def missing(self, name: str) -> Exception: ...
    def wrong(self, name: str) -> Exception: ...


class Asked(Struct, frozen=True):
    """An empty value counts as none. A wire says how it spells flags, and what it answers to what it cannot read."""

    values: Mapping[str, str]

    flags: ClassVar[Mapping[str, bool]]
    refusals: ClassVar[Refusals]

    def has(self, name: str) -> bool:
        return bool(self.values.get(name))

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name) or default

    def text(self, name: str) -> str:
        if not self.has(name):
            raise self.refusals.missing(name)
        return self.values[name]

    def one_of(self, name: str, allowed: Container[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise self.refusals.wrong(name)
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        if not re.fullmatch(DECIMAL, value):
            raise self.refusals.wrong(name)
        return Decimal(value)

    def decimal_or_none(self, name: str) -> Decimal | None:
        return self.decimal(name) if self.has(name) else None

    def positive(self, name: str) -> Decimal:
        number = self.decimal(name)
        if number <= 0:
            raise self.refusals.wrong(name)
        return number

    def integer_or_none(self, name: str) -> int | None:
        value = self.get(name)
        if value and not re.fullmatch(INTEGER, value):
            raise self.refusals.wrong(name)
        return int(value) if value else None

    def limit(self, most: int = MOST, default: int = MOST) -> int:
        """How many rows: no more than the venue gives, and not none."""
        limit = self.integer_or_none("limit")
        if limit == 0:
            raise self.refusals.wrong("limit")
        return min(limit or default, most)

    def flag(self, name: str) -> bool:
        value = self.get(name).lower()
        if value not in self.flags:
            raise self.refusals.wrong(name)
        return self.flags[value]
