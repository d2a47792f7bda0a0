"""The parameters of a request: from the query or a JSON body; read once, refused in the venue's words."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.bitget import errors

DECIMAL = r"[0-9]{1,20}(\.[0-9]{1,20})?"
INTEGER = r"[0-9]{1,20}"
FLAGS = {"yes": True, "no": False, "": False}
MOST = 100  # rows of most lists


class Params(Struct, frozen=True):
    values: Mapping[str, str]
    lists: Mapping[str, list[Params]] = {}

    def has(self, name: str) -> bool:
        return bool(self.values.get(name))

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name) or default

    def text(self, name: str) -> str:
        if not self.has(name):
            raise errors.missing(name)
        return self.values[name]

    def one_of(self, name: str, allowed: Container[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise errors.wrong(name)
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        if not re.fullmatch(DECIMAL, value):
            raise errors.wrong(name)
        return Decimal(value)

    def price(self, name: str) -> Decimal | None:
        """Where nothing and 0 mean the market's."""
        price = self.decimal(name) if self.has(name) else Decimal(0)
        return price or None

    def integer(self, name: str) -> int | None:
        value = self.get(name)
        if value and not re.fullmatch(INTEGER, value):
            raise errors.wrong(name)
        return int(value) if value else None

    def limit(self, most: int = MOST, default: int = MOST) -> int:
        limit = self.integer("limit")
        if limit == 0:
            raise errors.wrong("limit")
        return min(limit or default, most)

    def flag(self, name: str) -> bool:
        value = self.get(name).lower()
        if value not in FLAGS:
            raise errors.wrong(name)
        return FLAGS[value]


def read(request: RestRequest) -> Params:
    if request.method == "GET":
        return Params(dict(parse_qsl(request.query, keep_blank_values=True)))
    try:
        told = msgspec.json.decode(request.body or "{}")
    except (msgspec.DecodeError, RecursionError) as error:
        raise errors.wrong("body") from error
    return of_object(told)


def of_object(told: Any) -> Params:
    if not isinstance(told, dict):
        raise errors.wrong("body")
    lists = {name: [of_object(each) for each in value] for name, value in told.items() if isinstance(value, list)}
    plain = {name: value for name, value in told.items() if name not in lists and value is not None}
    return Params({name: _text(name, value) for name, value in plain.items()}, lists)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise errors.wrong(name)
    return str(value)
