"""Bitget v2: perpetuals in USDT of a classic account. Codes, parameters and frames: bitget.com/api-doc/contract, and
what ccxt 4.5.90 sends; as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bitget_account import funding, held, permissions, terms
from twinstar.builtin.ccxt.habits.bitget_lists import COIN, FILLS, LINEAR, ORDERS, named, pages
from twinstar.builtin.ccxt.habits.habit import (
    Change,
    Exchange,
    Found,
    Frames,
    Habit,
    Json,
    Orders,
    Refusal,
    Standing,
    Unified,
    Wallet,
    Words,
    row_of,
)
from twinstar.builtin.ccxt.habits.tape import Tape
from twinstar.builtin.ccxt.library import OrderNotFound
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Order, OrderKind
from twinstar.engine.candles import CandleRow

SUCCESS, NO_PLAN = "00000", "43025"
CANDLES = 200  # its history gives so many; ccxt asks for the end of a longer stretch, and leaves the rest out
STREAMED = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1H", "4h": "4H"}  # others open in Hong Kong
TIMEFRAMES = {name: timeframe for timeframe, name in STREAMED.items()}
OF_POSITION = {"planType": "profit_loss"}
PLANS = {OrderKind.STOP: "loss_plan", OrderKind.TAKE_PROFIT: "profit_plan"}
KINDS = {"loss_plan": OrderKind.STOP, "profit_plan": OrderKind.TAKE_PROFIT}
STATES = {
    "live": "open",
    "not_trigger": "open",
    "executing": "open",
    "executed": "open",  # whether it is filled, the order tells that it became
    "cancelled": "canceled",
    "fail_execute": "rejected",
    "fail_trigger": "rejected",
}
AT_ONCE = ("ioc", "fok")
BY_USER = ("", "normal_cancel")
PRIVATE = {
    "orders": "order:trades:USDT-FUTURES",
    "orders-algo": "order:trades:stop:USDT-FUTURES",
    "fill": "fill:USDT-FUTURES",
}
PUBLIC = {"trade": "trade", "ticker": "ticker", "books": "orderbook"}


def refusal(body: Json) -> Refusal | None:
    """That no plan was canceled is said in a list, without a code."""
    told = generic.refusal(body)
    if told is None:
        return None
    if told.code != SUCCESS:
        return told
    data = body.get("data")
    failed = data.get("failureList") if isinstance(data, Mapping) and not data.get("successList") else None
    if not isinstance(failed, list) or not failed or not isinstance(failed[0], Mapping):
        return None
    text = str(failed[0].get("errorMsg"))
    return Refusal(str(failed[0].get("errorCode") or (NO_PLAN if text.lower().startswith("notexist") else "")), text)


_TABLE = codes_of("bitget")
WORDS = Words(refusal=refusal, codes=_TABLE.codes, statuses=_TABLE.statuses, proving=(200, *range(400, 500)))


def candles(frame: Json, _: Sequence[Any]) -> Iterator[tuple[CandleRow, bool | None]]:
    """From the frame itself, where numbers are text. Only a successor proves that a candle is over."""
    for values in frame["data"][-2:]:
        yield row_of([int(values[0]), *values[1:6]]), None


def whose(frame: Json) -> tuple[str, str] | None:
    arg = frame.get("arg") if isinstance(frame, dict) and "data" in frame else None
    if not arg or not ((channel := arg["channel"]).startswith("candle") or channel == "trade"):
        return None
    return channel, arg["instId"]


TAPE = Tape(
    rows=lambda frame: reversed(frame["data"]),
    id="tradeId",
    time="ts",
    price="price",
    amount="size",
    side="side",
    sides={"buy": "buy", "sell": "sell"},
)


def known(frame: Json) -> bool:
    """A channel's news, an event, or the answer to a ping."""
    if not isinstance(frame, dict):
        return bool(frame == "pong")
    arg = frame.get("arg")
    is_named = isinstance(arg, dict) and isinstance(arg.get("channel"), str)
    return isinstance(frame.get("event"), str) or (is_named and isinstance(frame.get("data"), list))


def acknowledged(frame: Json) -> str | None:
    """As ccxt names the subscription: public ones with the market's symbol."""
    if not isinstance(frame, dict) or frame.get("event") != "subscribe":
        return None
    channel, market = frame["arg"]["channel"], frame["arg"].get("instId", "")
    if channel in PRIVATE:
        return PRIVATE[channel]
    symbol = f"{market.removesuffix(COIN)}/{COIN}:{COIN}"
    if channel.startswith("candle"):
        return f"candles:{TIMEFRAMES.get(channel.removeprefix('candle'))}:{symbol}"
    return f"{PUBLIC.get(channel, channel)}:{symbol}"


def counted(message: Json) -> bool:
    """Its hour counts what is subscribed; ccxt's pings are text."""
    return not isinstance(message, str)


def complaint(frame: Json) -> str | None:
    """ccxt tells it to whoever waits for a first message, and nobody does."""
    if not isinstance(frame, dict) or frame.get("event") != "error":
        return None
    return f"{frame.get('code')}: {frame.get('msg')}"


def client_id(row: Unified) -> str | None:
    given = row["info"].get("clientOid")
    return given if isinstance(given, str) and given else None


def found(order: Unified) -> Found:
    """In the stream ccxt takes the last fill for all of them, and does not know what becomes of stops."""
    info = order["info"]
    if "planType" in info:
        return _found_plan(order)
    told = generic.found(order)
    reason = info.get("cancelReason") or ""
    by_rule = told.status == "canceled" and (reason not in BY_USER or info.get("force") in AT_ONCE)
    return msgspec.structs.replace(
        told,
        filled=exact(info.get("accBaseVolume") or info.get("baseVolume") or "0"),
        ended_by_rule=by_rule,
        reason=str(reason or info.get("force")) if by_rule else "",
    )


def _found_plan(order: Unified) -> Found:
    """What it became, only the history tells."""
    info = order["info"]
    state = info.get("planStatus") or info.get("status")
    became = info.get("executeOrderId") or ""
    told = generic.found({**order, "status": STATES.get(state), "filled": None})
    failed = told.status == "rejected"
    return msgspec.structs.replace(
        told,
        executing_id=became or told.venue_order_id,
        unsaid="it went off, and its order is not named" if state == "executed" and not became else "",
        ended_by_rule=failed,
        reason="it went off, and its order was refused" if failed else "",
    )


def standing(order: Unified) -> Standing | None:
    info, trigger, price = order["info"], order.get("triggerPrice"), order.get("price")
    if "planType" in info and info["planType"] not in KINDS:
        return None
    plain = OrderKind.LIMIT if price else OrderKind.MARKET
    return Standing(
        kind=KINDS.get(info.get("planType", ""), plain),
        quantity=exact(order["amount"]),
        price=exact(price) if price else None,
        stop_price=exact(trigger) if trigger else None,
        reduce_only="planType" in info or bool(order.get("reduceOnly")),
    )


def trigger(order: Order, price: str) -> Mapping[str, Any]:
    """Of part of the position; ccxt would make it one of the whole position, which can have but one."""
    name = "stopLossPrice" if order.kind is OrderKind.STOP else "takeProfitPrice"
    return {name: price, "planType": PLANS[order.kind]}


async def open_orders(exchange: Exchange, symbol: str | None, params: Mapping[str, Any]) -> Sequence[Unified]:
    plans, orders = exchange.privateMixGetV2MixOrderOrdersPlanPending, exchange.privateMixGetV2MixOrderOrdersPending
    asked = {**params, **(named(exchange, symbol) if symbol is not None else {})}
    rows = await pages(plans if params else orders, asked, ORDERS)
    return [exchange.parse_order(row, generic.market_of(exchange, row)) for row in rows]


async def look_up(exchange: Exchange, order: Order) -> Found | None:
    symbol = order.instrument.symbol
    if not order.kind.is_trigger:
        return found(await exchange.fetch_order("", symbol, {"clientOrderId": order.order_id}))
    row = await _plan(exchange, order)
    if row is None or row["planStatus"] != "executed":
        return None if row is None else found(exchange.parse_order(row, generic.market_of(exchange, row)))
    became = row["executeOrderId"]
    if not isinstance(became, str) or not became:
        raise ValueError("a stop that went off, and no order that it became")
    told = found(await exchange.surely(exchange.fetch_order(became, symbol)))
    return msgspec.structs.replace(told, venue_order_id=row["orderId"])


async def _plan(exchange: Exchange, order: Order) -> Json | None:
    """Among those that wait, else in the history."""
    request = {**OF_POSITION, **named(exchange, order.instrument.symbol), "clientOid": order.order_id}
    for ask in (exchange.privateMixGetV2MixOrderOrdersPlanPending, exchange.privateMixGetV2MixOrderOrdersPlanHistory):
        for row in await pages(ask, request, ORDERS):
            if row["clientOid"] != order.order_id:
                raise ValueError("the answer is of another order")
            return row
    return None


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    if not told.filled:
        return ()
    request = {**named(exchange, order.instrument.symbol), "orderId": told.executing_id}
    rows = await pages(exchange.privateMixGetV2MixOrderFills, request, FILLS)
    oldest_first = reversed(rows)
    return [exchange.parse_trade(row, generic.market_of(exchange, row)) for row in oldest_first]


def executed(trade: Unified) -> Unified:
    """In the stream ccxt drops the sign of the fee; the venue's is negative where the account paid."""
    fees = trade["info"].get("feeDetail")
    if not fees:
        return trade
    return {**trade, "fee": {**trade["fee"], "cost": f"{-exact(fees[0]['totalFee']):f}"}}


async def cancel(exchange: Exchange, order: Order) -> object:
    of_plan = {"trigger": True, "planType": PLANS[order.kind]} if order.kind.is_trigger else {}
    told = await exchange.cancel_order("", order.instrument.symbol, {"clientOrderId": order.order_id, **of_plan})
    if not told.get("id"):
        raise OrderNotFound("it is not among those that were canceled")
    return told


async def amend(exchange: Exchange, order: Order, to: Change) -> Unified:
    """Where it stands, under the ids it has; at market, on the last price."""
    request = {
        **LINEAR,
        **named(exchange, order.instrument.symbol),
        "marginCoin": COIN,
        "clientOid": order.order_id,
        "size": to.amount,
        "triggerPrice": to.trigger,
        "triggerType": "fill_price",
    }
    ids = (await exchange.privateMixPostV2MixOrderModifyTpslOrder(request))["data"]
    return {"id": ids["orderId"], "info": ids}


HABIT = Habit(
    options={
        "defaultType": "swap",
        "fetchMarkets": {"types": ["swap"]},
        "uta": False,  # ccxt would ask, and take any failure for a no
    },
    words=WORDS,
    frames=Frames(
        candles=candles,
        tape=TAPE,
        whose=whose,
        streamed=lambda timeframe: timeframe in STREAMED,
        trade_ms=generic.trade_ms,
        known=known,
        acknowledged=acknowledged,
        counted=counted,
        complaint=complaint,
        stops={"trigger": True},
    ),
    orders=Orders(
        targets=True,
        trigger=trigger,
        stop_params={"triggerType": "fill_price"},
        client_id=client_id,
        found=found,
        executed=executed,
        look_up=look_up,
        trades=trades,
        listings=({}, OF_POSITION),
        open_orders=open_orders,
        all_from=2,
        standing=standing,
        cancel=cancel,
        amend=amend,
    ),
    wallet=Wallet(held=held, funding=funding),
    page=CANDLES,
    terms=terms,
    permissions=permissions,
)
