"""The parameters of a request: a query string, a form, or a form in parts (which is how ccxt sends transactions)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl

from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.asked import Asked, Refusals
from twinstar.sim.wires.lighter import errors

PART = re.compile(r'name="(?P<name>[^"]+)".*?\r\n\r\n(?P<value>.*?)\r\n--', re.DOTALL)
WHOLE = re.compile(r"[0-9]{1,18}")


def whole(text: str) -> int | None:
    """None for what is no number, or one that nothing here could have."""
    return int(text) if WHOLE.fullmatch(text) else None


class Params(Asked, frozen=True):
    flags: ClassVar[Mapping[str, bool]] = {"": False, "false": False, "true": True}
    refusals: ClassVar[Refusals] = errors

    def integer(self, name: str) -> int:
        value = self.integer_or_none(name)
        if value is None:
            raise errors.missing(name)
        return value


def read(request: RestRequest) -> Params:
    values = dict(parse_qsl(request.query))
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return Params({**values, **{part["name"]: part["value"] for part in PART.finditer(request.body)}})
    return Params({**values, **dict(parse_qsl(request.body))})
