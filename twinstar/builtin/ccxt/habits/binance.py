"""Binance spot. Codes, weights and frames: developers.binance.com, binance-spot-api-docs, and what ccxt 4.5.90 sends;
as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import binance_common, generic
from twinstar.builtin.ccxt.habits.binance_common import TAPE, acknowledged, candles, data_of, permissions, whose
from twinstar.builtin.ccxt.habits.habit import (
    Exchange,
    Found,
    Frames,
    Habit,
    Held,
    Json,
    Orders,
    Refusal,
    Unified,
    Wallet,
    Words,
)
from twinstar.builtin.ccxt.library import NetworkError
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Balance, Order

FILLS = 1_000
LOGIN = "userDataStream.subscribe.signature"
NO_FUNDS = "-2018"  # the futures API has a code of its own for it
_TABLE = codes_of("binance")


def refusal(body: Json) -> Refusal | None:
    """An order that cannot be paid for is refused with the same code as one that breaks a rule."""
    told = binance_common.refusal(body)
    if told is not None and told.code == "-2010" and "insufficient" in told.text.lower():
        return Refusal(NO_FUNDS, told.text)
    return told


WORDS = Words(refusal=refusal, codes=_TABLE.codes, statuses=_TABLE.statuses)


def known(frame: Json) -> bool:
    """Of the market, of the account, or the answer to a request."""
    event = frame.get("event") if isinstance(frame, dict) else None
    return binance_common.known(event if isinstance(event, Mapping) else frame)


def complaint(frame: Json) -> str | None:
    """The WebSocket API's: ccxt would tell it to nobody but the one who logs in, and go on."""
    error = frame.get("error")
    return f"{error.get('code')}: {error.get('msg')}" if "status" in frame and isinstance(error, Mapping) else None


def over(frame: Json) -> str | None:
    event = data_of(frame).get("e") or (frame.get("event") or {}).get("e")
    return event if event == "eventStreamTerminated" else None


def logs_in(message: Json) -> bool:
    return isinstance(message, Mapping) and message.get("method") == LOGIN


def forget_login(exchange: Exchange) -> None:
    """One that was cut short is marked as done, and ccxt would wait on a line that was never told who we are."""
    client = exchange.clients.get(exchange.urls["api"]["ws"]["ws-api"]["spot"])
    if client is not None:
        client.on_error(NetworkError("a login that was not finished"))


def client_id(row: Unified) -> str | None:
    """What was canceled has its own id beside that of the cancellation."""
    info = row["info"]
    given = info.get("origClientOrderId") or info.get("C") or row.get("clientOrderId") or info.get("c")
    return given if isinstance(given, str) else None


async def look_up(exchange: Exchange, order: Order) -> Found:
    return generic.found(await exchange.fetch_order(None, order.instrument.symbol, {"clientOrderId": order.order_id}))


async def trades(exchange: Exchange, order: Order, told: Found) -> Sequence[Unified]:
    if told.filled == Decimal(0):
        return ()
    params = {"orderId": told.executing_id}
    rows: Sequence[Unified] = await exchange.fetch_my_trades(order.instrument.symbol, None, FILLS, params)
    return rows


async def cancel(exchange: Exchange, order: Order) -> object:
    return await exchange.cancel_order(None, order.instrument.symbol, {"clientOrderId": order.order_id})


async def held(exchange: Exchange) -> Held:
    account = await exchange.privateGetAccount({"omitZeroBalances": "true"})
    return Held((), tuple(each for row in account["balances"] if (each := _balance(row)).free or each.locked))


def _balance(row: Json) -> Balance:
    asset = row["asset"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    return Balance(asset=asset, free=exact(row["free"]), locked=exact(row["locked"]))


HABIT = Habit(
    options={
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchMargins": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,  # it costs more, and the limiter knows how much
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
        over=over,
        logs_in=logs_in,
        before_private=forget_login,
    ),
    orders=Orders(
        client_id=client_id,
        found=generic.found,
        look_up=look_up,
        trades=trades,
        all_from=14,
        standing=generic.standing,
        cancel=cancel,
    ),
    wallet=Wallet(held=held),
    page=1_000,
    permissions=partial(permissions, right="enableSpotAndMarginTrading", switch="Enable Spot & Margin Trading"),
    demo=True,
)
