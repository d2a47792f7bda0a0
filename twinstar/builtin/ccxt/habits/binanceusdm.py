"""Binance USD-M perpetuals. Codes, weights and frames: developers.binance.com, derivatives/usds-margined-futures,
and what ccxt 4.5.90 sends; as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.binance_common import (
    TAPE,
    acknowledged,
    candles,
    data_of,
    known,
    permissions,
    refusal,
    whose,
)
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
    Standing,
    Terms,
    Unified,
    Wallet,
    Words,
)
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.domain import Balance, Order, OrderKind

INCOME_PAGE = 1_000  # rows
TRIGGERS = {"trigger": True}  # stops and take-profits are orders of another kind, with endpoints of their own
_TABLE = codes_of("binanceusdm")
WORDS = Words(refusal=refusal, codes=_TABLE.codes, statuses=_TABLE.statuses)


def over(frame: Json) -> str | None:
    event = data_of(frame).get("e")
    return str(event) if event in ("listenKeyExpired", "eventStreamTerminated") else None


def alias(frame: Json) -> tuple[str, str] | None:
    """A stop that fires goes on as an order with an id of its own."""
    data = data_of(frame)
    if data.get("e") != "ALGO_UPDATE":
        return None
    algo = data["o"]
    return (str(algo["ai"]), algo["caid"]) if algo.get("ai") else None


def forget_listen_key(exchange: Exchange) -> None:
    """Ask for a key at every opening: ccxt would go on using one that has expired."""
    exchange.options["linear"] = {}


async def renew_listen_key(exchange: Exchange) -> object:
    return await exchange.fapiPrivatePutListenKey()


def client_id(row: Unified) -> str | None:
    return generic.client_id(row) or row["info"].get("c")


def found(order: Unified) -> Found:
    info = order["info"]
    if "aid" in info:
        return _found_algo(order, info["X"], executing=info.get("ai"), filled=info.get("aq"), reason=info.get("rm"))
    if "algoId" in info:
        return _found_algo(order, info.get("algoStatus", "NEW"), executing=info.get("actualOrderId"), filled=None)
    return generic.found(order)


def _found_algo(
    order: Unified, state: str, *, executing: str | None, filled: object, reason: str | None = None
) -> Found:
    told = generic.found(order)
    done = exact(filled or "0")
    status = "open" if state in ("TRIGGERING", "TRIGGERED") else told.status
    if state == "FINISHED" and executing and done < exact(order["amount"]):
        status = "expired"  # what it became could not be filled wholly
    return msgspec.structs.replace(
        told,
        status=status,
        filled=done,
        executing_id=executing or told.venue_order_id,
        reason=reason or "" if status in ("expired", "rejected") else "",
    )


def standing(order: Unified) -> Standing | None:
    told = generic.standing({**order, "takeProfitPrice": None})
    is_target = "TAKE_PROFIT" in str(order["info"].get("orderType"))
    return msgspec.structs.replace(told, kind=OrderKind.TAKE_PROFIT) if told is not None and is_target else told


def trigger(order: Order, price: str) -> Mapping[str, Any]:
    return {"takeProfitPrice" if order.kind is OrderKind.TAKE_PROFIT else "triggerPrice": price}


async def look_up(exchange: Exchange, order: Order) -> Found:
    symbol = order.instrument.symbol
    if not order.kind.is_trigger:
        return found(await exchange.fetch_order(None, symbol, {"clientOrderId": order.order_id}))
    algo = await exchange.fetch_order(None, symbol, {"trigger": True, "clientAlgoId": order.order_id})
    executing = algo["info"].get("actualOrderId")
    if not executing:
        return found(algo)
    told = found(await exchange.surely(exchange.fetch_order(executing, symbol)))
    return msgspec.structs.replace(told, venue_order_id=algo["id"])


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    if told.filled == Decimal(0):
        return ()
    rows: Sequence[Unified] = await exchange.fetch_my_trades(
        order.instrument.symbol, None, 1_000, {"orderId": told.executing_id}
    )
    return rows


async def cancel(exchange: Exchange, order: Order) -> object:
    params = {"clientOrderId": order.order_id, **(TRIGGERS if order.kind.is_trigger else {})}
    return await exchange.cancel_order(None, order.instrument.symbol, params)


async def held(exchange: Exchange) -> Held:
    account = await exchange.fapiPrivateV3GetAccount()
    rows = await exchange.fapiPrivateV3GetPositionRisk()
    return Held(
        tuple(position for row in rows if (position := _position(exchange, row)).contracts),
        tuple(each for row in account["assets"] if (each := _balance(row)).free or each.locked),
    )


async def terms(exchange: Exchange, symbol: str) -> Terms:
    market = exchange.market(symbol)["id"]
    rows = await exchange.fapiPrivateGetSymbolConfig({"symbol": market})
    (row,) = (row for row in rows if row["symbol"] == market)
    modes = {"CROSSED": "cross", "ISOLATED": "isolated"}
    return Terms(leverage=exact(row["leverage"]), margin_mode=modes[row["marginType"]])


def _position(exchange: Exchange, row: Json) -> Position:
    return Position(generic.market_of(exchange, row)["symbol"], exact(row["positionAmt"]), exact(row["entryPrice"]))


def _balance(row: Json) -> Balance:
    asset = row["asset"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    return Balance(asset=asset, free=exact(row["availableBalance"]), locked=exact(row["initialMargin"]))


async def funding(exchange: Exchange, since_ms: int) -> Sequence[Payment]:
    """Page by page, oldest first; several may be of one time, so the last time of a page is asked for again."""
    found: dict[str, Payment] = {}
    while True:
        request = {"incomeType": "FUNDING_FEE", "startTime": since_ms, "limit": INCOME_PAGE}
        page = [_payment(exchange, row) for row in await exchange.fapiPrivateGetIncome(request)]
        found |= {payment.payment_id: payment for payment in page}
        last_ms = max((payment.time_ms for payment in page), default=since_ms)
        if len(page) < INCOME_PAGE or last_ms == since_ms:
            return sorted(found.values(), key=lambda payment: payment.time_ms)
        since_ms = last_ms


def _payment(exchange: Exchange, row: Json) -> Payment:
    asset = row["asset"]
    if not isinstance(asset, str) or row["incomeType"] != "FUNDING_FEE":
        raise ValueError(f"{row['incomeType']!r} of {asset!r} is no funding")
    return Payment(
        payment_id=str(exact(row["tranId"])),
        symbol=exchange.safe_symbol(row["symbol"], None, None, "swap"),
        amount=exact(row["income"]),
        asset=asset,
        time_ms=time_ms(int(exact(row["time"]))),
    )


HABIT = Habit(
    options={
        "defaultType": "swap",
        "fetchMargins": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,  # it costs more, and the limiter knows how much
        "listenKeyRefreshRate": 86_400_000,  # ccxt renews a key once only; we do it
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
        over=over,
        alias=alias,
        before_private=forget_listen_key,
        renew=renew_listen_key,
    ),
    orders=Orders(
        targets=True,
        trigger=trigger,
        stop_params={"workingType": "CONTRACT_PRICE"},
        client_id=client_id,
        found=found,
        look_up=look_up,
        trades=trades,
        listings=({}, TRIGGERS),
        all_from=40,
        standing=standing,
        cancel=cancel,
    ),
    wallet=Wallet(held=held, funding=funding),
    page=1_000,
    terms=terms,
    permissions=partial(permissions, right="enableFutures", switch="Enable Futures"),
    demo=True,
)
