"""Bybit v5: linear perpetuals of a unified account. Codes, parameters and frames: bybit-exchange.github.io/docs/v5, and
what ccxt 4.5.90 sends; as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bybit_account import funding, held, permissions, terms
from twinstar.builtin.ccxt.habits.bybit_lists import LINEAR, coins, pages
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
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Order, OrderKind
from twinstar.engine.candles import CandleRow

UNCHANGED, MISTIMED, WRONG_SIGN = "110027", "10002", "10004"
BY_US = "CancelByUser"
NO_REASON = (None, "", "EC_NoError", "EC_PerCancelRequest", "UNKNOWN", BY_US)
PROFITS = ((1, "sell"), (2, "buy"))  # what fires against the position: with the price's rise, or with its fall


def refusal(body: Json) -> Refusal | None:
    """A wrong signature is answered with all that was signed, the key included. That nothing is changed by an
    amendment is said with the code of wrong parameters.
    """
    told = generic.refusal(body)
    if told is None or told.code == "0":
        return None
    text = told.text.partition("origin_string")[0]
    return Refusal(UNCHANGED if "remains unchanged" in text else told.code, text)


_TABLE = codes_of("bybit")
WORDS = Words(refusal=refusal, codes=_TABLE.codes, statuses=_TABLE.statuses, proving=(200, *range(400, 500)))


def candles(frame: Json, _: Sequence[Any]) -> Iterator[tuple[CandleRow, bool | None]]:
    """From the frame itself: it says what is final, and its numbers are text."""
    for row in frame["data"]:
        closed = row["confirm"]
        if not isinstance(closed, bool):
            raise ValueError(f"confirm is {closed!r}")  # noqa: TRY004 - callers drop what raises ValueError
        yield row_of([row[name] for name in ("start", "open", "high", "low", "close", "volume")]), closed


def whose(frame: Json) -> str | None:
    topic = frame.get("topic")
    return topic if isinstance(topic, str) and topic.startswith(("kline.", "publicTrade.")) else None


TAPE = Tape(id="i", time="T", price="p", amount="v", side="S", sides={"Buy": "buy", "Sell": "sell"})


def known(frame: Json) -> bool:
    """Data of a topic, or the answer to an operation, which some answers do not name."""
    return isinstance(frame, dict) and (
        "success" in frame or any(isinstance(frame.get(name), str) for name in ("topic", "op"))
    )


def acknowledged(frame: Json) -> str | None:
    return str(frame.get("req_id")) if frame.get("op") == "subscribe" and frame.get("success") is True else None


def complaint(frame: Json) -> str | None:
    """A login that is refused, mostly without a code; of subscriptions ccxt tells."""
    if frame.get("op") != "auth" or frame.get("success", frame.get("retCode") == 0) is True:
        return None
    text = str(frame.get("ret_msg") or frame.get("retMsg"))
    late = any(word in text.lower() for word in ("expire", "timestamp"))
    return f"{frame.get('retCode') or (MISTIMED if late else WRONG_SIGN)}: {text}"


def client_id(row: Unified) -> str | None:
    given = row["info"].get("orderLinkId")
    return given if isinstance(given, str) and given else None


def found(order: Unified) -> Found:
    """A stop keeps its id when it fires. All market orders are IOC here, a stop that we cancel too."""
    info, told = order["info"], generic.found(order)
    reason = next((str(info[name]) for name in ("rejectReason", "cancelType") if info.get(name) not in NO_REASON), "")
    by_rule = bool(reason) or (told.ended_by_rule and info.get("cancelType") != BY_US)
    return msgspec.structs.replace(told, reason=reason, ended_by_rule=by_rule)


def standing(order: Unified) -> Standing | None:
    """What ccxt shows as its stop-loss may be one that is attached, and sleeps until the order is filled."""
    trigger, price = order.get("triggerPrice"), order.get("price")
    kind = OrderKind.LIMIT if price else OrderKind.MARKET
    if trigger:
        is_target = (order["info"].get("triggerDirection"), order["side"]) in PROFITS
        kind = OrderKind.TAKE_PROFIT if is_target else OrderKind.STOP
    return Standing(
        kind=kind,
        quantity=exact(order["amount"]),
        price=exact(price) if price else None,
        stop_price=exact(trigger) if trigger else None,
        reduce_only=bool(order.get("reduceOnly")),
    )


async def open_orders(exchange: Exchange, symbol: str | None, _: Mapping[str, Any]) -> Sequence[Unified]:
    """Stops among them; ccxt would give the first twenty."""
    asked = [_named(exchange, symbol)] if symbol is not None else [{"settleCoin": coin} for coin in coins(exchange)]
    rows = [row for each in asked for row in await pages(exchange.privateGetV5OrderRealtime, each, limit=50)]
    return [exchange.parse_order(row, generic.market_of(exchange, row)) for row in rows]


async def look_up(exchange: Exchange, order: Order) -> Found | None:
    """In real time it is found for a while after its end, later only in the history."""
    request = {**_named(exchange, order.instrument.symbol), "orderLinkId": order.order_id}
    for ask in (exchange.privateGetV5OrderRealtime, exchange.privateGetV5OrderHistory):
        for row in await pages(ask, request):
            if row["orderLinkId"] != order.order_id:
                raise ValueError("the answer is of another order")
            return found(exchange.parse_order(row, generic.market_of(exchange, row)))
    return None


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    if not told.filled:
        return ()
    request = {**_named(exchange, order.instrument.symbol), "orderId": told.executing_id, "execType": "Trade"}
    rows = await pages(exchange.privateGetV5ExecutionList, request, limit=100)
    oldest_first = reversed(rows)
    return [exchange.parse_trade(row, generic.market_of(exchange, row)) for row in oldest_first]


async def cancel(exchange: Exchange, order: Order) -> object:
    request = {**_named(exchange, order.instrument.symbol), **LINEAR, "orderLinkId": order.order_id}
    return await exchange.privatePostV5OrderCancel(request)


async def amend(exchange: Exchange, order: Order, change: Change) -> Unified:
    """Where it stands, under the ids it has."""
    wanted = {"qty": change.amount, "price": change.price, "triggerPrice": change.trigger}
    request = {**_named(exchange, order.instrument.symbol), **LINEAR, "orderLinkId": order.order_id}
    told = {name: value for name, value in wanted.items() if value is not None}
    ids = (await exchange.privatePostV5OrderAmend({**request, **told}))["result"]
    return {"id": ids["orderId"], "info": ids}


def _named(exchange: Exchange, symbol: str) -> Mapping[str, Any]:
    return {"symbol": exchange.market(symbol)["id"]}


HABIT = Habit(
    options={
        "defaultType": "swap",
        "defaultSubType": "linear",
        "fetchMarkets": {"types": ["linear"]},
        # ccxt would ask which kind of account it is, which wants more rights than trading does.
        "enableUnifiedMargin": False,
        "enableUnifiedAccount": True,
        "unifiedMarginStatus": 5,
        "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
    },
    words=WORDS,
    frames=Frames(
        candles=candles,
        tape=TAPE,
        whose=whose,
        trade_ms=generic.trade_ms,
        known=known,
        acknowledged=acknowledged,
        complaint=complaint,
    ),
    orders=Orders(
        targets=True,
        stop_params={"triggerBy": "LastPrice"},
        client_id=client_id,
        found=found,
        look_up=look_up,
        trades=trades,
        open_orders=open_orders,
        all_from=3,
        standing=standing,
        cancel=cancel,
        amend=amend,
    ),
    wallet=Wallet(held=held, funding=funding),
    page=1_000,
    terms=terms,
    permissions=permissions,
)
