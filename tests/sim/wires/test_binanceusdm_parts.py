"""The parts of Binance's wire that need no market: parameters, signatures, limits, intervals, frames of a client."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from twinstar.errors import ConfigError
from twinstar.sim.model import Kind, Reason, Refusal, Side, TimeInForce
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import binanceusdm
from twinstar.sim.wires.binance_common import control, errors, gate, limits, params
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.klines import INTERVALS
from twinstar.sim.wires.binance_common.placing import kind_of
from twinstar.sim.wires.binanceusdm import placing
from twinstar.sim.wires.binanceusdm.contracts import BY_SYMBOL, CONTRACTS
from twinstar.sim.wires.binanceusdm.errors import REFUSALS
from twinstar.sim.wires.binanceusdm.limits import ORDERS, WEIGHT_A_MINUTE
from twinstar.sim.wires.binanceusdm.words import PLAIN_TYPES, TRIGGER_TYPES

NOW_MS = 1_767_571_230_000  # 2026-01-05 00:00:30, a Monday
BTC = BY_SYMBOL["BTC/USDT:USDT"]


class HandClock:
    """Moves when told to."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms

    def market_ms(self) -> int:
        return self.ms


def code_of(call, *args, **kwargs):
    with pytest.raises(ApiError) as refused:
        call(*args, **kwargs)
    return refused.value.code


def test_a_market_it_does_not_list_is_a_config_error_that_names_those_it_does():
    with pytest.raises(ConfigError, match=r"'BTC/USD:BTC' in simulation; there are: BTC/USDT:USDT, ETH/"):
        binanceusdm.listings(["ETH/USDT:USDT", "BTC/USD:BTC"])


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_every_contract_is_consistent(contract):
    listing = contract.listing
    assert listing.tick == round(listing.tick, contract.price_precision)
    assert listing.lot == Decimal(1).scaleb(-contract.quantity_precision)
    assert contract.min_price % listing.tick == 0
    assert listing.min_quantity <= contract.max_market_quantity <= contract.max_quantity


# Parameters


@pytest.mark.parametrize(
    ("query", "read", "code"),
    [
        ("", lambda p: p.text("symbol"), -1102),
        ("symbol=", lambda p: p.text("symbol"), -1102),
        ("price=1e3", lambda p: p.decimal("price"), -1100),
        ("price=-1", lambda p: p.decimal("price"), -1100),
        ("price=NaN", lambda p: p.decimal("price"), -1100),
        ("orderId=12x", lambda p: p.integer("orderId"), -1100),
        ("newClientOrderId=", lambda p: p.text_or_none("newClientOrderId"), -1105),
        ("reduceOnly=yes", lambda p: p.flag("reduceOnly"), -1100),
        ("limit=0", lambda p: p.limit(500, 1500), -1130),
    ],
)
def test_malformed_parameters_are_refused_in_the_venues_words(query, read, code):
    assert code_of(read, params.read(query, "")) == code


def test_a_parameter_that_comes_twice_is_refused():
    assert code_of(params.read, "symbol=BTCUSDT", "symbol=ETHUSDT") == -1101


def test_a_limit_is_clamped_to_what_the_venue_gives():
    assert params.read("limit=5000", "").limit(500, 1500) == 1500
    assert params.read("", "").limit(500, 1500) == 500


# New orders


def placed(types=PLAIN_TYPES, **values):
    asked = params.read("&".join(f"{name}={value}" for name, value in values.items()), "")
    kind = kind_of(asked, types)
    return placing.request_of(BTC, asked, kind, "newClientOrderId")


LIMIT = {"side": "BUY", "type": "LIMIT", "quantity": "0.010", "price": "50000.10", "timeInForce": "GTC"}
MARKET = {"side": "SELL", "type": "MARKET", "quantity": "0.010"}
STOP = {"side": "SELL", "type": "STOP_MARKET", "quantity": "0.010", "triggerPrice": "40000"}


def test_a_limit_order_is_read_to_the_digit():
    request = placed(**LIMIT | {"timeInForce": "GTX", "reduceOnly": "true", "newClientOrderId": "a.B:/1_-"})
    assert (request.side, request.kind, request.time_in_force) == (Side.BUY, Kind.LIMIT, TimeInForce.POST_ONLY)
    assert (str(request.quantity), str(request.price)) == ("0.010", "50000.10")
    assert request.reduce_only
    assert request.client_id == "a.B:/1_-"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (LIMIT | {"type": "LIMIT_MAKER"}, -1116),
        (LIMIT | {"side": "LONG"}, -1117),
        (LIMIT | {"timeInForce": "GTD"}, -1115),
        ({k: v for k, v in LIMIT.items() if k != "timeInForce"}, -1102),
        ({k: v for k, v in LIMIT.items() if k != "price"}, -1102),
        ({k: v for k, v in MARKET.items() if k != "quantity"}, -1102),
        (MARKET | {"price": "1"}, -1106),
        (MARKET | {"timeInForce": "GTC"}, -1106),
        (MARKET | {"quantity": "0.0001"}, -1111),
        (MARKET | {"quantity": "0"}, -4003),
        (MARKET | {"quantity": "121"}, -4005),
        (LIMIT | {"quantity": "1001"}, -4005),
        (LIMIT | {"price": "50000.123"}, -1111),
        (LIMIT | {"price": "0"}, -4001),
        (LIMIT | {"price": "1"}, -4013),
        (LIMIT | {"price": "99999999"}, -4002),
        (LIMIT | {"positionSide": "LONG"}, -4061),
        (LIMIT | {"newClientOrderId": "x" * 37}, -4015),
        (LIMIT | {"newClientOrderId": "no spaces"}, -1100),
        (LIMIT | {"priceMatch": "QUEUE"}, -1020),
        (LIMIT | {"goodTillDate": "1"}, -1020),
    ],
)
def test_what_the_venue_does_not_take_is_refused_with_its_code(order, code):
    assert code_of(placed, **order) == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"triggerPrice": ""}, -1102),
        ({"workingType": "MARK_PRICE"}, -1020),
        ({"closePosition": "true"}, -4137),
        ({"closePosition": "true", "type": "STOP", "price": "1000"}, -4136),
    ],
)
def test_a_conditional_order_has_rules_of_its_own(more, code):
    assert code_of(placed, TRIGGER_TYPES, **STOP | more) == code


def test_an_order_that_closes_the_position_has_no_quantity():
    request = placed(TRIGGER_TYPES, side="SELL", type="STOP_MARKET", triggerPrice="40000", closePosition="true")
    assert request.close_position
    assert request.quantity is None


# The gate


def signed(query="", body="", *, secret="s3cret"):
    part = query or body
    signature = hmac.new(secret.encode(), part.encode(), hashlib.sha256).hexdigest()
    query, body = (f"{part}&signature={signature}" if part == text else text for text in (query, body))
    return RestRequest(method="POST", host="fapi.binance.com", path="/", query=query, body=body, headers={})


@pytest.mark.parametrize("where", ["query", "body"])
def test_the_signature_is_over_the_raw_text_wherever_it_is_sent(where):
    gate.check_signature("s3cret", signed(**{where: "symbol=BTCUSDT&a=%2F+x&timestamp=1"}))


def test_a_wrong_or_missing_signature_is_refused():
    assert code_of(gate.check_signature, "other", signed("timestamp=1")) == -1022
    unsigned = RestRequest(method="GET", host="", path="/", query="timestamp=1", body="", headers={})
    assert code_of(gate.check_signature, "s3cret", unsigned) == -1102


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", -1102),
        (f"timestamp={NOW_MS - 5_001}", -1021),
        (f"timestamp={NOW_MS + 1_000}", -1021),
        (f"timestamp={NOW_MS - 200}&recvWindow=100", -1021),
        (f"timestamp={NOW_MS}&recvWindow=60001", -1131),
    ],
)
def test_a_request_signed_at_another_time_is_refused(query, code):
    assert code_of(gate.check_time, NOW_MS, params.read(query, "")) == code


@pytest.mark.parametrize("late_ms", [-999, 0, 5_000])
def test_a_request_signed_just_now_passes(late_ms):
    gate.check_time(NOW_MS, params.read(f"timestamp={NOW_MS - late_ms}", ""))


# Limits


def test_weight_is_counted_by_the_minute():
    clock = HandClock()
    counted = limits.Limits(clock, WEIGHT_A_MINUTE, ORDERS)
    counted.spend(40)
    counted.spend(5)
    assert counted.headers() == {"X-MBX-USED-WEIGHT-1M": "45"}
    clock.ms += 30_000
    assert counted.headers() == {"X-MBX-USED-WEIGHT-1M": "0"}


def test_over_the_limit_is_429_and_who_goes_on_is_banned_for_longer_each_time():
    clock = HandClock()
    counted = limits.Limits(clock, WEIGHT_A_MINUTE, ORDERS)
    counted.spend(WEIGHT_A_MINUTE)
    for _ in range(limits.PATIENCE):
        with pytest.raises(ApiError) as slowed:
            counted.spend(1)
        assert (slowed.value.status, slowed.value.code) == (429, -1003)
        assert slowed.value.headers == {"Retry-After": "31"}
    with pytest.raises(ApiError) as banned:
        counted.spend(1)
    assert (banned.value.status, banned.value.code, banned.value.headers) == (418, -1003, {"Retry-After": "121"})
    clock.ms += 119_999
    with pytest.raises(ApiError) as still:
        counted.spend(1)
    assert still.value.status == 418
    clock.ms += 1
    counted.spend(1)


def test_new_orders_are_limited_by_account():
    counted = limits.Limits(HandClock(), WEIGHT_A_MINUTE, ORDERS)
    for _ in range(300):
        counted.count_order("one")
    with pytest.raises(ApiError) as refused:
        counted.count_order("one")
    assert (refused.value.status, refused.value.code) == (429, -1015)
    assert str(refused.value) == "-1015 Too many new orders; current limit is 300 orders per 10 SECOND."
    counted.count_order("other")
    assert counted.order_headers("other") == {"X-MBX-ORDER-COUNT-10S": "1", "X-MBX-ORDER-COUNT-1M": "1"}


# Intervals


@pytest.mark.parametrize(
    ("name", "opened", "closes"),
    [
        ("1m", "2026-01-07T13:47", "2026-01-07T13:48"),
        ("15m", "2026-01-07T13:45", "2026-01-07T14:00"),
        ("4h", "2026-01-07T12:00", "2026-01-07T16:00"),
        ("1d", "2026-01-07T00:00", "2026-01-08T00:00"),
        ("1w", "2026-01-05T00:00", "2026-01-12T00:00"),
        ("1M", "2026-01-01T00:00", "2026-02-01T00:00"),
    ],
)
def test_a_moment_lies_in_the_candle_that_the_venue_puts_it_in(name, opened, closes):
    moment = millis("2026-01-07T13:47")
    open_ms = INTERVALS[name].opened(moment + 59_999)
    assert (open_ms, INTERVALS[name].closes(open_ms)) == (millis(opened), millis(closes))


def test_months_have_their_own_lengths():
    month = INTERVALS["1M"]
    assert month.closes(millis("2028-02-01T00:00")) == millis("2028-03-01T00:00")
    assert month.closes(millis("2026-12-01T00:00")) == millis("2027-01-01T00:00")


def millis(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


# What a client says on a socket


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", 3),
        (b"\xff", 3),
        ("[]", 2),
        ('{"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"x"}', 2),
        ('{"method":"PLEASE","id":7}', 2),
    ],
)
def test_a_frame_that_makes_no_sense_is_answered_with_an_error(frame, code):
    answer = msgspec.json.decode(control.acknowledge(frame, ["key"]))
    assert answer["error"]["code"] == code
    assert answer["id"] == (7 if b"PLEASE" in str(frame).encode() else None)


def test_a_frame_that_does_is_acknowledged_with_its_id():
    answer = control.acknowledge('{"method":"LIST_SUBSCRIPTIONS","id":"a"}', ["key"])
    assert msgspec.json.decode(answer) == {"result": ["key"], "id": "a"}


# Words


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_of_the_exchange_has_a_code_and_words(reason):
    fields = {"min_notional": "100", "leverage": "200"}
    error = errors.worded(Refusal(reason), REFUSALS, fields)
    assert error.code < 0
    assert "{" not in error.message


def test_the_same_refusal_has_other_words_where_the_venue_has():
    unknown = Refusal(Reason.UNKNOWN_ORDER)
    assert errors.worded(unknown, REFUSALS, {}).code == -2013
    assert errors.worded(unknown, errors.CANCEL, {}).code == -2011
