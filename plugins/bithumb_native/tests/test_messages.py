"""Frames and answers as the venue sends them, read to the digit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import twinstar as ts
from twinstar_bithumb_native import messages
from twinstar_bithumb_native.messages import OrderBook, Trade, private_frame, public_frame
from twinstar_bithumb_native.readers import Market, Orders

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared/payloads/bithumb/ccxt_comment_samples"
BTC = ts.InstrumentId("BTC/KRW", "bithumb")
ORDER_ID = "ts" + "0" * 17 + "1"
TRADE = {
    "type": "trade",
    "code": "KRW-BTC",
    "trade_price": 135_123_000,
    "trade_volume": 0.00005243,
    "ask_bid": "BID",
    "trade_timestamp": 1_783_658_381_138,
    "sequential_id": "862683813820523888",
    "stream_type": "REALTIME",
}
FILL = {
    "type": "myOrder",
    "code": "KRW-BTC",
    "order_id": "C0101000000001818113",
    "client_order_id": ORDER_ID,
    "side": "buy",
    "state": "trade",
    "order_quantity": "0.00005243",
    "executed_quantity": "0.00005243",
    "trade_id": "C0102000000000000007",
    "trade_price": "135123000",
    "trade_quantity": "0.00005243",
    "trade_fee": "17.71",
    "trade_timestamp": 1_783_658_381_138,
    "timestamp": 1_783_658_381_200,
}


def sampled(file: str, function: str, label: str | None = None) -> Any:
    path = SAMPLES / file
    if not path.exists():
        pytest.skip("the samples are not beside this checkout")
    rows = json.loads(path.read_text(encoding="utf-8"), parse_float=str)["samples"]
    rows = [row for row in rows if row["function"] == function and label in {None, row["label"]}]
    return rows[0]["payload"]


def frame(**fields: object) -> bytes:
    return msgspec.json.encode(fields)


def told(market: Market, **changes: object) -> tuple[ts.Event, ...]:
    return market.read(frame(**{**TRADE, **changes}))


def followed() -> Market:
    return Market(ts.Wanted((BTC,), ts.Timeframe.M1))


def test_a_trade_is_told_to_the_digit() -> None:
    (seen,) = told(followed())
    assert isinstance(seen, ts.TradeSeen)
    assert (seen.price, seen.quantity, seen.side) == (Decimal(135_123_000), Decimal("0.00005243"), ts.Side.BUY)
    assert (seen.instrument, seen.time_ms) == (BTC, 1_783_658_381_138)


def test_a_number_in_scientific_form_is_the_same_number() -> None:
    raw = frame(**TRADE).replace(b"135123000", b"1.4E-7").replace(b"5.243e-5", b'"0.5"').replace(b"0.00005243", b"0.5")
    (seen,) = followed().read(raw)
    assert isinstance(seen, ts.TradeSeen)
    assert seen.price == Decimal("0.00000014")


def test_a_trade_that_comes_again_is_told_once_whether_its_id_is_text_or_a_number() -> None:
    market = followed()
    assert len(told(market, sequential_id=862683813820523888)) == 1
    assert told(market, sequential_id="862683813820523888") == ()


def test_a_candle_is_over_when_a_trade_of_the_next_minute_comes() -> None:
    market, minute_ms, begun_ms = followed(), 60_000, 1_783_658_340_000
    for number in range(3):
        at_ms = begun_ms + number * minute_ms + 1
        told(market, sequential_id=number, trade_timestamp=at_ms, trade_price=100 + number)
    (closed, _) = told(market, sequential_id=9, trade_timestamp=begun_ms + 3 * minute_ms, trade_price=200)
    assert isinstance(closed, ts.CandleClosed)
    assert (closed.candle.open_ms, closed.candle.close) == (begun_ms + 2 * minute_ms, Decimal(102))
    assert closed.candle.source is ts.Source.TRADES


@pytest.mark.parametrize("price", ["NaN", "Infinity", -1, 0, "1e30"])
def test_a_price_that_is_none_is_refused(price: object) -> None:
    with pytest.raises(ValueError, match="not a price"):
        told(followed(), trade_price=price)


@pytest.mark.parametrize("time", [0, 1_783_658_381, 1_783_658_381_138_000])
def test_a_time_in_another_unit_is_refused(time: int) -> None:
    with pytest.raises(ValueError, match="not a time in milliseconds"):
        told(followed(), trade_timestamp=time)


def test_the_book_is_dated_in_microseconds_and_has_no_empty_levels() -> None:
    units = [
        {"ask_price": 95_340_000, "bid_price": 95_339_000, "ask_size": 0.0007, "bid_size": 0.0024},
        {"ask_price": 95_341_000, "bid_price": 95_338_000, "ask_size": 0, "bid_size": 1},
    ]
    for timestamp in ("1783657882348968", 1783657882348968, 1783657882348):
        book = public_frame(frame(type="orderbook", code="KRW-BTC", orderbook_units=units, timestamp=timestamp))
        assert isinstance(book, OrderBook)
        assert book.time_ms == 1_783_657_882_348
        assert book.asks == [(Decimal(95_340_000), Decimal("0.0007"))]
        assert [price for price, _ in book.bids] == [Decimal(95_339_000), Decimal(95_338_000)]


def test_a_fill_of_ours_is_told_with_its_fee() -> None:
    accepted, filled = Orders("bithumb").read(private_frame(frame(**FILL)))
    assert isinstance(accepted, ts.OrderAccepted)
    assert isinstance(filled, ts.OrderFilled)
    fill = filled.fill
    assert (fill.order_id, fill.fill_id, fill.instrument) == (ORDER_ID, "C0102000000000000007", BTC)
    assert (fill.price, fill.quantity) == (Decimal(135_123_000), Decimal("0.00005243"))
    assert (fill.fee, fill.fee_asset) == (Decimal("17.71"), "KRW")


def test_the_orders_of_others_are_passed_over() -> None:
    assert Orders("bithumb").read(private_frame(frame(**{**FILL, "client_order_id": "somebody-else"}))) == ()
    assert (
        Orders("bithumb").read(private_frame(frame(**{k: v for k, v in FILL.items() if k != "client_order_id"}))) == ()
    )


@pytest.mark.parametrize(
    ("state", "cancel_type", "kind"),
    [
        ("cancel", "user", ts.OrderCanceled),
        ("cancel", "tif_cancel", ts.OrderExpired),
        ("cancel", "stp_cancel", ts.OrderExpired),
        ("done", None, ts.OrderExpired),
    ],
)
def test_an_order_that_ends_before_it_is_filled_is_told_with_what_was(state: str, cancel_type: str, kind: type) -> None:
    ended = {name: value for name, value in FILL.items() if not name.startswith("trade_")}
    ended |= {"state": state, "cancel_type": cancel_type, "order_quantity": "1"}
    *_, over = Orders("bithumb").read(private_frame(frame(**ended)))
    assert type(over) is kind
    assert isinstance(over, ts.OrderCanceled | ts.OrderExpired)
    assert over.filled == Decimal("0.00005243")


def test_one_that_is_done_was_filled_and_that_its_fills_say() -> None:
    done = {name: value for name, value in FILL.items() if not name.startswith("trade_")} | {"state": "done"}
    assert [type(event) for event in Orders("bithumb").read(private_frame(frame(**done)))] == [ts.OrderAccepted]


def test_the_frames_of_the_old_private_line_are_not_read_as_anything() -> None:
    old = sampled("pro_bithumb.json", "handle_orders")
    with pytest.raises(msgspec.ValidationError, match="order_id"):
        private_frame(msgspec.json.encode(old))


def test_the_samples_of_public_frames_are_read() -> None:
    for function, label in (("handle_ticker", "generation 2"), ("handle_order_book", "generation 2")):
        public_frame(msgspec.json.encode(sampled("pro_bithumb.json", function, label)))
    trade = public_frame(msgspec.json.encode(sampled("pro_bithumb.json", "handle_trades", "generation 2")))
    assert isinstance(trade, Trade)
    assert (trade.trade_price, trade.trade_volume) == (Decimal(95_539_000), Decimal("0.00022664"))


@pytest.mark.parametrize(
    ("function", "label", "kind"),
    [
        ("fetch_markets", None, tuple[messages.Market, ...]),
        ("fetch_tickers", None, tuple[messages.Price, ...]),
        ("fetch_ohlcv", None, tuple[messages.CandleAnswer, ...]),
        ("fetch_trades", None, tuple[messages.Tick, ...]),
        ("parse_balance", "generation 2", tuple[messages.AccountAnswer, ...]),
        ("create_order", None, messages.Placed),
    ],
)
def test_the_samples_of_answers_are_read(function: str, label: str | None, kind: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(sampled("bithumb.json", function, label)), type=kind)


def test_no_candle_is_made_of_what_is_left_when_a_frame_could_not_be_read() -> None:
    market = Market(ts.Wanted(instruments=(BTC,), timeframe=ts.Timeframe.M1))

    def closed(minute: int) -> list[int]:
        trade = TRADE | {"trade_timestamp": minute * 60_000 + 1_000, "sequential_id": str(minute)}
        return [e.candle.open_ms // 60_000 for e in market.read(frame(**trade)) if isinstance(e, ts.CandleClosed)]

    first = TRADE["trade_timestamp"] // 60_000
    assert [closed(first + n) for n in range(3)] == [[], [], [first + 1]]
    market.missed()
    assert [closed(first + n) for n in range(3, 6)] == [[], [], [first + 4]]
