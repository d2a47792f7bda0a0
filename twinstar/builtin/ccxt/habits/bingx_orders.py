"""BingX's orders: how they are found, what became of them, their trades, and how they are canceled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bingx_lists import KEPT_MS, ORDERS, fills, listed, named, past_orders
from twinstar.builtin.ccxt.habits.habit import Exchange, Found, Json, Standing, Unified
from twinstar.builtin.ccxt.library import OrderNotFound
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Order, OrderKind, TimeInForce
from twinstar.errors import VenueUnavailable

AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
TYPES = {OrderKind.STOP: "STOP_MARKET", OrderKind.TAKE_PROFIT: "TAKE_PROFIT_MARKET"}
KINDS = {
    **{name: kind for kind, name in TYPES.items()},
    "LIMIT": OrderKind.LIMIT,
    "MARKET": OrderKind.MARKET,
}
TRIGGERS = ("STOP", "TAKE_PROFIT", "TRIGGER", "TRAILING")  # how the types begin of what waits for a price
CLIENT_IDS = ("clientOrderId", "clientOrderID", "c", "C")
EARLIER_MS = 60_000  # the venue's clock and ours may differ


def client_id(row: Unified) -> str | None:
    """In lower case, as the venue keeps it. Of orders that wait for a trigger it keeps none."""
    info = row["info"]
    return next((info[name] for name in CLIENT_IDS if isinstance(info.get(name), str) and info[name]), None)


def found(order: Unified) -> Found:
    """The stream does not number its trades, and a trigger order goes off without a word of what it became."""
    info = order["info"]
    if _waits(info):
        return _found_trigger(order)
    told = generic.found({**order, "status": str(order["status"]).lower()})
    pushed = "X" in info
    by_rule = pushed and told.status == "expired"
    return msgspec.structs.replace(
        told,
        ended_by_rule=by_rule,
        unsaid="it was filled, and the stream does not number its trades" if pushed and told.filled else "",
    )


def _found_trigger(order: Unified) -> Found:
    info = order["info"]
    state = str(info.get("status") or info.get("X")).upper()
    fired, failed = state == "FILLED", state in ("FAILED", "EXPIRED")
    told = generic.found({**order, "status": "open" if fired else "rejected" if failed else order["status"]})
    return msgspec.structs.replace(
        told,
        ended_by_rule=failed,
        reason="it could not go off" if failed else "",
        unsaid="it went off, and its order is not named" if fired else "",
    )


def _waits(info: Json) -> bool:
    return str(info.get("type") or info.get("o")).startswith(TRIGGERS)


def standing(order: Unified) -> Standing | None:
    info, price = order["info"], order.get("price")
    kind = KINDS.get(str(info.get("type")))
    if kind is None:
        return None
    return Standing(
        kind=kind,
        quantity=exact(order["amount"]),
        price=exact(price) if kind is OrderKind.LIMIT else None,
        stop_price=exact(info["stopPrice"]) if kind.is_trigger else None,
        reduce_only=kind.is_trigger or bool(order.get("reduceOnly")),
    )


def trigger(order: Order, price: str) -> Mapping[str, Any]:
    return {"stopLossPrice" if order.kind is OrderKind.STOP else "takeProfitPrice": price}


async def open_orders(exchange: Exchange, symbol: str | None, _: Mapping[str, Any]) -> Sequence[Unified]:
    """Stops among them."""
    return [_parsed(exchange, row) for row in await _open_rows(exchange, symbol)]


async def _open_rows(exchange: Exchange, symbol: str | None) -> list[Json]:
    request = named(exchange, symbol) if symbol is not None else {}
    return listed((await exchange.swapV2PrivateGetTradeOpenOrders(request))["data"][ORDERS])


def _parsed(exchange: Exchange, row: Json) -> Unified:
    order: Unified = exchange.parse_order(row, generic.market_of(exchange, row))
    return order


async def look_up(exchange: Exchange, order: Order) -> Found | None:
    row = await _row(exchange, order)
    if row is None:
        return None
    told = found(_parsed(exchange, row))
    if not told.unsaid:
        return _ended(told, order)
    if exact(row["executedQty"]):
        became = row
    else:
        since_ms = _since_ms(exchange, order)
        became = await _became(exchange, order.instrument.symbol, told.venue_order_id, since_ms)
    of_order = generic.found(_parsed(exchange, became))
    return _ended(msgspec.structs.replace(of_order, venue_order_id=told.venue_order_id), order)


def _ended(told: Found, order: Order) -> Found:
    """Why an order was canceled is not told; one that is not to rest was by rule."""
    by_rule = told.status == "canceled" and (order.time_in_force in AT_ONCE or order.kind is OrderKind.MARKET)
    return msgspec.structs.replace(
        told,
        ended_by_rule=told.ended_by_rule or by_rule,
        reason=told.reason or (f"{order.time_in_force.value}, not filled" if by_rule else ""),
    )


async def _became(exchange: Exchange, symbol: str, trigger_id: str, since_ms: int) -> Json:
    for each in await past_orders(exchange, symbol, since_ms):
        if str(each.get("triggerOrderId")) == trigger_id:
            return each
    raise VenueUnavailable(exchange.venue, "a stop went off, and the order that it became is not shown yet")


async def _row(exchange: Exchange, order: Order) -> Json | None:
    """By the venue's id, else by ours, which it keeps for a while only, and of trigger orders not at all."""
    ids = {"orderId": order.venue_order_id} if order.venue_order_id else {"clientOrderId": order.order_id}
    try:
        answer = await exchange.swapV2PrivateGetTradeOrder({**named(exchange, order.instrument.symbol), **ids})
    except OrderNotFound:
        return await _among_others(exchange, order)
    row = answer["data"]["order"]
    if not _is_it(row, order):
        raise ValueError("the answer is of another order")
    return row


async def _among_others(exchange: Exchange, order: Order) -> Json | None:
    symbol, since_ms = order.instrument.symbol, _since_ms(exchange, order)
    rows = [*await _open_rows(exchange, symbol), *await past_orders(exchange, symbol, since_ms)]
    sure = next((row for row in rows if _is_it(row, order)), None)
    if sure is not None or order.venue_order_id or not order.kind.is_trigger:
        return sure
    alike = (row for row in rows if _is_alike(row, order) and int(row["time"]) >= since_ms)
    return max(alike, key=lambda row: int(row["time"]), default=None)


def _is_it(row: Json, order: Order) -> bool:
    if order.venue_order_id:
        return str(row["orderId"]) == order.venue_order_id
    return bool(row.get("clientOrderId") == order.order_id)


def _is_alike(row: Json, order: Order) -> bool:
    """A stop without a name, on the very terms of ours. Of several, ours is the latest: nothing is sent in doubt."""
    return (
        not row.get("clientOrderId")
        and row["type"] == TYPES[order.kind]
        and row["side"] == order.side.value.upper()
        and exact(row["origQty"]) == order.quantity
        and exact(row["stopPrice"]) == order.stop_price
    )


def _since_ms(exchange: Exchange, order: Order) -> int:
    return max(order.created_ms - EARLIER_MS, _oldest_ms(exchange))


def _oldest_ms(exchange: Exchange) -> int:
    return int(exchange.milliseconds()) - KEPT_MS + EARLIER_MS


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    if not told.filled:
        return ()
    symbol = order.instrument.symbol
    rows = await fills(exchange, symbol, told.executing_id, _since_ms(exchange, order))
    return [_trade(row, symbol) for row in rows if str(row["orderId"]) == told.executing_id]


async def untold(exchange: Exchange, symbol: str, told: Found) -> Sequence[Unified]:
    """Of a stop that went off, those of the order that it became."""
    since_ms, order_id = _oldest_ms(exchange), told.executing_id
    if not told.filled:
        order_id = str((await _became(exchange, symbol, told.venue_order_id, since_ms))["orderId"])
    rows = await fills(exchange, symbol, order_id, since_ms)
    return [_trade(row, symbol) for row in rows if str(row["orderId"]) == order_id]


def _trade(row: Json, symbol: str) -> Unified:
    """ccxt would date it eight hours late, after a field that calls Hong Kong's time UTC, and drop the fee's sign."""
    return {
        "info": row,
        "id": row["tradeId"],
        "order": row["orderId"],
        "symbol": symbol,
        "timestamp": round(datetime.fromisoformat(row["filledTime"]).timestamp() * 1_000),
        "side": row["side"].lower(),
        "price": row["price"],
        "amount": row["qty"],
        "fee": {"cost": f"{-exact(row['commission']):f}", "currency": row["commissionAsset"]},
    }


async def cancel(exchange: Exchange, order: Order) -> object:
    ids = {"orderId": order.venue_order_id} if order.venue_order_id else {"clientOrderId": order.order_id}
    return await exchange.swapV2PrivateDeleteTradeOrder({**named(exchange, order.instrument.symbol), **ids})
