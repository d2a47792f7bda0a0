"""Frames and answers as the venue sends them; the venue's own samples where they are at hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

import twinstar as ts
from lighter_shared import ETH, market
from twinstar_lighter import facts
from twinstar_lighter.book import OrderBook
from twinstar_lighter.errors import Code
from twinstar_lighter.messages import (
    AccountFrame,
    Accounts,
    Answer,
    Bars,
    Markets,
    Nonce,
    OrderRow,
    Orders,
    PublicTrade,
    Status,
    Taken,
    TradeRow,
    Trades,
    answer,
    of_account,
    of_market,
)
from twinstar_lighter.orders import client_index
from twinstar_lighter.owners import Owners, Verdicts
from twinstar_lighter.readers import AccountReader, MarketReader, Tape

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "lighter"
ANSWERS: dict[str, type[Answer]] = {
    "http_account": Accounts,
    "http_candles": Bars,
    "http_candles_null": Bars,
    "http_next_nonce": Nonce,
    "http_order_book_details": Markets,
    "http_orders": Orders,
    "http_recent_trades": Trades,
    "http_recent_trades_missing": Trades,
    "http_recent_trades_null": Trades,
    "http_recent_trades_unordered": Trades,
}
NOTED: dict[str, type[Answer]] = {
    "create_order": Taken,
    "fetch_balance": Accounts,
    "fetch_markets": Markets,
    "fetch_my_trades": Trades,
    "fetch_ohlcv": Bars,
    "fetch_open_orders": Orders,
    "fetch_positions": Accounts,
    "fetch_status": Status,
    "fetch_ticker": Markets,
    "fetch_trades": Trades,
}
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the venue's samples are not part of the repository")

OURS, OTHERS = 1_000, 77
ORDER_ID = "ts01f2k7q3d000000001"


def row(**changes: object) -> OrderRow:
    usual = {
        "order_index": 2**48 + 5,
        "client_order_index": client_index(ORDER_ID),
        "market_index": 0,
        "initial_base_amount": Decimal("0.5"),
        "filled_base_amount": Decimal(0),
        "price": Decimal(2352),
        "is_ask": False,
        "type": "limit",
        "status": "open",
        "reduce_only": False,
        "trigger_price": Decimal(0),
        "updated_at": 1_777_941_383_576,
    }
    return OrderRow(**{**usual, **changes})  # type: ignore[arg-type]


def trade(number: int, **changes: object) -> TradeRow:
    usual = {
        "trade_id": number,
        "market_id": 0,
        "size": Decimal("0.2"),
        "price": Decimal(2352),
        "ask_client_id": 0,
        "bid_client_id": client_index(ORDER_ID),
        "ask_account_id": OTHERS,
        "bid_account_id": OURS,
        "is_maker_ask": True,
        "timestamp": 1_777_941_383_576 + number,
        "maker_fee": 28,
        "taker_fee": 196,
    }
    return TradeRow(**{**usual, **changes})  # type: ignore[arg-type]


def seen(number: int, **changes: object) -> PublicTrade:
    return msgspec.convert({**msgspec.to_builtins(trade(number)), **changes}, PublicTrade)


def reader() -> AccountReader:
    owners = Owners()
    owners.learn(ORDER_ID)
    return AccountReader(OURS, {0: market()}, owners, Verdicts())


@needs_samples
@pytest.mark.parametrize(("name", "kind"), ANSWERS.items())
def test_the_venues_own_answers_are_read(name: str, kind: type[Answer]) -> None:
    assert answer((SAMPLES / "nautilus" / f"{name}.json").read_bytes(), kind).code == 200


@needs_samples
def test_answers_that_another_client_has_noted_are_read() -> None:
    noted = json.loads((SAMPLES / "ccxt_comment_samples" / "lighter.json").read_text("utf-8"))["samples"]
    ours = [each for each in noted if each["function"] in NOTED]
    assert {each["function"] for each in ours} == NOTED.keys()
    for each in ours:
        assert answer(json.dumps(each["payload"]).encode(), NOTED[each["function"]]).code == 200


@needs_samples
def test_the_venues_own_frames_are_read() -> None:
    frames = [path.read_bytes() for path in sorted((SAMPLES / "nautilus").glob("ws_*.json"))]
    told = json.loads((SAMPLES / "ccxt_comment_samples" / "pro_lighter.json").read_text("utf-8"))["samples"]
    frames += [json.dumps(each["payload"]).encode() for each in told if "type" in each["payload"]]
    types = {
        of_account(frame).type if b"account_" in frame.partition(b'"channel"')[2][:30] else of_market(frame).type
        for frame in frames
    }
    assert {"subscribed/candle", "update/candle", "update/order_book", "jsonapi/sendtx"} <= types


def test_a_number_that_is_told_as_text_is_a_number() -> None:
    assert answer(b'{"code":"200","nonce":"7"}', Nonce).nonce == 7
    with pytest.raises(Code, match="21104"):
        answer(b'{"code":"21104","message":"invalid nonce"}', Nonce)
    spelt = msgspec.json.encode({"orders": {"0": [msgspec.to_builtins(row()) | {"order_index": "281474977354074"}]}})
    assert isinstance(orders := of_account(spelt).orders, dict)
    assert [each.order_index for each in orders["0"]] == [281474977354074]
    with pytest.raises(msgspec.DecodeError):
        answer(b'{"code":200,"nonce":"seven"}', Nonce)


def test_a_refusal_is_no_answer() -> None:
    with pytest.raises(Code, match="21104: invalid nonce"):
        answer(b'{"code":21104,"message":"invalid nonce"}', Nonce)


def test_an_order_is_accepted_once_and_its_end_names_the_venues_rule() -> None:
    read = reader()
    told = [
        event
        for status in ("open", "open", "canceled-too-much-slippage")
        for event in read(AccountFrame(orders={"0": [row(status=status, filled_base_amount=Decimal("0.2"))]}))
    ]
    accepted, over = told
    assert isinstance(accepted, ts.OrderAccepted)
    assert isinstance(over, ts.OrderExpired)
    assert (over.order_id, over.reason, over.filled) == (ORDER_ID, "canceled-too-much-slippage", Decimal("0.2"))


def test_one_that_somebody_canceled_did_not_expire() -> None:
    assert isinstance(facts.over(row(status="canceled"), ORDER_ID), ts.OrderCanceled)
    assert facts.over(row(status="filled"), ORDER_ID) is None


def test_fills_are_ours_by_account_and_index_and_the_fee_is_that_of_our_side() -> None:
    rows = [
        trade(2),
        trade(1, is_maker_ask=False),
        trade(3, bid_account_id=OTHERS),
        trade(4, bid_client_id=5),
        trade(5, ask_account_id=OURS, ask_client_id=client_index(ORDER_ID), bid_account_id=OTHERS),
    ]
    fills = [event.fill for event in reader()(AccountFrame(trades={"0": rows})) if isinstance(event, ts.OrderFilled)]
    assert [(fill.fill_id, fill.side) for fill in fills] == [
        ("1", ts.Side.BUY),
        ("2", ts.Side.BUY),
        ("5", ts.Side.SELL),
    ]
    cost = Decimal("0.2") * 2352
    assert [fill.fee for fill in fills] == [cost * 28 / 10**6, cost * 196 / 10**6, cost * 28 / 10**6]


def test_public_trades_come_in_order_and_once_whatever_the_snapshot_repeats() -> None:
    tape = Tape(ETH, ts.Timeframe.M1)
    told = [*tape.read([seen(2), seen(1)]), *tape.read([seen(2), seen(3)])]
    assert [event.time_ms % 1_000 - 576 for event in told if isinstance(event, ts.TradeSeen)] == [1, 2, 3]


def test_a_forced_trade_is_one_of_the_markets_though_it_is_told_apart() -> None:
    read = MarketReader(market(), ts.Timeframe.M3, OrderBook()).read
    frames = [([1, 3], [2]), (None, [4]), ([5], None), ([], [])]
    told = [
        event
        for trades, forced in frames
        for event in read(
            of_market(msgspec.json.encode({"trades": rows(trades), "liquidation_trades": rows(forced), "nonce": 7}))
        )
    ]
    assert [event.time_ms - trade(0).timestamp for event in told] == [1, 2, 3, 4, 5]


def rows(numbers: list[int] | None) -> list[TradeRow] | None:
    return None if numbers is None else [trade(number) for number in numbers]


@pytest.mark.parametrize(
    "wrong",
    [{"price": "NaN"}, {"price": "-1"}, {"price": "ten"}, {"size": "0.0"}, {"size": "1e999999"}, {"size": ""}],
)
def test_a_trade_that_no_market_can_have_made_is_not_told(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Tape(ETH, ts.Timeframe.M1).read([seen(9, **wrong)])


def test_a_row_that_lacks_what_matters_cannot_be_read() -> None:
    with pytest.raises(msgspec.ValidationError):
        of_account(b'{"type":"update/account_all_orders","orders":{"0":[{"order_index":1}]}}')
