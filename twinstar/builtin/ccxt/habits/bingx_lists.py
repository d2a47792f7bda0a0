"""BingX's answers: none that is garbled counts as empty."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twinstar.builtin.ccxt.habits.habit import Exchange, Json
from twinstar.errors import VenueUnavailable

ORDERS, FILLS = "orders", "fill_orders"
PAGE = 1_000
DAY_MS = 86_400_000
KEPT_MS = 7 * DAY_MS  # how far back orders and trades are shown

Ask = Callable[[Mapping[str, Any]], Awaitable[Json]]


def rows(answer: Json) -> list[Json]:
    return listed(answer["data"])


def listed(found: Json) -> list[Json]:
    if not isinstance(found, list):
        raise ValueError("the answer has no list")  # noqa: TRY004 - as for any answer that cannot be read
    return found


def named(exchange: Exchange, symbol: str) -> Mapping[str, Any]:
    return {"symbol": exchange.market(symbol)["id"]}


async def past_orders(exchange: Exchange, symbol: str, since_ms: int) -> list[Json]:
    """An answer that is full may not be all."""
    request = {**named(exchange, symbol), "startTime": since_ms, "endTime": exchange.milliseconds(), "limit": PAGE}
    found = listed((await exchange.swapV2PrivateGetTradeAllOrders(request))["data"][ORDERS])
    if len(found) >= PAGE:
        raise VenueUnavailable(exchange.venue, f"{symbol}: it shows no more than {PAGE} past orders")
    return found


async def fills(exchange: Exchange, symbol: str, order_id: str, since_ms: int) -> list[Json]:
    """The oldest first, page by page."""
    stretch = {"startTs": since_ms, "endTs": exchange.milliseconds(), "pageSize": PAGE}
    found: list[Json] = []
    while True:
        page = {"pageIndex": len(found) // PAGE + 1}
        request = {**named(exchange, symbol), "orderId": order_id, **stretch, **page}
        more = listed((await exchange.swapV2PrivateGetTradeFillHistory(request))["data"][FILLS])
        found += more
        if len(more) < PAGE:
            return found
