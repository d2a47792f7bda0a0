"""What the habit makes of OKX's own payloads is what ccxt's unified parsers make of them, number for number."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.habits import okx, okx_account
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.markets import contract_of
from twinstar.domain import InstrumentId

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads" / "okx"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the venue's payloads are not beside the project")


def payloads() -> list[Any]:
    if not PAYLOADS.is_dir():
        return []
    told = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(PAYLOADS.glob("nautilus/*.json"))]
    for file in sorted(PAYLOADS.glob("ccxt_comment_samples/*.json")):
        told += [each["payload"] for each in json.loads(file.read_text(encoding="utf-8"))["samples"]]
    return told


def rows(*names: str) -> list[dict[str, Any]]:
    """Every object anywhere in the payloads that has all these keys, once."""
    found: dict[str, dict[str, Any]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if all(name in value for name in names):
                found[json.dumps(value, sort_keys=True)] = value
            value = list(value.values())
        for each in value if isinstance(value, list) else ():
            look(each)

    look(payloads())
    return list(found.values())


@pytest.fixture(scope="module")
def exchange() -> Any:
    """With numbers as text, as ours are, and a market for every instrument that a payload speaks of."""
    made = exchange_class("okx")({"number": str})
    listed = {row["instId"]: row for row in rows("instId", "instType", "ctVal", "tickSz")}
    for name in {row["instId"] for row in rows("instId")} - listed.keys():
        if name.endswith("-USDT-SWAP"):
            listed[name] = {**listed["BTC-USDT-SWAP"], "instId": name, "uly": name.removesuffix("-SWAP")}
    made.set_markets(made.parse_markets(list(listed.values())))
    return made


def tradable(exchange: Any, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of linear perpetuals."""
    return [row for row in found if (exchange.markets_by_id.get(row.get("instId")) or [{}])[0].get("linear")]


def test_orders(exchange) -> None:
    found = tradable(exchange, rows("instId", "cTime", "state", "ordType"))
    assert len(found) > 15
    for row in found:
        parsed = exchange.parse_order(row)
        told = okx.found(parsed)
        assert told.venue_order_id == parsed["id"] == (row.get("algoId") or row["ordId"])
        assert told.executing_id == (row.get("ordId") or row["algoId"])
        assert told.filled == Decimal(row.get("accFillSz") or row.get("actualSz") or 0)
        if "accFillSz" in row:  # else ccxt takes what went off for filled
            assert told.filled == Decimal(parsed["filled"])
        assert told.time_ms == (parsed["lastUpdateTimestamp"] or parsed["lastTradeTimestamp"] or parsed["timestamp"])
        assert okx.client_id(parsed) == (row.get("algoClOrdId") or row.get("clOrdId") or None)


def test_executions_over_rest(exchange) -> None:
    found = rows("tradeId", "fillPx", "fillSz", "execType", "billId")
    assert len(found) >= 2
    for row in found:
        parsed = exchange.parse_trade({**row, "instId": "BTC-USDT-SWAP"})  # those at hand are of spot
        told = facts.order_filled(parsed, "ours", InstrumentId(parsed["symbol"], "okx"), Decimal(1)).fill
        assert (told.fill_id, told.side.value) == (parsed["id"], parsed["side"])
        assert (told.price, told.quantity) == (Decimal(row["fillPx"]), Decimal(row["fillSz"]))
        assert told.fee == (-Decimal(row["fee"]) if row["fee"] else None)


def test_executions_in_the_stream(exchange) -> None:
    """The same numbers, but for the sign of the fee, which ccxt forgets to turn."""
    found = tradable(exchange, rows("fillPx", "fillSz", "state", "tradeId"))
    found = [row for row in found if row["tradeId"] not in ("", "0")]
    assert len(found) >= 4
    for row in found:
        fee = row.get("fillFee") or row["fee"]  # some were captured over REST
        parsed = exchange.order_to_trade(exchange.parse_order({**row, "fillFee": fee, "fillFeeCcy": row["feeCcy"]}))
        contract = contract_of(exchange, parsed["symbol"])
        told = facts.order_filled(okx.executed(parsed), "ours", InstrumentId(parsed["symbol"], "okx"), contract).fill
        assert (told.fill_id, told.price) == (parsed["id"], Decimal(parsed["price"]))
        assert told.quantity == Decimal(parsed["amount"]) * contract == Decimal(row["fillSz"]) * contract
        assert told.fee == -Decimal(parsed["fee"]["cost"]) == -Decimal(fee)
        assert told.fee_asset == parsed["fee"]["currency"]


def test_candles(exchange) -> None:
    rows_of_candles = [row for each in rows("data") for row in each["data"] if isinstance(row, list) and len(row) == 9]
    assert len(rows_of_candles) >= 5
    market = exchange.market("BTC/USDT:USDT")
    for row in rows_of_candles:
        ((told, closed),) = okx.candles({"data": [row]}, ())
        ours = [told.open_ms, told.open, told.high, told.low, told.close, told.volume]
        assert ours == [Decimal(str(value)) for value in exchange.parse_ohlcv(row, market)]
        assert closed is (row[8] == "1")


def test_positions(exchange) -> None:
    found = tradable(exchange, rows("instId", "pos", "posSide", "avgPx", "lever"))
    assert len(found) >= 2
    for row in found:
        told, parsed = okx_account._position(exchange, row), exchange.parse_position(row)
        assert (told.symbol, abs(told.contracts)) == (parsed["symbol"], Decimal(parsed["contracts"]))
        assert (told.contracts > 0) is (parsed["side"] == "long")
        assert told.entry_price == Decimal(parsed["entryPrice"])


def test_balances(exchange) -> None:
    found = [row for row in rows("ccy", "availEq", "cashBal", "frozenBal") if row["eq"].replace(".", "").isdigit()]
    assert len(found) > 3
    for row in found:
        parsed = exchange.parse_trading_balance({"data": [{"details": [row], "uTime": "1"}]})[row["ccy"]]
        told = okx_account._balance(row)
        assert told.free == Decimal(parsed["free"])
        assert told.locked == Decimal(row["frozenBal"])
