"""The parts of Upbit's wire that need no market: price steps, requests, limits, subscriptions, candles, spelling."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from twinstar.errors import ConfigError
from twinstar.sim.model import Candle, Side, Tick
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import upbit
from twinstar.sim.wires.krw import candles, params, short, subscription, times
from twinstar.sim.wires.krw.errors import Denial
from twinstar.sim.wires.upbit import frames, ids, limits, messages, ticks
from twinstar.sim.wires.upbit.short import UPBIT_SHORT
from twinstar.sim.wires.upbit.spans import SPANS
from twinstar.sim.wires.upbit.stream import MENU

MONDAY_MS = 1_767_571_200_000  # 2026-01-05


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("160000000", "1000"),
        ("2000000", "1000"),
        ("1000000", "1000"),
        ("999500", "500"),
        ("100000", "100"),
        ("99950", "50"),
        ("10000", "10"),
        ("9995", "5"),
        ("4999", "1"),
        ("100", "1"),
        ("99.9", "0.1"),
        ("9.99", "0.01"),
        ("0.999", "0.001"),
        ("0.0001", "0.000001"),
        ("0.00001", "0.0000001"),
        ("0.000001", "0.00000001"),
    ],
)
def test_each_price_band_has_its_step(price, tick):
    assert ticks.tick_at(Decimal(price)) == Decimal(tick)
    assert ticks.on_tick(Decimal(price))
    assert not ticks.on_tick(Decimal(price) + Decimal(tick) / 2)


def test_an_unknown_market_is_refused_with_the_ones_there_are():
    with pytest.raises(ConfigError, match=r"upbit does not list 'SHIB/KRW' in simulation; there are: BTC/KRW, ETH/KRW"):
        upbit.listings(["BTC/KRW", "SHIB/KRW"])


def test_an_order_number_comes_back_out_of_its_uuid():
    assert ids.order_id_of(ids.order_uuid(12_345)) == 12_345
    assert ids.order_id_of(ids.trade_uuid(12_345)) is None
    assert ids.order_id_of("None") is None
    assert ids.order_id_of(ids.ORDERS.prefix + "x" * 12) is None


def test_moments_are_read_with_an_offset_without_one_and_as_milliseconds():
    expected = MONDAY_MS
    assert times.parse("2026-01-05T00:00:00Z") == expected
    assert times.parse("2026-01-05T00:00:00.000Z") == expected
    assert times.parse("2026-01-05 00:00:00") == expected
    assert times.parse("2026-01-05T09:00:00+09:00") == expected
    assert times.parse(str(expected)) == expected
    assert times.with_offset(expected + 7, fraction=True) == "2026-01-05T09:00:00.007+09:00"


# -- parameters


def get(query: str) -> params.Params:
    return params.of_request(_request("GET", query=query))


def post(body: str) -> RestRequest:
    return _request("POST", body=body)


def _request(method: str, query: str = "", body: str = "") -> RestRequest:
    return RestRequest(method=method, host="api.upbit.com", path="/", query=query, body=body, headers={})


def test_a_plus_that_was_not_encoded_spoils_a_moment_as_upbit_warns():
    with pytest.raises(Denial) as denial:
        get("to=2026-01-05T09:00:00+09:00").time("to")
    assert (denial.value.status, denial.value.name) == (400, "invalid_parameter")
    assert get("to=2026-01-05T09:00:00%2B09:00").time("to") == MONDAY_MS


def test_what_is_signed_is_the_text_of_the_numbers_as_they_were_sent():
    body = '{"market":"KRW-BTC","volume":0.10,"price":1e8,"fast":true,"states":["done","cancel"]}'
    assert params.signed_text(post(body)) == (
        "market=KRW-BTC&volume=0.10&price=1e8&fast=true&states[]=done&states[]=cancel"
    )
    assert params.of_request(post(body)).all("states") == ("done", "cancel")


@pytest.mark.parametrize("body", ["{", "[]", "17", '"text"', "null"])
def test_a_body_that_is_no_object_is_an_invalid_parameter(body):
    with pytest.raises(Denial, match="invalid_parameter"):
        params.of_request(post(body))


@pytest.mark.parametrize("count", ["0", "-1", "201", "1.5", "many", "1e2"])
def test_a_count_out_of_range_is_an_invalid_parameter(count):
    with pytest.raises(Denial, match="invalid_parameter"):
        get(f"count={count}").number("count", 1, 200)


# -- limits


def test_the_limit_begins_anew_each_second_and_groups_do_not_share():
    caller = limits.Caller()
    left = [caller.admit(limits.TICKER, 1_000 + step) for step in range(10)]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert caller.admit(limits.CANDLES, 1_500) == 9
    with pytest.raises(Denial, match="429 too_many_requests"):
        caller.admit(limits.TICKER, 1_999)
    assert caller.admit(limits.TICKER, 2_000) == 9


def test_who_goes_on_over_the_limit_is_shut_out_and_the_next_time_for_longer():
    caller = limits.Caller()

    def flood(now_ms: int) -> list[int]:
        statuses = []
        for _ in range(limits.ORDER.per_second + limits.PATIENCE + 2):
            try:
                caller.admit(limits.ORDER, now_ms)
                statuses.append(200)
            except Denial as denial:
                statuses.append(denial.status)
        return statuses

    assert flood(1_000) == [200] * 12 + [429] * limits.PATIENCE + [418] * 2
    with pytest.raises(Denial, match="1초 후"):
        caller.admit(limits.DEFAULT, 1_000 + limits.FIRST_BLOCK_S * 1000 - 1)
    later = 1_000 + limits.FIRST_BLOCK_S * 1000
    assert flood(later)[-1] == 418
    with pytest.raises(Denial, match=f"{limits.FIRST_BLOCK_S}초 후"):
        caller.admit(limits.DEFAULT, later + limits.FIRST_BLOCK_S * 1000)


# -- subscriptions


def test_a_subscription_names_types_codes_and_format():
    request = subscription.read(
        b'[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]},'
        b'{"type":"candle.240m","codes":["KRW-ETH"],"is_only_realtime":true},{"format":"SIMPLE_LIST"}]',
        MENU,
        private=False,
    )
    assert request.format == "SIMPLE_LIST"
    assert [(each.type, each.codes, each.snapshot) for each in request.wanted] == [
        ("trade", ("KRW-BTC",), True),
        ("candle.240m", ("KRW-ETH",), False),
    ]


@pytest.mark.parametrize(
    ("frame", "private", "name"),
    [
        ("not json", False, "WRONG_FORMAT"),
        ('{"ticket":"t"}', False, "WRONG_FORMAT"),
        ('[{"ticket":"t"},{"type":"trade","codes":"KRW-BTC"}]', False, "WRONG_FORMAT"),
        ("[]", False, "NO_TICKET"),
        ('[{"type":"trade","codes":["KRW-BTC"]}]', False, "NO_TICKET"),
        ('[{"ticket":"t"}]', False, "NO_TYPE"),
        ('[{"ticket":"t"},{"codes":["KRW-BTC"]}]', False, "NO_TYPE"),
        ('[{"ticket":"t"},{"type":"trade"}]', False, "NO_CODES"),
        ('[{"ticket":"t"},{"type":"trade","codes":[]}]', False, "INVALID_PARAM"),
        ('[{"ticket":"t"},{"type":"candle.7m","codes":["KRW-BTC"]}]', False, "INVALID_PARAM"),
        ('[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]},{"format":"XML"}]', False, "INVALID_PARAM"),
        ('[{"ticket":"t"},{"type":"myOrder"}]', False, "INVALID_AUTH"),
        ('[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]}]', True, "INVALID_PARAM"),
        ('[{"ticket":"t"},{"type":"myAsset","codes":["KRW-BTC"]}]', True, "WRONG_FORMAT"),
    ],
)
def test_a_bad_subscription_is_refused_by_name(frame, private, name):
    with pytest.raises(subscription.Refused) as refused:
        subscription.read(frame, MENU, private=private)
    assert refused.value.name == name


@pytest.mark.parametrize(
    "kind",
    [frames.WsTicker, frames.WsTrade, frames.WsOrderbook, frames.WsCandle, frames.MyOrder, frames.MyAsset],
)
def test_every_field_of_every_frame_has_a_short_name_of_its_own(kind):
    names = {**UPBIT_SHORT, **short.TICKER_SHORT} if kind is frames.WsTicker else UPBIT_SHORT
    shortened = [names[field] for field in kind.__struct_fields__]
    assert len(set(shortened)) == len(shortened)


# -- candles


class OfDays:
    """Only what `candles.latest` asks of an exchange."""

    def __init__(self, days: list[Candle]) -> None:
        self.days = days

    def candles(self, symbol, step_ms, *, start_ms=None, end_ms=None, limit=500):
        assert step_ms == times.DAY
        return [day for day in self.days if end_ms is None or day.open_ms <= end_ms][-limit:]


def day(number: int, price: int) -> Candle:
    at = Decimal(price)
    return Candle(
        symbol="BTC/KRW", open_ms=MONDAY_MS + number * times.DAY, open=at, high=at + 5, low=at - 5,
        close=at + 1, volume=Decimal(2), quote_volume=at * 2, trades=4, taker_buy_volume=Decimal(1),
        first_trade_id=number * 4, last_trade_id=number * 4 + 3, closed=True,
    )  # fmt: skip


def test_weeks_begin_on_monday_and_are_made_of_their_days():
    exchange = OfDays([day(number, 100 + number) for number in range(-3, 9)])
    weeks = candles.latest(exchange, "BTC/KRW", SPANS["weeks"], 2)
    assert [week.open_ms for week in weeks] == [MONDAY_MS, MONDAY_MS + 7 * times.DAY]
    first = weeks[0]
    assert (first.open, first.high, first.low, first.close) == (100, 111, 95, 107)
    assert (first.volume, first.trades, first.first_trade_id, first.last_trade_id) == (14, 28, 0, 27)


def test_months_begin_on_the_first_and_years_in_january():
    exchange = OfDays([day(number, 100) for number in range(-10, 30)])
    months = candles.latest(exchange, "BTC/KRW", SPANS["months"], 5)
    assert [times.naive(times.utc(each.open_ms)) for each in months] == [
        "2025-12-01T00:00:00",
        "2026-01-01T00:00:00",
        "2026-02-01T00:00:00",
    ]
    years = candles.latest(exchange, "BTC/KRW", SPANS["years"], 1, before_ms=MONDAY_MS)
    assert [(times.utc(each.open_ms).year, each.volume) for each in years] == [(2026, 68)], (
        "a period that began before is told whole"
    )


def test_ticks_fold_into_seconds_and_a_second_without_ticks_has_no_candle():
    def tick(number: int, at_ms: int, price: int, taker: Side) -> Tick:
        return Tick(
            id=number, symbol="BTC/KRW", market_ms=at_ms, price=Decimal(price), quantity=Decimal(1), taker=taker
        )

    seconds = candles.of_ticks(
        [
            tick(1, 1_000, 10, Side.BUY),
            tick(2, 1_999, 8, Side.SELL),
            tick(3, 4_000, 9, Side.BUY),
        ]
    )
    assert [(each.open_ms, each.open, each.high, each.low, each.close) for each in seconds] == [
        (1_000, 10, 10, 8, 8),
        (4_000, 9, 9, 9, 9),
    ]
    assert (seconds[0].taker_buy_volume, seconds[0].trades) == (1, 2)


def test_struct_answers_leave_out_what_is_unset():
    market = messages.Market("KRW-BTC", "비트코인", "Bitcoin")
    assert set(msgspec.json.decode(msgspec.json.encode(market))) == {
        "market",
        "korean_name",
        "english_name",
    }
