"""The parameters of a request: from the query, also of what changes something; read once."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import ClassVar
from urllib.parse import parse_qsl

from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.asked import Asked, Refusals
from twinstar.sim.wires.bingx import errors

FLOAT = r"[0-9]{1,20}(\.[0-9]{1,20})?([eE]-?[0-9]{1,2})?"
WORDS = {"true": True, "false": False, "": False}


class Params(Asked, frozen=True):
    flags: ClassVar = WORDS
    refusals: ClassVar[Refusals] = errors

    def decimal(self, name: str) -> Decimal:
        """The venue reads floats, and so do clients write them."""
        value = self.text(name)
        if not re.fullmatch(FLOAT, value):
            raise errors.wrong(name)
        return Decimal(value)


def read(request: RestRequest) -> Params:
    return Params(dict(parse_qsl(request.query, keep_blank_values=True)))


def in_time(params: Params, at_ms: int, *, start: str = "startTime", end: str = "endTime") -> bool:
    """After the one, and not after the other."""
    first, last = params.integer_or_none(start), params.integer_or_none(end)
    return (first is None or at_ms >= first) and (last is None or at_ms <= last)
