"""What came into the wallet and went out of it, over REST: trades and funding."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twinstar.sim.model import Execution, Payment
from twinstar.sim.wires.bybit import words
from twinstar.sim.wires.bybit.contracts import BY_SYMBOL
from twinstar.sim.wires.bybit.desk import ASSET, Call, Desk, Json, Route, is_linear
from twinstar.sim.wires.bybit.errors import ApiError
from twinstar.sim.wires.bybit.paging import page
from twinstar.sim.wires.spelling import text

WEEK_MS = 7 * 86_400_000  # the longest stretch that is answered for at once, and what is told when no time is named
TYPES = ("TRADE", "SETTLEMENT")


class Entry(Struct, frozen=True, kw_only=True):
    id: str
    time_ms: int
    row: Json


def transactions(desk: Desk, call: Call) -> Json:
    params, now = call.params, desk.exchange.clock.now_ms()
    start, end = params.integer_or_none("startTime"), params.integer_or_none("endTime")
    if start is None:
        start = (now if end is None else end) - WEEK_MS
    end = start + WEEK_MS if end is None else end
    if end - start > WEEK_MS:
        raise ApiError(10001, "The time range between startTime and endTime cannot exceed 7 days")
    wanted = params.get("type")
    told = is_linear(params) and params.get("currency") in (None, ASSET) and wanted in (None, *TYPES)
    found = [
        entry
        for entry in sorted(_entries(desk, call), key=lambda entry: entry.time_ms)
        if told and start <= entry.time_ms <= end and wanted in (None, entry.row["type"])
    ]
    return page(
        params, found, lambda entry: entry.row, key=lambda entry: (entry.id, entry.time_ms), most=50, default=20
    )


def _entries(desk: Desk, call: Call) -> Iterator[Entry]:
    for paid in desk.exchange.payments(call.account):
        yield _entry(
            paid, words.PAYMENTS.of(paid.id), "SETTLEMENT", change=text(paid.amount), funding=text(paid.amount)
        )
    for made in desk.exchange.executions(call.account):
        shown = {
            "side": words.SIDE_NAMES[made.side],
            "orderId": words.ORDERS.of(made.order_id),
            "orderLinkId": made.client_id or "",
            "tradePrice": text(made.price),
            "qty": text(made.quantity),
            "size": text(made.quantity),
            "fee": text(made.fee),
            "cashFlow": text(made.realized),
        }
        yield _entry(made, words.FILLS.of(made.id), "TRADE", change=text(made.realized - made.fee), **shown)


def _entry(of: Payment | Execution, entry_id: str, kind: str, **more: str) -> Entry:
    row = {
        "id": entry_id,
        "symbol": BY_SYMBOL[of.symbol].id,
        "category": "linear",
        "side": "None",
        "transactionTime": str(of.time_ms),
        "type": kind,
        "qty": "0",
        "size": "0",
        "currency": ASSET,
        "tradePrice": "",
        "funding": "",
        "fee": "0",
        "cashFlow": "0",
        "change": "0",
        "cashBalance": "",  # not kept
        "feeRate": "",
        "bonusChange": "",
        "tradeId": entry_id,
        "orderId": entry_id,
        "orderLinkId": "",
        "extraFees": "",
        **more,
    }
    return Entry(id=entry_id, time_ms=of.time_ms, row=row)


ROUTES = (Route(method="GET", path="/v5/account/transaction-log", answer=transactions, cap=30),)
