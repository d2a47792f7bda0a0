"""What we make of a venue's real payloads is what ccxt's own parsers make of them, to the digit.

The payloads are not ours: the test reads them where they lie beside the project, and says nothing where they are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sim.wires.samples import SAMPLES, sample

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.habits import bybit_account, habit_of
from twinstar.builtin.ccxt.habits.habit import row_of
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import InstrumentId

ONE = Decimal(1)

# By venue and kind, the samples (for ccxt's comments with their line).
PAYLOADS: dict[str, dict[str, tuple[str, ...]]] = {
    "bybit": {
        "orders": (
            "ccxt_comment_samples/bybit.json:3814",
            "ccxt_comment_samples/bybit.json:5320",
            "nautilus/http_get_order_partially_filled_rejected.json",
            "nautilus/http_get_orders_history.json",
            "nautilus/http_get_orders_history_with_duplicate.json",
            "nautilus/http_get_orders_realtime.json",
            "nautilus/http_get_orders_realtime_tp_sl.json",
            "nautilus/ws_account_order_buy_stop_market.json",
            "nautilus/ws_account_order_filled.json",
            "nautilus/ws_account_order_limit_if_touched.json",
            "nautilus/ws_account_order_sell_market_if_touched.json",
            "nautilus/ws_account_order_stop_limit.json",
            "nautilus/ws_account_order_stop_loss.json",
        ),
        "fills": (
            "ccxt_comment_samples/bybit.json:3182",
            "ccxt_comment_samples/pro_bybit.json:1339",
            "nautilus/http_get_executions.json",
            "nautilus/ws_account_execution.json",
            "nautilus/ws_account_execution_adl.json",
        ),
        "positions": (
            "ccxt_comment_samples/bybit.json:6331",
            "ccxt_comment_samples/bybit.json:6566",
            "nautilus/http_get_positions.json",
            "nautilus/http_get_positions_with_open_time.json",
        ),
        "balances": ("ccxt_comment_samples/bybit.json:3477", "nautilus/http_get_wallet_balance.json"),
        "candle frames": ("ccxt_comment_samples/pro_bybit.json:766", "nautilus/ws_kline.json"),
        "candle rows": ("ccxt_comment_samples/bybit.json:2807", "nautilus/http_get_klines_linear.json"),
        "trades": ("ccxt_comment_samples/pro_bybit.json:1122",),
    },
}

CASES = [(venue, kind, name) for venue, kinds in PAYLOADS.items() for kind, names in kinds.items() for name in names]

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venues' samples are not beside the project")


def rows_in(payload: Any) -> Iterator[Any]:
    """Of an answer, a frame, or a row itself."""
    inner = payload.get("result", payload) if isinstance(payload, dict) else payload
    listed = inner.get("list", inner.get("data", inner)) if isinstance(inner, dict) else inner
    yield from listed if isinstance(listed, list) and not isinstance(listed[0], str) else [listed]


def parsers(venue: str, *bases: str) -> tuple[Any, Any]:
    """ccxt's class as it is, with floats; and as we use it."""
    both = exchange_class(venue)(), exchange_class(venue)({"number": str})
    for each in both:
        markets = [
            each.safe_market_structure(
                {
                    "id": f"{base}USDT", "symbol": f"{base}/USDT:USDT", "base": base, "quote": "USDT", "settle": "USDT",
                    "baseId": base, "quoteId": "USDT", "settleId": "USDT", "type": "swap", "spot": False, "swap": True,
                    "contract": True, "linear": True, "inverse": False, "contractSize": 1,
                }
            )
            for base in bases
        ]  # fmt: skip
        each.set_markets(markets)
    return both


def same(ours: Decimal | None, theirs: float | None) -> bool:
    return ours == (None if theirs is None else Decimal(repr(theirs)))


@pytest.mark.parametrize(("venue", "kind", "name"), CASES)
def test_our_facts_are_what_ccxt_parses(venue: str, kind: str, name: str) -> None:
    payload = sample(venue, name)
    bases = sorted({*re.findall(r"'([A-Z]+)USDT'", str(payload)), "BTC"})
    plain, ours = parsers(venue, *bases)
    compare = {
        "orders": orders, "fills": fills, "positions": positions, "balances": balances, "trades": trades,
        "candle frames": candle_frames, "candle rows": candle_rows,
    }[kind]  # fmt: skip
    assert compare(venue, plain, ours, payload) > 0


def orders(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    habit, count = habit_of(venue).orders, 0
    for row in rows_in(payload):
        theirs, order = plain.parse_order(row), ours.parse_order(row)
        told, terms = habit.found(order), habit.standing(order)
        assert (told.venue_order_id, told.status) == (theirs["id"], theirs["status"])
        assert same(told.filled, theirs["filled"])
        assert told.time_ms == theirs["lastUpdateTimestamp"]
        assert habit.client_id(order) == theirs["clientOrderId"]
        if terms is not None:
            assert same(terms.quantity, theirs["amount"])
            assert same(terms.price, theirs["price"])
            assert same(terms.stop_price, theirs["triggerPrice"])
            assert terms.reduce_only is theirs["reduceOnly"]
        count += 1
    return count


def fills(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    count = 0
    for row in rows_in(payload):
        theirs, trade = plain.parse_trade(row), ours.parse_trade(row)
        told = facts.order_filled(trade, "ours", InstrumentId(trade["symbol"], venue), ONE)
        assert (told.fill.fill_id, told.fill.side.value, told.time_ms) == (
            theirs["id"],
            theirs["side"],
            theirs["timestamp"],
        )
        assert same(told.fill.price, theirs["price"])
        assert same(told.fill.quantity, theirs["amount"])
        assert same(told.fill.fee, theirs["fee"]["cost"])
        assert (told.fill.instrument.symbol, told.fill.fee_asset) == (theirs["symbol"], theirs["fee"]["currency"])
        count += 1
    return count


def positions(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    count = 0
    for row in rows_in(payload):
        theirs, told = plain.parse_position(row), bybit_account._position(ours, row)
        sign = {"long": 1, "short": -1, None: 0}[theirs["side"]]
        assert same(told.contracts * sign, theirs["contracts"])
        assert same(told.entry_price, theirs["entryPrice"])
        assert told.symbol == theirs["symbol"]
        count += 1
    return count


def balances(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    """What is free ccxt takes from a field that is empty or deprecated; the whole is the same."""
    theirs, rows = plain.parse_balance(payload), payload["result"]["list"][0]["coin"]
    for row in rows:
        if "totalOrderIM" in row:
            told = bybit_account._balance({"locked": "0", **row})
            assert same(told.free + told.locked, theirs[told.asset]["total"])
    return len(rows)


def candle_frames(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    told = list(habit_of(venue).frames.candles(payload, ()))
    for (row, closed), raw in zip(told, payload["data"], strict=True):
        assert closed is raw["confirm"]
        assert numbers(row) == [Decimal(repr(each)) for each in plain.parse_ws_ohlcv(raw, plain.market("BTCUSDT"))]
    return len(told)


def candle_rows(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    rows = payload["result"]["list"]
    for raw in rows:
        theirs = plain.parse_ohlcv(raw, plain.market("BTCUSDT"))
        assert numbers(row_of(ours.parse_ohlcv(raw, ours.market("BTCUSDT")))) == [
            Decimal(repr(each)) for each in theirs
        ]
    return len(rows)


def trades(venue: str, plain: Any, ours: Any, payload: Any) -> int:
    frames, count = habit_of(venue).frames, 0
    for raw in payload["data"]:
        theirs, trade = plain.parse_ws_trade(raw), ours.parse_ws_trade(raw)
        told = facts.trade_seen(trade, frames.trade_ms(trade), InstrumentId(trade["symbol"], venue), ONE)
        assert (told.time_ms, told.side.value) == (theirs["timestamp"], theirs["side"])
        assert same(told.price, theirs["price"])
        assert same(told.quantity, theirs["amount"])
        count += 1
    return count


def numbers(row: Any) -> list[Decimal]:
    return [exact(each) for each in (row.open_ms, row.open, row.high, row.low, row.close, row.volume)]
