"""What the habit makes of Bitget's own payloads is what ccxt's unified parsers make of them, number for number."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sim.wires.samples import SAMPLES

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.habits import bitget, bitget_account
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.domain import InstrumentId

PAYLOADS = SAMPLES / "bitget" / "ccxt_comment_samples"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the venue's payloads are not beside the project")


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

    for file in sorted(PAYLOADS.glob("*.json")):
        look([each["payload"] for each in json.loads(file.read_text(encoding="utf-8"))["samples"]])
    return list(found.values())


@pytest.fixture(scope="module")
def exchange() -> Any:
    """With numbers as text, as ours are, and the perpetuals that a payload speaks of."""
    made = exchange_class("bitget")({"number": str, "options": {**bitget.HABIT.options}})
    markets = [
        made.safe_market_structure(
            {
                "id": f"{base}USDT", "symbol": f"{base}/USDT:USDT", "base": base, "quote": "USDT", "settle": "USDT",
                "baseId": base, "quoteId": "USDT", "settleId": "USDT", "type": "swap", "spot": False, "swap": True,
                "contract": True, "linear": True, "inverse": False, "contractSize": "1",
            }
        )
        for base in ("BTC", "LTC")
    ]  # fmt: skip
    made.set_markets(markets)
    return made


def test_orders(exchange) -> None:
    found = [row for row in rows("orderId", "clientOid", "size", "posMode") if "planType" not in row]
    assert len(found) >= 3
    for row in found:
        parsed = exchange.parse_order(row)
        told = bitget.found(parsed)
        assert (told.venue_order_id, told.status) == (parsed["id"], parsed["status"])
        assert told.executing_id == row["orderId"]
        assert told.filled == Decimal(parsed["filled"]) == Decimal(row["baseVolume"])
        assert told.time_ms == parsed["lastUpdateTimestamp"] == int(row["uTime"])
        assert bitget.client_id(parsed) == parsed["clientOrderId"] == row["clientOid"]
        standing = bitget.standing(parsed)
        assert standing is not None
        assert (standing.quantity, standing.price) == (Decimal(parsed["amount"]), Decimal(parsed["price"]))


def test_plans(exchange) -> None:
    """Those at hand are trigger orders, which are not ours; as stops of a position they would be."""
    found = rows("planType", "planStatus", "triggerPrice")
    assert len(found) >= 2
    for row in found:
        parsed = exchange.parse_order(row)
        told = bitget.found(parsed)
        assert (told.venue_order_id, told.status) == (parsed["id"], parsed["status"])
        assert told.time_ms == parsed["lastUpdateTimestamp"]
        assert bitget.standing(parsed) is None
        stop = bitget.standing(exchange.parse_order({**row, "planType": "loss_plan"}))
        assert stop is not None
        assert stop.stop_price == Decimal(parsed["triggerPrice"]) == Decimal(row["triggerPrice"])
        assert stop.quantity == Decimal(parsed["amount"])


def test_executions_over_rest_and_in_the_stream(exchange) -> None:
    """What the account paid is positive in both."""
    found = rows("tradeId", "orderId", "baseVolume", "feeDetail", "posMode")
    assert len(found) >= 2
    for row in found:
        pushed = "uTime" in row
        parsed = exchange.parse_ws_trade(row) if pushed else exchange.parse_trade(row)
        ours = bitget.executed(parsed) if pushed else parsed
        told = facts.order_filled(ours, "ours", InstrumentId(parsed["symbol"], "bitget"), Decimal(1)).fill
        assert (told.fill_id, told.side.value) == (parsed["id"], parsed["side"])
        assert (told.price, told.quantity) == (Decimal(parsed["price"]), Decimal(parsed["amount"]))
        assert told.fee == Decimal(parsed["fee"]["cost"]) == -Decimal(row["feeDetail"][0]["totalFee"])
        assert told.fee_asset == parsed["fee"]["currency"]


def test_positions(exchange) -> None:
    found = rows("holdSide", "total", "openPriceAvg", "symbol")
    assert len(found) >= 2
    for row in found:
        told, parsed = bitget_account._position(exchange, row), exchange.parse_position(row)
        assert (told.symbol, abs(told.contracts)) == (parsed["symbol"], Decimal(parsed["contracts"]))
        assert (told.contracts > 0) is (parsed["side"] == "long")
        assert told.entry_price == Decimal(parsed["entryPrice"])


def test_balances(exchange) -> None:
    found = rows("marginCoin", "crossedMaxAvailable", "maxTransferOut", "accountEquity")
    assert len(found) >= 2
    for row in found:
        parsed = exchange.parse_balance([row])["USDT"]
        told = bitget_account._balance(row)
        assert (told.asset, told.free) == ("USDT", Decimal(parsed["free"]))
        assert told.locked == Decimal(parsed["used"])


def test_candles(exchange) -> None:
    """Those of the stream have one number more than those over REST."""
    samples = json.loads((PAYLOADS / "bitget.json").read_text(encoding="utf-8"))["samples"]
    found = [each["payload"] for each in samples if each["function"] == "parse_ohlcv"]
    assert found
    for values in found:
        ((told, closed),) = bitget.candles({"data": [[*values, values[-1]]]}, ())
        ours = [told.open_ms, told.open, told.high, told.low, told.close, told.volume]
        assert ours == [Decimal(str(value)) for value in exchange.parse_ohlcv(values, exchange.market("BTC/USDT:USDT"))]
        assert closed is None
