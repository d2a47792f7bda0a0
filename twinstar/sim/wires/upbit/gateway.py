"""Upbit's tokens: HS512 recommended and HS256 accepted. Source: docs.upbit.com/kr/reference/auth."""

from __future__ import annotations

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw.gateway import Gateway
from twinstar.sim.wires.upbit.errors import denied

DIGESTS = {"HS256": "sha256", "HS512": "sha512"}


def gateway(exchange: Exchange) -> Gateway:
    return Gateway(exchange, denied, DIGESTS)
