"""The parameters of a request: from the query, or rows of a JSON body; read once, refused in the venue's words."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from twinstar.sim.wires.asked import Asked, Refusals
from twinstar.sim.wires.okx import errors
from twinstar.sim.wires.okx.errors import ApiError

LATEST_MS = 200_000_000_000_000  # beyond the year 8000 calendars end


class Params(Asked, frozen=True):
    flags: ClassVar = {"true": True, "false": False, "": False}
    refusals: ClassVar[Refusals] = errors

    def moment_or_none(self, name: str) -> int | None:
        moment_ms = self.integer_or_none(name)
        if moment_ms is not None and moment_ms > LATEST_MS:
            raise errors.wrong(name)
        return moment_ms


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
