"""The parameters of a request: from the query or a JSON body; read once, refused in the venue's words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.asked import Asked, Refusals
from twinstar.sim.wires.bitget import errors


class Params(Asked, frozen=True):
    lists: Mapping[str, list[Params]] = {}

    flags: ClassVar = {"yes": True, "no": False, "": False}
    refusals: ClassVar[Refusals] = errors

    def price(self, name: str) -> Decimal | None:
        """Where nothing and 0 mean the market's."""
        return self.decimal_or_none(name) or None


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
