"""What is Bitget's own: stops that only the history ties to their orders, plans beside orders, ccxt's mistakes."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import msgspec
import pytest
from builtin.ccxt.kit import BTC_USDT, ETH_USDT, Scene, scene

from twinstar.builtin.ccxt.habits import bitget, bitget_lists, habit_of
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.streams import has_candles
from twinstar.domain import (
    AccountSeen,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderInDoubt,
    OrderKind,
    OrderStatus,
    Role,
    Side,
    Terms,
    Timeframe,
    TimeInForce,
)
from twinstar.domain.meanings import Meaning
from twinstar.errors import AuthFailed, BadMessage, ConfigError, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import FundingSought, Gap
from twinstar.sim.model import Kind
from twinstar.sim.model import Side as TheirSide
from twinstar.sim.wires.bitget import errors as wire
from twinstar.testing.conformance.listening import listening

KEY = "spot/account/info"
DAY_MS = 86_400_000


def answer(one: Scene, match: str, data: object, *, code: str = "00000", status: int = 200, **more: object) -> None:
    body = json.dumps({"code": code, "msg": "success", "requestTime": one.clock.now_ms(), "data": data})
    one.fault(on="rest", kind="status", status=status, body=body, match=match, **more)


def guard(one: Scene, kind: OrderKind = OrderKind.STOP, **changes: object):
    role = Role.STOP if kind is OrderKind.STOP else Role.TAKE_PROFIT
    return one.order(**{"kind": kind, "side": Side.SELL, "role": role, "reduce_only": True, **changes})


def of(events, order, kind):
    return [each for each in events if isinstance(each, kind) and each.fill.order_id == order.order_id]


async def seen(one: Scene) -> AccountSeen:
    *_, told = await one.account()
    assert isinstance(told, AccountSeen)
    return told


# Stops and take-profits


async def test_a_stop_and_a_take_profit_of_part_of_a_position_are_changed_where_they_stand() -> None:
    async with scene("bitget") as one:
        (instrument,) = await one.venue.listing.instruments([BTC_USDT])
        assert (instrument.resident_stops, instrument.resident_targets, instrument.amends_stops) == (True, True, True)
        await one.venue.trading.place(one.order())
        stop = guard(one, stop_price=Decimal(50_000))
        target = guard(one, OrderKind.TAKE_PROFIT, stop_price=Decimal(70_000))
        for order, wanted in ((stop, "51000.5"), (target, "69000")):
            venue_order_id = await one.venue.trading.place(order)
            terms = Terms(quantity=Decimal("0.1"), stop_price=Decimal(wanted))
            assert await one.venue.trading.amend(order, terms) == venue_order_id
        theirs = [one.exchange.order("main", client_id=each.order_id).request for each in (stop, target)]
        assert [each.kind for each in theirs] == [Kind.STOP_MARKET, Kind.TAKE_PROFIT_MARKET]
        assert all(each.reduce_only and each.side is TheirSide.SELL for each in theirs)
        assert {
            (o.client_order_id, o.kind, o.quantity, o.stop_price, o.reduce_only) for o in (await seen(one)).orders
        } == {
            (stop.order_id, OrderKind.STOP, Decimal("0.1"), Decimal("51000.5"), True),
            (target.order_id, OrderKind.TAKE_PROFIT, Decimal("0.1"), Decimal(69_000), True),
        }
        with pytest.raises(VenueRejected, match="40917"):
            await one.venue.trading.amend(stop, Terms(quantity=Decimal("0.1"), stop_price=Decimal(90_000)))
        for order in (stop, target):
            await one.venue.trading.cancel(order)
            with pytest.raises(VenueRejected, match="43025"):
                await one.venue.trading.cancel(order)
            with pytest.raises(VenueRejected, match="43026"):
                await one.venue.trading.amend(order, Terms(quantity=Decimal("0.1"), stop_price=Decimal(52_000)))
        assert [type(event) for event in await one.account(stop)][:2] == [OrderAccepted, OrderCanceled]


async def test_a_stop_that_comes_before_its_position_is_for_later() -> None:
    """The venue takes a moment to note a position; a stop is not given up for that."""
    async with scene("bitget", history=2) as one:
        with pytest.raises(VenueUnavailable, match="43023"):
            await one.venue.trading.place(guard(one, stop_price=Decimal(50_000)))
        assert not one.exchange.orders("main")


async def test_a_stop_that_goes_off_is_in_doubt_until_the_history_names_its_order() -> None:
    async with scene("bitget") as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        stop = guard(one, stop_price=one.price // 1 - 20)
        venue_order_id = await one.venue.trading.place(stop)
        for _ in range(3_000):
            if one.exchange.order("main", client_id=stop.order_id).triggered:
                break
            one.exchange.step()
        await heard.until(lambda heard: heard.of(OrderInDoubt))
        assert [each.order_id for each in heard.of(OrderInDoubt)] == [stop.order_id]
        told = await one.account(stop)
        assert [each.venue_order_id for each in told if isinstance(each, OrderAccepted)] == [venue_order_id]
        fills = {each.fill.fill_id: each.fill for each in of(told, stop, OrderFilled)}
        executions = [each for each in one.exchange.executions("main") if each.client_id == stop.order_id]
        assert {id_: (fill.quantity, fill.price, fill.fee) for id_, fill in fills.items()} == {
            str(each.id): (each.quantity, each.price, each.fee) for each in executions
        }
        assert len(of(told, stop, OrderFilled)) == len(executions), "each once"
        assert sum(fill.quantity for fill in fills.values()) == stop.quantity


async def test_trades_that_the_stream_told_before_it_was_known_whose_they_are_come_with_the_reading() -> None:
    async with scene("bitget") as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        stop = guard(one, stop_price=one.price // 1 - 20)
        await one.venue.trading.place(stop)
        for _ in range(3_000):
            if one.exchange.order("main", client_id=stop.order_id).triggered:
                break
            one.exchange.step()
        await heard.until(lambda heard: heard.of(OrderInDoubt))
        detail = (await one.venue.trading.exchange.privateMixGetV2MixOrderDetail(
            {"symbol": "BTCUSDT", "productType": "USDT-FUTURES",
             "orderId": str(1_400_000_000_000_000_000 + one.exchange.order("main", client_id=stop.order_id).id)}
        ))["data"]  # fmt: skip
        answer(one, "GET .*order/detail", {**detail, "state": "live", "baseVolume": "0"}, count=1)
        told = await one.account(stop)
        assert sum(each.fill.quantity for each in of(told, stop, OrderFilled)) == stop.quantity
        assert of(heard.events, stop, OrderFilled) == []


async def test_a_stop_that_somebody_cancels_is_told_at_once() -> None:
    async with scene("bitget") as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        stop = guard(one, stop_price=Decimal(50_000))
        await one.venue.trading.place(stop)
        one.exchange.cancel("main", one.exchange.order("main", client_id=stop.order_id).id)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert heard.of(OrderCanceled)[0].order_id == stop.order_id


async def test_a_stop_that_went_off_in_vain_is_over() -> None:
    row = {"planType": "loss_plan", "clientOid": "ts1", "planStatus": "fail_execute", "orderId": "7"}
    told = bitget.found({"id": "7", "status": "rejected", "info": row, "lastUpdateTimestamp": 1})
    assert (told.status, told.ended_by_rule, told.reason) == (
        "rejected",
        True,
        "it went off, and its order was refused",
    )


async def test_a_stop_that_went_off_must_be_named_with_its_order() -> None:
    async with scene("bitget") as one:
        await one.venue.trading.place(one.order())
        stop = guard(one, stop_price=Decimal(50_000))
        await one.venue.trading.place(stop)
        exchange = one.venue.trading.exchange
        asked = {"productType": "USDT-FUTURES", "planType": "profit_loss"}
        (row,) = (await exchange.privateMixGetV2MixOrderOrdersPlanPending(asked))["data"]["entrustedList"]
        answer(one, "GET .*orders-plan-pending", {"entrustedList": None, "endId": None}, count=2)
        for became in (None, ""):
            gone = {**row, "planStatus": "executed", "executeOrderId": became}
            answer(one, "GET .*orders-plan-history", {"entrustedList": [gone], "endId": None}, count=1)
            with pytest.raises(BadMessage):
                await one.account(stop)
            answer(one, "GET .*orders-plan-pending", {"entrustedList": None, "endId": None}, count=2)


# Orders


async def test_what_ended_by_rule_says_why_and_what_we_canceled_does_not() -> None:
    async with scene("bitget", history=5) as one, listening(one.venue, BTC_USDT) as heard:
        low, high = one.price // 1 - 5_000, one.price // 1 + 200
        limit = {"kind": OrderKind.LIMIT, "quantity": Decimal("0.1")}
        by_rule = [
            one.order(**limit, price=low, time_in_force=TimeInForce.IOC),
            one.order(**limit, price=low, time_in_force=TimeInForce.FOK),
            one.order(**limit, price=high, time_in_force=TimeInForce.POST_ONLY),
        ]
        for order in by_rule:
            assert await one.venue.trading.place(order)
        rests = one.order(**limit, price=low)
        await one.venue.trading.place(rests)
        await one.venue.trading.cancel(rests)
        await heard.until(lambda heard: heard.of(OrderCanceled) and len(heard.of(OrderExpired)) == 3)
        assert [(each.filled, each.reason) for each in heard.of(OrderExpired)] == [
            (0, "ioc_cancel"), (0, "fok_cancel"), (0, "post_only_cancel"),
        ]  # fmt: skip
        assert [each.order_id for each in heard.of(OrderCanceled)] == [rests.order_id]
        read = [event for order in (*by_rule, rests) for event in await one.account(order)]
        assert [type(each) for each in read if isinstance(each, OrderExpired | OrderCanceled)] == [OrderExpired] * 3 + [
            OrderCanceled
        ]


async def test_an_order_of_many_fills_is_told_with_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """ccxt's filled amount in the stream is that of the last one."""
    monkeypatch.setattr(bitget_lists, "PAGE", 2)
    async with scene("bitget") as one, listening(one.venue, one.symbol) as heard:
        order = one.order(quantity=Decimal(1))
        await one.venue.trading.place(order)
        executions = one.exchange.executions("main")
        assert len(executions) > 4
        await heard.until(lambda heard: len(heard.of(OrderFilled)) == len(executions))
        assert not heard.of(OrderExpired)
        told = of(await one.account(order), order, OrderFilled)
        assert [each.fill.fee for each in told] == [each.fee for each in executions]


async def test_an_answer_without_an_order_id_is_a_doubt_that_is_settled_by_our_own_id() -> None:
    """So the venue answers where reducing orders take the place of others."""
    async with scene("bitget") as one:
        await one.venue.listing.instruments([BTC_USDT])
        order = one.order()
        answer(one, "POST .*place-order", {"orderId": None, "clientOid": order.order_id}, count=1)
        with pytest.raises(OutcomeUnknown):
            await one.venue.trading.place(order)


async def test_an_order_that_the_venue_does_not_know_is_gone_only_when_it_says_so() -> None:
    async with scene("bitget", history=2) as one:
        await one.venue.listing.instruments([BTC_USDT])
        order = one.order(status=OrderStatus.IN_DOUBT)
        assert [type(event).__name__ for event in await one.account(order)] == ["OrderRejected", "AccountSeen"]
        answer(one, "GET .*order/detail", None, count=9)
        with pytest.raises((VenueUnavailable, BadMessage)):
            await one.account(order)


# Refusals


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "00000", "msg": "success", "data": {}}, None),
        ({"code": "00000", "data": {"successList": [{"orderId": "1"}], "failureList": []}}, None),
        ({"code": "00000", "data": {"successList": [], "failureList": [{"errorMsg": "notExistend"}]}}, "43025"),
        ({"code": "00000", "data": {"successList": [], "failureList": [{"errorMsg": "system busy"}]}}, ""),
        (
            {"code": "00000", "data": {"successList": [], "failureList": [{"errorMsg": "?", "errorCode": "45110"}]}},
            "45110",
        ),
        ({"code": "00000", "data": {"successList": [], "failureList": ["?"]}}, None),
        ({"code": "40762", "msg": "too dear", "data": None}, "40762"),
        ([], None),
    ],
)
def test_that_no_plan_was_canceled_is_said_in_a_list(body, code) -> None:
    told = bitget.refusal(body)
    assert (None if told is None else told.code) == code


async def test_a_cancellation_that_failed_for_another_reason_is_in_doubt() -> None:
    async with scene("bitget") as one:
        await one.venue.trading.place(one.order())
        stop = guard(one, stop_price=Decimal(50_000))
        await one.venue.trading.place(stop)
        answer(one, "cancel-plan-order", {"successList": [], "failureList": [{"errorMsg": "system busy"}]}, count=1)
        with pytest.raises(OutcomeUnknown):
            await one.venue.trading.cancel(stop)


async def test_a_unified_account_is_for_a_person_to_change() -> None:
    async with scene("bitget", history=2) as one:
        answer(one, "account/set-position-mode", None, code="40085", status=400)
        with pytest.raises(AuthFailed, match="40085"):
            await one.venue.listing.instruments([BTC_USDT])


@pytest.mark.parametrize("wrong", [{"secret": "0" * 64}, {"password": "no"}, {"apiKey": "no"}])
async def test_a_login_that_is_refused_is_for_a_person_to_mend(wrong: dict[str, str]) -> None:
    async with scene("bitget", history=2) as one:
        await one.venue.streams.exchange.ready()
        for name, value in wrong.items():
            setattr(one.venue.streams.exchange, name, value)
        with pytest.raises(ExceptionGroup) as caught:
            async with listening(one.venue, BTC_USDT):
                pass
        assert caught.group_contains(AssertionError, match=r"AuthFailed\('bitget: .*300(11|12|15)")


def test_every_code_that_ccxt_has_a_class_for_means_the_same_here() -> None:
    """Of those that orders, readings and streams can bring."""
    meant = {
        "InsufficientFunds": Meaning.FUNDS,
        "RateLimitExceeded": Meaning.LATER,
        "OrderNotFound": Meaning.MISSING,
        "InvalidNonce": Meaning.MISTIMED,
    }
    codes = habit_of("bitget").words.codes
    told = exchange_class("bitget")().exceptions
    of_old = ("33", "34", "35", "36", "30", "50020", "40004")  # of the venue's first interface, and of spot
    for code, error in {**told["exact"], **told["ws"]["exact"]}.items():
        named = next((meant[kind.__name__] for kind in error.__mro__ if kind.__name__ in meant), None)
        if named is None or not code.isdigit() or code.startswith(of_old):
            continue
        assert code in codes, (code, error)
        assert codes[code].meaning is named, (code, error)


def test_whatever_the_simulated_exchange_refuses_with_is_in_the_table() -> None:
    tables = (wire.REFUSALS, wire.PLANS, wire.REACHED)
    spoken = {code for words in tables for code, _ in words.values()}
    spoken |= {code for code, _ in (wire.NO_DATA, wire.NO_PLAN, wire.DUPLICATE, wire.NO_POSITION)}
    assert spoken <= set(habit_of("bitget").words.codes)


# Streams and candles


@pytest.mark.parametrize(
    ("frame", "known", "complaint", "acknowledged"),
    [
        ("pong", True, None, None),
        ("gnop", False, None, None),
        ([], False, None, None),
        ({"arg": {"channel": "orders"}, "data": []}, True, None, None),
        ({"arg": {"channel": 7}, "data": []}, False, None, None),
        ({"arg": {"channel": "orders"}, "data": "?"}, False, None, None),
        ({"event": "error", "code": 30015, "msg": "Invalid sign"}, True, "30015: Invalid sign", None),
        ({"event": "login", "code": 0}, True, None, None),
        ({"event": "subscribe", "arg": {"channel": "orders"}}, True, None, "order:trades:USDT-FUTURES"),
        (
            {"event": "subscribe", "arg": {"channel": "candle1H", "instId": "BTCUSDT"}},
            True,
            None,
            "candles:1h:BTC/USDT:USDT",
        ),
        ({"event": "subscribe", "arg": {"channel": "trade", "instId": "BTCUSDT"}}, True, None, "trade:BTC/USDT:USDT"),
    ],
)
def test_frames_are_known_by_their_form(frame: object, known: bool, complaint: object, acknowledged: object) -> None:
    assert bitget.known(frame) is known
    if known:
        assert (bitget.complaint(frame), bitget.acknowledged(frame)) == (complaint, acknowledged)


async def test_candles_that_ccxt_would_stream_in_hong_kongs_time_or_not_at_all_are_made_of_trades() -> None:
    async with scene("bitget", history=2) as one:
        streamed = {frame.value for frame in Timeframe if has_candles(one.venue.streams.exchange, frame)}
        assert streamed == {"1m", "5m", "15m", "30m", "1h", "4h"}


@pytest.mark.parametrize("timeframe", [Timeframe.M1, Timeframe.H6])  # candles, and trades that make them
async def test_a_subscription_stands_by_the_venues_word_and_costs_one_message(timeframe: Timeframe) -> None:
    """It has 240 an hour for a connection: no ping of ours may be one of them, nor a probe beside each."""
    async with scene("bitget", history=2) as one:
        one.venue.streams.exchange.streaming["keepAlive"] = 20
        async with listening(one.venue, BTC_USDT, ETH_USDT, timeframe=timeframe):
            said = [call for call in one.limiter.calls if call.what == "ws message"]
            # Two markets, the login, orders, stops and executions; and a ping as each line opens.
            assert len(said) == 2 + 1 + 3 + 2
            await asyncio.sleep(0.1)
            assert len([call for call in one.limiter.calls if call.what == "ws message"]) == len(said)


# The account


async def test_a_hedged_account_is_refused() -> None:
    async with scene("bitget", history=5) as one:
        await one.venue.trading.place(one.order())
        exchange = one.venue.trading.exchange
        asked = {"productType": "USDT-FUTURES", "marginCoin": "USDT"}
        (row,) = (await exchange.privateMixGetV2MixPositionAllPosition(asked))["data"]
        answer(one, "all-position", [row, {**row, "holdSide": "short"}])
        with pytest.raises(VenueUnavailable, match="one-way"):
            await one.account()


async def test_leverage_is_read_back_and_isolated_margin_is_refused() -> None:
    async with scene("bitget", history=2, leverage=7, margin_mode="cross") as one:
        await one.venue.listing.instruments([BTC_USDT])
        (held,) = [each for each in one.exchange.positions("main") if each.symbol == BTC_USDT]
        assert held.leverage == 7
    async with scene("bitget", history=2, margin_mode="isolated") as one:
        with pytest.raises(ConfigError, match="isolated margin"):
            await one.venue.listing.instruments([BTC_USDT])


async def test_funding_is_read_from_the_bills_page_by_page_and_month_by_month(monkeypatch) -> None:
    monkeypatch.setattr(bitget_lists, "PAGE", 5)
    async with scene("bitget", history=5) as one:
        await one.venue.trading.place(one.order())
        for rate in ("0.0001", "-0.0003") * 6:
            one.exchange.treasury.fund(Decimal(rate))
        since_ms = one.clock.now_ms() - 70 * DAY_MS
        sought = FundingSought(instruments=frozenset({one.instrument}), since_ms=since_ms)
        *payments, _ = await one.venue.trading.account(Gap(funding=sought))
        theirs = one.exchange.payments("main")
        assert [(each.payment_id, each.amount) for each in payments] == [(str(each.id), each.amount) for each in theirs]
        assert one.server.requests["GET /api/v2/mix/account/bill"] == 2 + 3


# The key


SAFE = {"authorities": ["coow", "cpow", "stor"], "ips": "10.0.0.1"}


@pytest.mark.parametrize(
    ("changed", "found", "value"),
    [
        ({}, "can_trade", True),
        ({}, "can_withdraw", False),
        ({}, "can_transfer", False),
        ({}, "is_bound", True),
        ({"authorities": ["coor", "cpor"]}, "can_trade", False),
        ({"authorities": ["trade", "readonly"]}, "can_trade", True),
        ({"authorities": ["coow", "wwow"]}, "can_withdraw", True),
        ({"authorities": ["coow", "wtow"]}, "can_transfer", True),
        ({"ips": ""}, "is_bound", False),
        ({"ips": None}, "is_bound", False),
    ],
)
async def test_each_right_of_a_key_is_read(changed, found, value) -> None:
    async with scene("bitget", history=2) as one:
        answer(one, KEY, {**SAFE, **changed})
        assert one.venue.permissions
        assert getattr(await one.venue.permissions(), found) is value


@pytest.mark.parametrize("changed", [{"authorities": None}, {"authorities": "coow"}, {"authorities": [1]}, {"ips": 7}])
async def test_an_answer_that_cannot_be_read_is_no_permission(changed) -> None:
    async with scene("bitget", history=2) as one:
        answer(one, KEY, {**SAFE, **changed})
        assert one.venue.permissions
        with pytest.raises(BadMessage):
            await one.venue.permissions()


def test_an_attached_or_unknown_plan_is_none_of_ours() -> None:
    row = {"amount": "1", "side": "sell", "triggerPrice": "2", "info": {"planType": "normal_plan"}}
    assert bitget.standing(row) is None
    stop = bitget.standing(msgspec.to_builtins({**row, "info": {"planType": "loss_plan"}}))
    assert (stop.kind, stop.reduce_only) == (OrderKind.STOP, True)
