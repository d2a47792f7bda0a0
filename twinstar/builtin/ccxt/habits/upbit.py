"""Upbit (KRW spot). Names, limits and price steps: docs.upbit.com/kr, as of 2026-11."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.habit import (
    Exchange,
    Found,
    Frames,
    Habit,
    Held,
    Json,
    Markets,
    Orders,
    Unified,
    Wallet,
    Words,
)
from twinstar.builtin.ccxt.habits.tape import Tape
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Balance, Order

MIN_TOTAL_KRW = Decimal(5_000)
FINEST_STEP = Decimal("0.00000001")
# The lowest price of a band, and its step; KRW markets since 2025-07-31.
_STEPS = tuple(
    (Decimal(lowest), Decimal(step))
    for lowest, step in (
        ("1000000", "1000"),
        ("500000", "500"),
        ("100000", "100"),
        ("50000", "50"),
        ("10000", "10"),
        ("5000", "5"),
        ("100", "1"),
        ("10", "0.1"),
        ("1", "0.01"),
        ("0.1", "0.001"),
        ("0.01", "0.0001"),
        ("0.001", "0.00001"),
        ("0.0001", "0.000001"),
        ("0.00001", "0.0000001"),
    )
)

_TABLE = codes_of("upbit")
WORDS = Words(refusal=generic.refusal, codes=_TABLE.codes, statuses=_TABLE.statuses)


def known(frame: Json) -> bool:
    """An event, an error, or the answer to a ping."""
    return isinstance(frame, dict) and (isinstance(frame.get("type"), str) or "error" in frame or "status" in frame)


def complaint(frame: Json) -> str | None:
    """ccxt passes over Upbit's error frames."""
    error = frame.get("error")
    return f"{error.get('name')}: {error.get('message')}" if isinstance(error, Mapping) else None


def whose(frame: Json) -> tuple[str, str] | None:
    return ("trade", frame["code"]) if frame.get("type") == "trade" else None


TAPE = Tape(
    rows=lambda frame: (frame,),
    id="sequential_id",
    time="trade_timestamp",  # ccxt gives that of the message, which may be a minute later
    price="trade_price",
    amount="trade_volume",
    side="ask_bid",
    sides={"ASK": "sell", "BID": "buy"},
)


def forget_token(exchange: Exchange) -> None:
    """A token serves one handshake; ccxt would show the same one again."""
    for name in ("token", "options"):
        exchange.options.get("ws", {}).pop(name, None)


def client_id(row: Unified) -> str | None:
    given = row["info"].get("identifier")
    return given if isinstance(given, str) else None


def found(order: Unified) -> Found:
    rows = order.get("trades")
    told = generic.found(order)
    return told if rows is None else msgspec.structs.replace(told, trades=tuple(_with_fees(order, rows)))


def _with_fees(order: Unified, rows: Sequence[Unified]) -> Iterator[Unified]:
    """Over REST Upbit tells the fee of the whole order only; each execution paid its share of it."""
    funds = [exact(row["info"]["funds"]) for row in rows]
    rate = exact(order["info"].get("paid_fee") or "0") / (sum(funds) or 1)
    quote = order["symbol"].partition("/")[2]
    for row, its_funds in zip(rows, funds, strict=True):
        is_told = (row.get("fee") or {}).get("cost") is not None
        yield row if is_told else {**row, "fee": {"cost": f"{rate * its_funds:f}", "currency": quote}}


async def look_up(exchange: Exchange, order: Order) -> Found:
    """By identifier; ccxt's own method knows only uuids."""
    return found(exchange.parse_order(await exchange.privateGetOrder({"identifier": order.order_id})))


async def trades(_: Exchange, __: Order, told: Found) -> Sequence[Unified]:
    return told.trades or ()


async def cancel(exchange: Exchange, order: Order) -> object:
    return await exchange.privateDeleteOrder({"identifier": order.order_id})


async def held(exchange: Exchange) -> Held:
    accounts = [_balance(row) for row in await exchange.privateGetAccounts()]
    return Held((), tuple(each for each in accounts if each.free or each.locked))


def _balance(row: Json) -> Balance:
    asset = row["currency"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    return Balance(asset=asset, free=exact(row["balance"]), locked=exact(row["locked"]))


def price_step(market: Unified, price: Decimal) -> Decimal:
    if market["quote"] != "KRW":
        return FINEST_STEP
    return next((step for lowest, step in _STEPS if price >= lowest), FINEST_STEP)


def min_notional(market: Unified) -> Decimal:
    return MIN_TOTAL_KRW if market["quote"] == "KRW" else Decimal(0)


HABIT = Habit(
    words=WORDS,
    frames=Frames(
        candles=generic.candles,
        streamed=lambda _: False,  # ccxt streams candles of a second only
        trade_ms=generic.trade_ms,
        tape=TAPE,
        whose=whose,
        known=known,
        complaint=complaint,
        before_private=forget_token,
    ),
    orders=Orders(
        market_buy_cap=Decimal("0.02"),  # its own market buy spends an amount of KRW, and quantities are ours to name
        echoes_id=False,
        client_id=client_id,
        found=found,
        all_from=2,
        standing=generic.standing,
        look_up=look_up,
        trades=trades,
        cancel=cancel,
    ),
    wallet=Wallet(held=held),
    markets=Markets(price_step=price_step, min_notional=min_notional),
    page=200,
)
