"""Upbit speaks in UUIDs, the exchange in numbers: each number has its UUID, and back, without a table."""

from __future__ import annotations

import hashlib
from uuid import UUID

ORDER_PREFIX = "51000000-0000-4000-8000-"
TRADE_PREFIX = "7a000000-0000-4000-8000-"


def order_uuid(order_id: int) -> str:
    return f"{ORDER_PREFIX}{order_id:012x}"


def trade_uuid(execution_id: int) -> str:
    return f"{TRADE_PREFIX}{execution_id:012x}"


def asset_uuid(account: str) -> str:
    return str(UUID(bytes=hashlib.sha256(account.encode()).digest()[:16], version=4))


def order_id_of(uuid: str) -> int | None:
    """None for what was never an order of ours."""
    head, tail = uuid[: len(ORDER_PREFIX)], uuid[len(ORDER_PREFIX) :]
    if head.lower() != ORDER_PREFIX or len(tail) != 12:
        return None
    try:
        return int(tail, 16)
    except ValueError:
        return None
