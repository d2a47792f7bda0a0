"""How any venue of ccxt is treated that we know no habit of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from twinstar.builtin.ccxt.habits.habit import (
    Exchange,
    Found,
    Frames,
    Habit,
    Held,
    Json,
    Orders,
    Position,
    Refusal,
    Standing,
    Terms,
    Unified,
    Wallet,
    Words,
    row_of,
)
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Balance, Order, OrderKind
from twinstar.engine.candles import CandleRow

_CODES = ("code", "retCode", "ret_code", "name")
_TEXTS = ("msg", "message", "retMsg", "ret_msg")
_BY_RULE = ("IOC", "FOK")


def candles(_: Json, rows: Sequence[Any]) -> Iterator[tuple[CandleRow, bool | None]]:
    """Only a successor proves that a candle is over; a frame may end one and begin the next."""
    for values in rows[-2:]:
        yield row_of(values), None


def trade_ms(trade: Unified) -> Any:
    return trade["timestamp"]


def refusal(body: Json) -> Refusal | None:
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    if not isinstance(inner, Mapping):
        return None
    code = next((str(inner[key]) for key in _CODES if inner.get(key) is not None), None)
    return Refusal(code, str(next((inner[key] for key in _TEXTS if inner.get(key)), ""))) if code else None


def market_of(exchange: Exchange, row: Json) -> Unified:
    """The market a row names; others of that name, on spot, are not loaded."""
    (market,) = exchange.markets_by_id[row["symbol"]]
    found: Unified = market
    return found


def client_id(row: Unified) -> str | None:
    given = row.get("clientOrderId") or row["info"].get("clientOrderId")
    return given if isinstance(given, str) else None


def found(order: Unified) -> Found:
    """Raise `ValueError` for an order without an id, or with an amount that is none."""
    venue_order_id, status = order.get("id"), order.get("status")
    if not isinstance(venue_order_id, str) or venue_order_id.startswith("-") or not isinstance(status, str):
        raise ValueError("an order without id or status")
    return Found(
        venue_order_id=venue_order_id,
        executing_id=venue_order_id,
        status=status,
        filled=exact(order.get("filled") or "0"),
        time_ms=order.get("lastUpdateTimestamp") or order.get("lastTradeTimestamp") or order.get("timestamp"),
        ended_by_rule=str(order.get("timeInForce")).upper() in _BY_RULE,
    )


def standing(order: Unified) -> Standing | None:
    """Whether a trigger waits for a loss or for a profit ccxt does not always say; a habit must."""
    if order.get("takeProfitPrice"):
        return None
    trigger, price = order.get("stopLossPrice") or order.get("triggerPrice"), order.get("price")
    untriggered = OrderKind.LIMIT if price else OrderKind.MARKET
    return Standing(
        kind=OrderKind.STOP if trigger else untriggered,
        quantity=exact(order["amount"]),
        price=exact(price) if price else None,
        stop_price=exact(trigger) if trigger else None,
        reduce_only=bool(order.get("reduceOnly")),
    )


async def look_up(exchange: Exchange, order: Order) -> Found:
    symbol = order.instrument.symbol
    if order.venue_order_id is not None:
        return found(await exchange.fetch_order(order.venue_order_id, symbol))
    return found(await exchange.fetch_order(None, symbol, {"clientOrderId": order.order_id}))


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    symbol = order.instrument.symbol
    if exchange.has.get("fetchOrderTrades"):
        rows: Sequence[Unified] = await exchange.fetch_order_trades(told.executing_id, symbol)
    else:
        rows = await exchange.fetch_my_trades(symbol, order.created_ms or None)
    return [row for row in rows if row.get("order") in (None, told.executing_id)]


async def terms(exchange: Exchange, symbol: str) -> Terms:
    told = await exchange.fetch_leverage(symbol)
    return Terms(leverage=exact(told["longLeverage"]), margin_mode=told["marginMode"])


async def cancel(exchange: Exchange, order: Order) -> object:
    symbol = order.instrument.symbol
    if order.venue_order_id is not None:
        return await exchange.cancel_order(order.venue_order_id, symbol)
    return await exchange.cancel_order(None, symbol, {"clientOrderId": order.order_id})


async def held(exchange: Exchange) -> Held:
    told = await exchange.fetch_balance()
    rows = await exchange.fetch_positions() if exchange.has.get("fetchPositions") else []
    free, used = told["free"], told["used"]
    balances = (Balance(asset=asset, free=exact(free[asset]), locked=exact(used[asset])) for asset in free)
    return Held(
        tuple(position for row in rows if (position := _position(row)).contracts),
        tuple(each for each in balances if each.free or each.locked),
    )


def _position(row: Unified) -> Position:
    sides = {"long": 1, "short": -1}
    contracts, entry = abs(exact(row["contracts"])), row.get("entryPrice")
    signed = contracts * sides[row["side"]] if contracts else contracts
    return Position(row["symbol"], signed, exact(entry) if entry else None)


HABIT = Habit(
    words=Words(refusal=refusal),
    frames=Frames(candles=candles, trade_ms=trade_ms),
    orders=Orders(client_id=client_id, found=found, standing=standing, look_up=look_up, trades=trades, cancel=cancel),
    wallet=Wallet(held=held),
)
