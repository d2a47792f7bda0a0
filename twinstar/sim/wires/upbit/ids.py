"""Upbit speaks in UUIDs, the exchange in numbers."""

from __future__ import annotations

import hashlib
from uuid import UUID

from twinstar.sim.wires.uuids import Uuids

ORDERS = Uuids("51000000-0000-4000-8000-")
TRADES = Uuids("7a000000-0000-4000-8000-")

order_uuid = ORDERS.of
order_id_of = ORDERS.number_of
trade_uuid = TRADES.of


def asset_uuid(account: str) -> str:
    return str(UUID(bytes=hashlib.sha256(account.encode()).digest()[:16], version=4))
