"""Bitget's lists: page by page, and none that is garbled counts as empty."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twinstar.builtin.ccxt.habits.habit import Exchange, Json

PRODUCT, COIN = "USDT-FUTURES", "USDT"
PAGE = 100
LINEAR = {"productType": PRODUCT}
ORDERS, FILLS, BILLS = "entrustedList", "fillList", "bills"


async def pages(
    ask: Callable[[Mapping[str, Any]], Awaitable[Json]], request: Mapping[str, Any], name: str
) -> list[Json]:
    """All of a list, the newest first, however many answers it takes; a list of nothing may be null."""
    found: list[Json] = []
    older: Any = None
    while True:
        told = (await ask({**LINEAR, "limit": PAGE, **request, **({"idLessThan": older} if older else {})}))["data"]
        rows = told[name] if told[name] is not None else []
        if not isinstance(rows, list):
            raise ValueError(f"{name} is no list")  # noqa: TRY004 - as for any answer that cannot be read
        found += rows
        older = told["endId"]
        if len(rows) < PAGE or not older:
            return found


def rows(answer: Json) -> list[Json]:
    found = answer["data"]
    if not isinstance(found, list):
        raise ValueError("the answer has no list")  # noqa: TRY004 - as for any answer that cannot be read
    return found


def named(exchange: Exchange, symbol: str) -> Mapping[str, Any]:
    return {"symbol": exchange.market(symbol)["id"]}
