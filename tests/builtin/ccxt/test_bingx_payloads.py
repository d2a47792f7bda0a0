"""What the habit makes of BingX's own payloads is what ccxt's unified parsers make of them, number for number."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sim.wires.samples import SAMPLES

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.habits import bingx, bingx_account, bingx_orders
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.domain import InstrumentId, OrderKind

PAYLOADS = SAMPLES / "bingx" / "ccxt_comment_samples"
HOURS_8_MS = 8 * 3_600_000

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the venue's payloads are not beside the project")


def rows(*names: str, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Every object of a linear perpetual anywhere in the payloads that has all these keys, once."""
    found: dict[str, dict[str, Any]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            is_linear = not {"-USD", "tring"} & {str(value.get("symbol") or value.get("s"))[-n:] for n in (4, 5)}
            if is_linear and all(name in value for name in names) and not any(name in value for name in without):
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
    made = exchange_class("bingx")({"number": str, "options": {**bingx.HABIT.options}})
    markets = [
        made.safe_market_structure(
            {
                "id": f"{base}-USDT", "symbol": f"{base}/USDT:USDT", "base": base, "quote": "USDT", "settle": "USDT",
                "baseId": base, "quoteId": "USDT", "settleId": "USDT", "type": "swap", "spot": False, "swap": True,
                "contract": True, "linear": True, "inverse": False, "contractSize": "1",
            }
        )
        for base in ("BTC", "LTC", "LINK", "PYTH")
    ]  # fmt: skip
    made.set_markets(markets)
    return made


def test_orders_and_stops_over_rest(exchange) -> None:
    found = rows("orderId", "positionSide", "type", "origQty", "executedQty", without=("cancelOrderId", "mainOrderId"))
    assert len(found) >= 5
    seen = set()
    for row in found:
        parsed = exchange.parse_order(row, exchange.market(f"{row['symbol'].split('-')[0]}/USDT:USDT"))
        told = bingx_orders.found(parsed)
        assert told.venue_order_id == parsed["id"] == str(row["orderId"])
        assert told.time_ms == parsed["lastUpdateTimestamp"] == row["updateTime"]
        assert told.filled == Decimal(row["executedQty"]) == Decimal(parsed["filled"])
        standing = bingx_orders.standing(parsed)
        seen.add(row["type"])
        if row["type"].startswith("TRIGGER"):
            assert standing is None, "it is not told whether it waits for a loss or for a profit"
            continue
        assert standing is not None
        assert standing.quantity == Decimal(parsed["amount"]) == Decimal(row["origQty"])
        if standing.kind is OrderKind.LIMIT:
            assert (standing.price, told.status) == (Decimal(parsed["price"]), parsed["status"])
        else:
            assert standing.stop_price == Decimal(parsed["takeProfitPrice"]) == Decimal(row["stopPrice"])
            assert (parsed["status"], told.status, bool(told.unsaid)) == ("closed", "open", True), "it went off"
    assert seen >= {"LIMIT", "TAKE_PROFIT_MARKET", "TRIGGER_MARKET", "TRIGGER_LIMIT"}


def test_an_order_in_the_stream_that_is_filled_has_to_be_read(exchange) -> None:
    (row,) = rows("ps", "X", "x", "z")
    parsed = exchange.parse_order(row)
    told = bingx_orders.found(parsed)
    assert (told.venue_order_id, told.status) == (parsed["id"], parsed["status"])
    assert told.filled == Decimal(parsed["filled"]) == Decimal(row["z"])
    assert told.unsaid
    trade = exchange.parse_trade(row)
    assert (trade["id"], trade["timestamp"]) == (None, None), "with neither a number nor a time"


def test_trades(exchange) -> None:
    """The list that ccxt reads numbers none. Of ours no payload is at hand: it has the same fields, and more."""
    (row,) = rows("volume", "amount", "commission", "filledTime")
    parsed = exchange.parse_trade({**row, "filledTm": row["filledTime"][:19] + "Z"}, exchange.market("LTC/USDT:USDT"))
    more = {"tradeId": "7", "qty": row["volume"], "side": "BUY", "commissionAsset": row["currency"]}
    trade = bingx_orders._trade({**row, **more}, "LTC/USDT:USDT")
    told = facts.order_filled(trade, "ours", InstrumentId("LTC/USDT:USDT", "bingx"), Decimal(1))
    assert (told.fill.price, told.fill.quantity) == (Decimal(parsed["price"]), Decimal(parsed["amount"]))
    assert told.fill.fee == Decimal(parsed["fee"]["cost"]) == -Decimal(row["commission"])
    assert told.fill.fee_asset == parsed["fee"]["currency"]
    assert told.time_ms == parsed["timestamp"] - HOURS_8_MS


def test_positions(exchange) -> None:
    found = rows("positionAmt", "positionSide", "onlyOnePosition", "avgPrice")
    assert found
    for row in found:
        told, parsed = bingx_account._position(exchange, row), exchange.parse_position(row)
        assert (told.symbol, abs(told.contracts)) == (parsed["symbol"], Decimal(parsed["contracts"]))
        assert (told.contracts > 0) is (parsed["side"] == "long")
        assert told.entry_price == Decimal(parsed["entryPrice"])


def test_balances(exchange) -> None:
    found = rows("userId", "asset", "availableMargin", "usedMargin")
    assert found
    for row in found:
        parsed, told = exchange.parse_balance({"data": [row]})["USDT"], bingx_account._balance(row)
        assert (told.asset, told.free) == ("USDT", Decimal(parsed["free"]))
        assert told.locked == Decimal(parsed["used"]) + Decimal(row["freezedMargin"])


def test_candles_of_the_stream(exchange) -> None:
    (frame,) = rows("dataType", "s", "data")
    ((told, closed),) = bingx.candles(frame, ())
    parsed = exchange.parse_ws_ohlcv(frame["data"][0], exchange.market("BTC/USDT:USDT"))
    ours = [told.open_ms, told.open, told.high, told.low, told.close, told.volume]
    assert ours == [Decimal(str(value)) for value in parsed]
    assert closed is None


def test_funding(exchange) -> None:
    (row,) = rows("incomeType", "tranId")
    parsed, told = exchange.parse_income(row), bingx_account._payment(exchange, row)
    assert (told.payment_id, told.amount) == (parsed["id"], Decimal(parsed["amount"]))
    assert (told.asset, told.time_ms) == (parsed["code"], parsed["timestamp"])
