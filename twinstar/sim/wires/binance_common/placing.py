"""The parts of a new order that spot and futures read alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twinstar.sim.model import Kind, Side
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.params import Params
from twinstar.sim.wires.binance_common.words import SIDES

CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"


def kind_of(params: Params, types: Mapping[str, Kind]) -> Kind:
    name = params.text("type")
    if name not in types:
        raise ApiError(-1116, "Invalid orderType.")
    return types[name]


def side_of(params: Params) -> Side:
    name = params.text("side")
    if name not in SIDES:
        raise ApiError(-1117, "Invalid side.")
    return SIDES[name]


def client_id_of(params: Params, name: str) -> str | None:
    client_id = params.text_or_none(name)
    if client_id is not None and not re.fullmatch(CLIENT_ID, client_id):
        raise errors.illegal(name, CLIENT_ID)
    return client_id
