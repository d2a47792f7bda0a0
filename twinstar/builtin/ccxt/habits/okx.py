"""OKX v5, linear perpetuals in futures mode. Codes, parameters and frames: okx.com/docs-v5/en, and what ccxt 4.5.90
sends; as of 2026-11. Sizes are contracts everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import generic
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
from twinstar.builtin.ccxt.habits.okx_account import funding, held, permissions
from twinstar.builtin.ccxt.habits.tape import Tape
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Order, OrderKind
from twinstar.engine.candles import CandleRow

CANDLES = 100  # its history gave 100 for years, and 300 of late: fewer are only slower
FILLS = 100
DONE = ("", "0")
AT_MARKET = "-1"
WENT_OFF = ("effective", "partially_effective")
BY_USER = ("", "1")  # sources of a cancellation: nobody, the user
STOPS = {"trigger": True, "ordType": "conditional"}  # what ends a loss or takes a profit
FROM_HONG_KONG = ("6h", "12h", "1d", "1w", "1M")  # ccxt streams these in Hong Kong's time, and reads them in UTC


def refusal(body: Json) -> Refusal | None:
    """Of an order the row says it, of all else the answer itself."""
    told = generic.refusal(body)
    if told is None or told.code == "0":
        return None
    rows = body.get("data")
    row = rows[0] if isinstance(rows, list) and rows else {}
    code = row.get("sCode") if isinstance(row, Mapping) else None
    return told if code in (None, *DONE) else Refusal(str(code), str(row.get("sMsg", "")))


_TABLE = codes_of("okx")
WORDS = Words(refusal=refusal, codes=_TABLE.codes, statuses=_TABLE.statuses, proving=(200, *range(400, 500)))


def candles(frame: Json, _: Sequence[Any]) -> Iterator[tuple[CandleRow, bool | None]]:
    """From the frame itself: it says what is final. The volume in the base asset comes after that in contracts."""
    for open_ms, first, high, low, last, _contracts, volume, _quote, confirm in frame["data"]:
        if confirm not in ("0", "1"):
            raise ValueError(f"confirm is {confirm!r}")
        yield row_of([int(open_ms), first, high, low, last, volume]), confirm == "1"


def whose(frame: Json) -> tuple[str, str] | None:
    arg = frame.get("arg") if isinstance(frame, dict) and "data" in frame else None
    if not arg or not ((channel := arg["channel"]).startswith("candle") or channel == "trades"):
        return None
    return channel, arg["instId"]


TAPE = Tape(id="tradeId", time="ts", price="px", amount="sz", side="side", sides={"buy": "buy", "sell": "sell"})


def known(frame: Json) -> bool:
    """A channel's news, an event, or the answer to a ping."""
    if not isinstance(frame, dict):
        return bool(frame == "pong")
    arg = frame.get("arg")
    named = isinstance(arg, dict) and isinstance(arg.get("channel"), str)
    return isinstance(frame.get("event"), str) or (named and isinstance(frame.get("data"), list))


def acknowledged(frame: Json) -> str | None:
    """As ccxt names the channel: with the market's id, for trades with its symbol."""
    if not isinstance(frame, dict) or frame.get("event") != "subscribe":
        return None
    channel, market = frame["arg"]["channel"], frame["arg"].get("instId")
    if channel == "trades":
        base, quote, _ = market.split("-")
        return f"{channel}:{base}/{quote}:{quote}"
    return f"{channel}:{market}" if market else str(channel)


def counted(message: Json) -> bool:
    """It counts what is subscribed and who logs in; ccxt's pings are text."""
    return not isinstance(message, str)


def complaint(frame: Json) -> str | None:
    """ccxt tells it to whoever waits for a first message, and nobody does."""
    if not isinstance(frame, dict) or frame.get("event") != "error":
        return None
    return f"{frame.get('code')}: {frame.get('msg')}"


def over(frame: Json) -> str | None:
    notice = isinstance(frame, dict) and frame.get("event") == "notice"
    return f"{frame.get('code')}: {frame.get('msg')}" if notice else None


def client_id(row: Unified) -> str | None:
    """What a stop became names the stop, by both ids."""
    given = row["info"].get("algoClOrdId") or row.get("clientOrderId")
    return given if isinstance(given, str) else None


def found(order: Unified) -> Found:
    """ccxt takes the stop's id for that of the order it became (the trades carry the order's own), and a stop that went
    off for one that was filled: whether it is, the order tells.
    """
    told, info = generic.found(order), order["info"]
    source, state = info.get("cancelSource") or "", info.get("state")
    failed = state in ("order_failed", "partially_failed")
    by_rule = failed or (told.status == "canceled" and source not in BY_USER)
    reason = info.get("cancelSourceReason") or (f"failed with code {info.get('failCode')}" if failed else source)
    return msgspec.structs.replace(
        told,
        status="open" if state in WENT_OFF else told.status,
        filled=exact(info.get("accFillSz") or info.get("actualSz") or "0"),
        executing_id=info.get("ordId") or told.venue_order_id,
        ended_by_rule=by_rule,
        reason=str(reason) if by_rule else "",
    )


def standing(order: Unified) -> Standing | None:
    told = generic.standing({**order, "takeProfitPrice": None})
    target = order.get("takeProfitPrice") if order["info"].get("tpTriggerPx") else None
    if told is None or target is None:
        return told
    return msgspec.structs.replace(told, kind=OrderKind.TAKE_PROFIT, stop_price=exact(target))


async def look_up(exchange: Exchange, order: Order) -> Found:
    symbol = order.instrument.symbol
    if not order.kind.is_trigger:
        return found(await exchange.fetch_order(None, symbol, {"clientOrderId": order.order_id}))
    stop = await exchange.fetch_order(None, symbol, {"trigger": True, "clientOrderId": order.order_id})
    became = stop["info"].get("ordId")
    if not became:
        return found(stop)
    told = found(await exchange.surely(exchange.fetch_order(became, symbol)))
    return msgspec.structs.replace(told, venue_order_id=stop["id"])


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    """Page by page, the newest first."""
    rows: list[Unified] = []
    params: dict[str, Any] = {"ordId": told.executing_id}
    while told.filled:
        page = await exchange.fetch_my_trades(order.instrument.symbol, None, FILLS, params)
        rows += page
        if len(page) < FILLS:
            break
        params["after"] = min((row["info"]["billId"] for row in page), key=int)
    return rows


def executed(trade: Unified) -> Unified:
    """In the stream what the venue takes is negative, and ccxt leaves it so."""
    fee = trade.get("fee") or {}
    return trade if fee.get("cost") is None else {**trade, "fee": {**fee, "cost": f"{-exact(fee['cost']):f}"}}


def trigger(order: Order, price: str) -> Mapping[str, Any]:
    """What the venue calls a trigger cannot be reduce-only; and the client id has another name than ccxt sends."""
    waits_for = "stopLossPrice" if order.kind is OrderKind.STOP else "takeProfitPrice"
    return {waits_for: price, "algoClOrdId": order.order_id}


async def cancel(exchange: Exchange, order: Order) -> object:
    """Stops by their own id where it is known, as the venue has always had it."""
    symbol, stop = order.instrument.symbol, {"trigger": True} if order.kind.is_trigger else {}
    if stop and order.venue_order_id is not None:
        return await exchange.cancel_order(order.venue_order_id, symbol, stop)
    return await exchange.cancel_order(None, symbol, {"clientOrderId": order.order_id, **stop})


async def amend(exchange: Exchange, order: Order, to: Change) -> Unified:
    """In place and whole: where it cannot be done, the stop stands as it was."""
    name = "Sl" if order.kind is OrderKind.STOP else "Tp"
    request = {
        "instId": exchange.market(order.instrument.symbol)["id"],
        "algoClOrdId": order.order_id,
        "newSz": to.amount,
        f"new{name}TriggerPx": to.trigger,
        f"new{name}OrdPx": AT_MARKET,
        f"new{name}TriggerPxType": "last",
    }
    (row,) = (await exchange.privatePostTradeAmendAlgos(request))["data"]
    answer: Unified = exchange.parse_order(row)
    return answer


HABIT = Habit(
    options={
        "defaultType": "swap",
        "createOrder": "privatePostTradeOrder",  # ccxt would send a batch of one
        "fetchMarkets": {"types": ["swap"]},
    },
    words=WORDS,
    frames=Frames(
        candles=candles,
        tape=TAPE,
        whose=whose,
        streamed=lambda timeframe: timeframe not in FROM_HONG_KONG,
        trade_ms=generic.trade_ms,
        known=known,
        acknowledged=acknowledged,
        counted=counted,
        apart=True,
        stops={"trigger": True},
        complaint=complaint,
        over=over,
    ),
    orders=Orders(
        targets=True,
        trigger=trigger,
        client_id=client_id,
        found=found,
        executed=executed,
        look_up=look_up,
        trades=trades,
        listings=({}, STOPS),
        all_from=2,
        standing=standing,
        cancel=cancel,
        amend=amend,
    ),
    wallet=Wallet(held=held, funding=funding),
    page=CANDLES,
    permissions=permissions,
)
