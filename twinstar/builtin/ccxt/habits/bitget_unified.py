"""Bitget's unified account (v3): perpetuals in USDT. Parameters and frames: bitget.com/api-doc/uta, and what ccxt
4.5.90 sends; as of 2026-11. Its stops are a service of their own, whose news ccxt does not stream: they are held here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from twinstar.builtin.ccxt.habits import bitget, generic
from twinstar.builtin.ccxt.habits.bitget_lists import COIN, PAGE, PRODUCT, named
from twinstar.builtin.ccxt.habits.habit import (
    Exchange,
    Found,
    Frames,
    Habit,
    Held,
    Json,
    Orders,
    Payment,
    Position,
    Unified,
    Wallet,
    row_of,
)
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.domain import Balance, Order
from twinstar.engine.candles import CandleRow

CANDLES = 100  # its history gives so many
MONTH_MS = 30 * 86_400_000  # the longest stretch that the records answer for at once
FUNDING = {"CONTRACT_MAIN_SETTLE_FEE_USER_IN": 1, "CONTRACT_MAIN_SETTLE_FEE_USER_OUT": -1}
SIGNS = {"long": 1, "short": -1}
PRIVATE = {"order": "order:trades:UTA", "fill": "fill:UTA"}
PUBLIC = {"kline": "kline", "publicTrade": "trade", "ticker": "ticker", "books": "orderbook"}


async def pages(ask: Callable[[Mapping[str, Any]], Awaitable[Json]], request: Mapping[str, Any]) -> list[Json]:
    """All of a list, the newest first, however many answers it takes; a list of nothing may be null."""
    found: list[Json] = []
    cursor: Any = None
    while True:
        told = await ask({"category": PRODUCT, "limit": PAGE, **request, **({"cursor": cursor} if cursor else {})})
        rows = listed(told)
        found += rows
        cursor = told["data"]["cursor"]
        if len(rows) < PAGE or not cursor:
            return found


def listed(answer: Json) -> list[Json]:
    rows = answer["data"]["list"]
    if rows is not None and not isinstance(rows, list):
        raise ValueError("the answer has no list")
    return rows or []


def candles(frame: Json, _: Sequence[Any]) -> Iterator[tuple[CandleRow, bool | None]]:
    """From the frame itself, where numbers are text. Only a successor proves that a candle is over."""
    for row in frame["data"][-2:]:
        values = (row[name] for name in ("open", "high", "low", "close", "volume"))
        yield row_of([int(row["start"]), *values]), None


def known(frame: Json) -> bool:
    """A topic's news, an event, or the answer to a ping."""
    if not isinstance(frame, dict):
        return bool(frame == "pong")
    arg = frame.get("arg")
    is_named = isinstance(arg, dict) and isinstance(arg.get("topic"), str)
    return isinstance(frame.get("event"), str) or (is_named and isinstance(frame.get("data"), list))


def acknowledged(frame: Json) -> str | None:
    """As ccxt names the subscription: public ones with the market's symbol."""
    if not isinstance(frame, dict) or frame.get("event") != "subscribe":
        return None
    topic = frame["arg"]["topic"]
    if topic in PRIVATE:
        return PRIVATE[topic]
    base = frame["arg"]["symbol"].removesuffix(COIN)
    return f"{PUBLIC.get(topic, topic)}:{base}/{COIN}:{COIN}"


def found(order: Unified) -> Found:
    info, told = order["info"], generic.found(order)
    reason, force = info.get("cancelReason") or "", info.get("timeInForce")
    status = "canceled" if told.status == "cancelled" else told.status
    by_rule = status == "canceled" and (reason not in bitget.BY_USER or force in bitget.AT_ONCE)
    return msgspec.structs.replace(
        told,
        status=status,
        filled=exact(info.get("cumExecQty") or "0"),
        ended_by_rule=by_rule,
        reason=str(reason or force) if by_rule else "",
    )


def executed(trade: Unified) -> Unified:
    """The venue tells what it took as it is, and over REST ccxt takes it for what was given."""
    (fee,) = trade["info"]["feeDetail"]
    return {**trade, "fee": {"cost": f"{exact(fee['fee']):f}", "currency": fee["feeCoin"]}}


async def open_orders(exchange: Exchange, symbol: str | None, _: Mapping[str, Any]) -> Sequence[Unified]:
    asked = named(exchange, symbol) if symbol is not None else {}
    rows = await pages(exchange.privateUtaGetV3TradeUnfilledOrders, asked)
    return [exchange.parse_order(row, generic.market_of(exchange, row)) for row in rows]


async def look_up(exchange: Exchange, order: Order) -> Found:
    return found(await exchange.fetch_order("", order.instrument.symbol, {"clientOrderId": order.order_id}))


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    if not told.filled:
        return ()
    request = {**named(exchange, order.instrument.symbol), "orderId": told.executing_id}
    rows = await pages(exchange.privateUtaGetV3TradeFills, request)
    return [executed(exchange.parse_trade(row, generic.market_of(exchange, row))) for row in reversed(rows)]


async def cancel(exchange: Exchange, order: Order) -> object:
    return await exchange.cancel_order("", order.instrument.symbol, {"clientOrderId": order.order_id})


async def held(exchange: Exchange) -> Held:
    assets = (await exchange.privateUtaGetV3AccountAssets())["data"]["assets"]
    rows = listed(await exchange.privateUtaGetV3PositionCurrentPosition({"category": PRODUCT}))
    return Held(
        tuple(position for row in rows if (position := _position(exchange, row)).contracts),
        tuple(each for row in assets if (each := _balance(row)).free or each.locked),
    )


def _position(exchange: Exchange, row: Json) -> Position:
    symbol: str = generic.market_of(exchange, row)["symbol"]
    return Position(symbol, SIGNS[row["posSide"]] * exact(row["total"]), exact(row["avgPrice"]))


def _balance(row: Json) -> Balance:
    asset = row["coin"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    free = exact(row["available"])
    return Balance(asset=asset, free=free, locked=max(exact(row["equity"]) - free, Decimal(0)))


async def funding(exchange: Exchange, since_ms: int) -> Sequence[Payment]:
    """Each direction is a type of its own."""
    now_ms, payments = exchange.milliseconds(), list[Payment]()
    for start_ms in range(since_ms, now_ms + 1, MONTH_MS):
        stretch = {"startTime": start_ms, "endTime": min(start_ms + MONTH_MS - 1, now_ms)}
        for kind in FUNDING:
            rows = await pages(exchange.privateUtaGetV3AccountFinancialRecords, {**stretch, "type": kind})
            payments += [_payment(exchange, row) for row in rows]
    return sorted(payments, key=lambda payment: (payment.time_ms, int(payment.payment_id)))


def _payment(exchange: Exchange, row: Json) -> Payment:
    asset, kind = row["coin"], row["type"]
    if kind not in FUNDING or not isinstance(asset, str):
        raise ValueError(f"{kind!r} of {asset!r} is no funding")
    return Payment(
        payment_id=str(exact(row["id"])),
        symbol=exchange.safe_symbol(row["symbol"], None, None, "swap"),
        amount=abs(exact(row["amount"])) * FUNDING[kind],
        asset=asset,
        time_ms=time_ms(int(exact(row["ts"]))),
    )


HABIT = Habit(
    options={"defaultType": "swap", "uta": True},
    words=bitget.WORDS,
    frames=Frames(
        candles=candles,
        streamed=lambda timeframe: timeframe in bitget.STREAMED,
        trade_ms=generic.trade_ms,
        known=known,
        acknowledged=acknowledged,
        counted=bitget.counted,
        complaint=bitget.complaint,
    ),
    orders=Orders(
        holds_stops=False,
        client_id=bitget.client_id,
        found=found,
        executed=executed,
        look_up=look_up,
        trades=trades,
        open_orders=open_orders,
        all_from=2,
        standing=generic.standing,
        cancel=cancel,
    ),
    wallet=Wallet(held=held, funding=funding),
    page=CANDLES,
)
