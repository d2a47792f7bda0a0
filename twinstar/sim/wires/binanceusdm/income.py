"""What came into the account and went out of it, over REST: realized profit, fees, funding."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from twinstar.sim.model import Execution, Payment
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.binanceusdm.contracts import contract_of
from twinstar.sim.wires.binanceusdm.desk import ASSET, Desk
from twinstar.sim.wires.spelling import money

WEEK_MS = 7 * 86_400_000  # what is told when no time is named


def income(desk: Desk, call: Call) -> Answer:
    params = call.params
    limit, kind = params.limit(100, 1000), params.text_or_none("incomeType")
    start, end = params.moment_or_none("startTime"), params.moment_or_none("endTime")
    if start is None and end is None:
        start = desk.exchange.clock.now_ms() - WEEK_MS
    contract = desk.market_or_none(params)
    found = [
        row
        for row in _rows(desk, call.account, contract.listing.symbol if contract else None)
        if kind in (None, row["incomeType"]) and (start or 0) <= row["time"] and (end is None or row["time"] <= end)
    ]
    found.sort(key=lambda row: row["time"])
    return found[:limit] if start is not None else found[-limit:]


def _rows(desk: Desk, account: str, symbol: str | None) -> Iterator[Json]:
    for paid in desk.exchange.payments(account, symbol=symbol):
        yield _row(desk, paid, "FUNDING_FEE", paid.amount)
    for made in desk.exchange.executions(account, symbol=symbol):
        for kind, amount in (("REALIZED_PNL", made.realized), ("COMMISSION", -made.fee)):
            if amount:
                yield _row(desk, made, kind, amount)


def _row(desk: Desk, of: Payment | Execution, kind: str, amount: Decimal) -> Json:
    return {
        "symbol": contract_of(of.symbol).id,
        "incomeType": kind,
        "income": money(amount),
        "asset": ASSET,
        "info": kind,
        "time": of.time_ms,
        "tranId": of.id,  # unique within its type
        "tradeId": str(of.id) if isinstance(of, Execution) else "",
    }


ROUTES = (Route(method="GET", path="/fapi/v1/income", answer=income, weight=30, signed=True),)
