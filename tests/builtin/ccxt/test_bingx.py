"""What is BingX's own: stops without a name, fills without a number, answers that say nothing, codes that say less."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import msgspec
import pytest
from builtin.ccxt.kit import BTC_USDT, Scene, scene

from twinstar.builtin.ccxt.habits import bingx, bingx_account, bingx_lists, bingx_orders, habit_of
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.reading import reading
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
    TimeInForce,
)
from twinstar.domain.meanings import Meaning
from twinstar.errors import BadMessage, ConfigError, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import FundingSought, Gap
from twinstar.sim.model import Kind
from twinstar.sim.wires.bingx import errors as wire
from twinstar.sim.wires.bingx import session
from twinstar.testing.conformance.listening import listening

KEY = "account/apiPermissions"
DAY_MS = 86_400_000


def answer(one: Scene, match: str, data: object, *, code: int = 0, status: int = 200, **more: object) -> None:
    body = json.dumps({"code": code, "msg": "", "data": data})
    one.fault(on="rest", kind="status", status=status, body=body, match=match, **more)


def guard(one: Scene, kind: OrderKind = OrderKind.STOP, **changes: object):
    role = Role.STOP if kind is OrderKind.STOP else Role.TAKE_PROFIT
    return one.order(**{"kind": kind, "side": Side.SELL, "role": role, "reduce_only": True, **changes})


def fills_of(events, order):
    return [each.fill for each in events if isinstance(each, OrderFilled) and each.fill.order_id == order.order_id]


async def seen(one: Scene, *orders) -> AccountSeen:
    *_, told = await one.account(*orders)
    assert isinstance(told, AccountSeen)
    return told


def standing(told: AccountSeen) -> set:
    return {(each.client_order_id, each.kind, each.stop_price, each.reduce_only) for each in told.orders}


def until_it_fires(one: Scene, order) -> None:
    for _ in range(3_000):
        if one.exchange.order("main", client_id=order.order_id).triggered:
            return
        one.exchange.step()
    raise AssertionError("it never fired")


# Stops and take-profits


async def test_a_stop_and_a_take_profit_bear_no_name_there_and_are_ours_by_the_venues_id() -> None:
    async with scene("bingx") as one:
        (instrument,) = await one.venue.listing.instruments([BTC_USDT])
        assert (instrument.resident_stops, instrument.resident_targets, instrument.amends_stops) == (True, True, False)
        await one.venue.trading.place(one.order())
        wishes = [
            guard(one, stop_price=Decimal(50_000)),
            guard(one, OrderKind.TAKE_PROFIT, stop_price=Decimal(70_000)),
        ]
        placed = [
            msgspec.structs.replace(
                each, venue_order_id=await one.venue.trading.place(each), status=OrderStatus.ACCEPTED
            )
            for each in wishes
        ]
        theirs = [one.exchange.order("main", client_id=each.order_id).request.kind for each in placed]
        assert theirs == [Kind.STOP_MARKET, Kind.TAKE_PROFIT_MARKET]
        wanted = {
            (placed[0].order_id, OrderKind.STOP, Decimal(50_000), True),
            (placed[1].order_id, OrderKind.TAKE_PROFIT, Decimal(70_000), True),
        }
        assert standing(await seen(one)) == wanted, "their acks have told"
        again = one.connect()
        *_, unnamed = await again.trading.account(Gap())
        assert {each.client_order_id for each in unnamed.orders} == {None}, "another run has not heard the acks"
        *_, named = await again.trading.account(Gap(orders=tuple(placed)))
        assert standing(named) == wanted, "but its journal has the venue's ids"
        await again.close()
        for order in placed:
            await one.venue.trading.cancel(order)
            with pytest.raises(VenueRejected, match="109421"):
                await one.venue.trading.cancel(order)
        assert [type(event) for event in await one.account(placed[0])][:2] == [OrderAccepted, OrderCanceled]


async def test_a_stop_whose_ack_is_lost_is_found_by_its_terms() -> None:
    async with scene("bingx") as one:
        await one.venue.trading.place(one.order())
        stop, other = (guard(one, stop_price=Decimal(price)) for price in (50_000, 51_000))
        await one.venue.trading.place(other)
        one.spoil_orders("drop")
        with pytest.raises(OutcomeUnknown):
            await one.venue.trading.place(stop)
        (accepted,) = [each for each in await one.account(stop) if isinstance(each, OrderAccepted)]
        theirs = one.exchange.order("main", client_id=stop.order_id)
        assert accepted.venue_order_id == str(1_780_000_000_000_000_000 + theirs.id)
        never_sent = guard(one, stop_price=Decimal(52_000), status=OrderStatus.IN_DOUBT)
        assert [type(each).__name__ for each in await one.account(never_sent)] == ["OrderRejected", "AccountSeen"]


@pytest.mark.parametrize("first", ["oldest", "newest"])
async def test_of_two_stops_on_the_same_terms_the_one_without_an_ack_is_the_later(first: str) -> None:
    async with scene("bingx") as one:
        await one.venue.trading.place(one.order())
        earlier, stop = (guard(one, stop_price=one.price // 1 - 20) for _ in range(2))
        earlier = msgspec.structs.replace(earlier, venue_order_id=await one.venue.trading.place(earlier))
        await one.venue.trading.cancel(earlier)
        one.spoil_orders("drop")
        with pytest.raises(OutcomeUnknown):
            await one.venue.trading.place(stop)
        until_it_fires(one, stop)
        rows = await bingx_lists.past_orders(one.venue.trading.exchange, one.symbol, 0)
        rows = sorted(rows, key=lambda row: int(row["time"]), reverse=first == "newest")
        answer(one, "GET .*trade/allOrders", {"orders": rows}, count=9)
        told = await one.account(msgspec.structs.replace(stop, status=OrderStatus.IN_DOUBT))
        assert sum(fill.quantity for fill in fills_of(told, stop)) == stop.quantity


async def test_the_fills_of_a_stop_that_goes_off_are_read_from_what_it_became() -> None:
    async with scene("bingx") as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        wish = guard(one, stop_price=one.price // 1 - 20)
        stop = msgspec.structs.replace(wish, venue_order_id=await one.venue.trading.place(wish))
        await one.account(stop)
        until_it_fires(one, stop)
        await heard.until(lambda heard: sum(f.quantity for f in fills_of(heard.events, stop)) == stop.quantity)
        executions = [each for each in one.exchange.executions("main") if each.client_id == stop.order_id]
        for told in (heard.events, await one.account(stop)):
            assert [(fill.fill_id, fill.quantity, fill.price, fill.fee) for fill in fills_of(told, stop)] == [
                (str(each.id), each.quantity, each.price, each.fee) for each in executions
            ]
        assert not heard.of(OrderInDoubt)


async def test_a_stop_that_went_off_is_in_doubt_while_its_order_is_not_shown() -> None:
    async with scene("bingx") as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        wish = guard(one, stop_price=one.price // 1 - 20)
        stop = msgspec.structs.replace(wish, venue_order_id=await one.venue.trading.place(wish))
        await one.account(stop)
        answer(one, "allOrders", {"orders": []}, count=1)
        until_it_fires(one, stop)
        await heard.until(lambda heard: heard.of(OrderInDoubt))
        assert sum(fill.quantity for fill in fills_of(await one.account(stop), stop)) == stop.quantity


async def test_a_stop_that_went_off_is_not_over_before_its_order_is_shown() -> None:
    async with scene("bingx") as one:
        await one.venue.trading.place(one.order())
        wish = guard(one, stop_price=one.price // 1 - 20)
        stop = msgspec.structs.replace(wish, venue_order_id=await one.venue.trading.place(wish))
        until_it_fires(one, stop)
        answer(one, "allOrders", {"orders": []}, count=9)
        with pytest.raises(VenueUnavailable, match="not shown yet"):
            await one.account(stop)


async def test_where_a_stop_keeps_its_id_its_fills_are_its_own() -> None:
    """Of one account it is told so: the habit goes by what the row says."""
    async with scene("bingx") as one:
        await one.venue.listing.instruments([BTC_USDT])
        stop = guard(one, stop_price=Decimal(50_000), venue_order_id="7")
        row = {
            "symbol": "BTC-USDT", "orderId": 7, "type": "STOP_MARKET", "side": "SELL", "positionSide": "BOTH",
            "status": "FILLED", "origQty": "0.2", "executedQty": "0.2", "avgPrice": "50000", "price": "0",
            "stopPrice": "50000", "updateTime": 1_700_000_000_000, "clientOrderId": "",
        }  # fmt: skip
        answer(one, "GET .*trade/order", {"order": row})
        told = await bingx_orders.look_up(one.venue.trading.exchange, stop)
        assert (told.status, told.executing_id, told.filled, told.unsaid) == ("closed", "7", Decimal("0.2"), "")


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED"])
def test_a_stop_that_went_off_in_vain_is_over(state: str) -> None:
    row = {"type": "STOP_MARKET", "status": state}
    told = bingx_orders.found({"id": "7", "status": "canceled", "info": row, "lastUpdateTimestamp": 1})
    assert (told.status, told.ended_by_rule, told.reason) == ("rejected", True, "it could not go off")


# Fills


async def test_fills_that_the_stream_does_not_number_are_read_once_for_all_its_frames() -> None:
    async with scene("bingx") as one, listening(one.venue, one.symbol) as heard:
        order = one.order(quantity=Decimal(1))
        await one.venue.trading.place(order)
        await heard.until(lambda heard: sum(f.quantity for f in fills_of(heard.events, order)) == 1)
        executions = one.exchange.executions("main")
        assert len(executions) > 2
        assert [(f.fill_id, f.quantity, f.fee, f.fee_asset) for f in fills_of(heard.events, order)] == [
            (str(each.id), each.quantity, each.fee, each.fee_asset) for each in executions
        ]
        assert one.server.requests["GET /openApi/swap/v2/trade/fillHistory"] == 1
        assert not heard.of(OrderInDoubt)


@pytest.mark.parametrize("fault", [{"kind": "drop", "count": 3}, {"kind": "list", "count": 1}])
async def test_what_the_stream_has_told_of_a_reading_must_show(fault) -> None:
    """Else an entry that the venue's lists are slow to show would be unprotected until somebody looked again."""
    async with scene("bingx") as one, listening(one.venue, one.symbol) as heard:
        order = one.order()
        one.fault(on="rest", match="fillHistory", **fault)
        await one.venue.trading.place(order)
        await heard.until(lambda heard: heard.of(OrderInDoubt))
        exchange = one.venue.trading.exchange
        asked = {"symbol": "BTC-USDT", "clientOrderId": order.order_id}
        row = (await exchange.swapV2PrivateGetTradeOrder(asked))["data"]["order"]
        answer(one, "GET .*trade/order", {"order": {**row, "status": "PENDING", "executedQty": "0"}}, count=1)
        with pytest.raises(VenueUnavailable, match="more is filled than is shown"):
            await one.account(order)
        assert sum(fill.quantity for fill in fills_of(await one.account(order), order)) == order.quantity


async def test_fills_are_read_page_by_page_and_dated_by_hong_kongs_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bingx_lists, "PAGE", 4)
    async with scene("bingx") as one:
        order = one.order(quantity=Decimal(1))
        wanted = msgspec.structs.replace(order, venue_order_id=await one.venue.trading.place(order))
        told = [each for each in await one.account(wanted) if isinstance(each, OrderFilled)]
        theirs = one.exchange.executions("main")
        assert [(each.fill.fill_id, each.time_ms) for each in told] == [(str(t.id), t.time_ms) for t in theirs]
        assert len(theirs) > 4


async def test_what_ended_by_rule_is_told_from_what_we_canceled() -> None:
    async with scene("bingx", history=5) as one, listening(one.venue, BTC_USDT) as heard:
        low, high = one.price // 1 - 5_000, one.price // 1 + 200
        limit = {"kind": OrderKind.LIMIT, "quantity": Decimal("0.1")}
        by_rule = [one.order(**limit, price=low, time_in_force=each) for each in (TimeInForce.IOC, TimeInForce.FOK)]
        rests = one.order(**limit, price=low)
        for order in (*by_rule, rests):
            await one.venue.trading.place(order)
        await one.venue.trading.cancel(rests)
        await heard.until(lambda heard: heard.of(OrderCanceled) and len(heard.of(OrderExpired)) == 2)
        assert [each.order_id for each in heard.of(OrderCanceled)] == [rests.order_id]
        read = [event for order in (*by_rule, rests) for event in await one.account(order)]
        assert [type(each) for each in read if isinstance(each, OrderExpired | OrderCanceled)] == [
            OrderExpired, OrderExpired, OrderCanceled,
        ]  # fmt: skip
        with pytest.raises(VenueRejected, match="101215"):
            await one.venue.trading.place(one.order(**limit, price=high, time_in_force=TimeInForce.POST_ONLY))


# Look-up


async def test_an_order_whose_name_is_forgotten_is_found_in_the_history() -> None:
    """The venue finds by name for some hours only."""
    async with scene("bingx") as one:
        order = one.order()
        await one.venue.trading.place(order)
        answer(one, "GET .*trade/order", {}, code=109421, count=2)
        assert sum(fill.quantity for fill in fills_of(await one.account(order), order)) == order.quantity
        nobodys = one.order(status=OrderStatus.IN_DOUBT)
        assert [type(each).__name__ for each in await one.account(nobodys)] == ["OrderRejected", "AccountSeen"]


async def test_a_history_that_may_not_be_whole_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene("bingx", history=2) as one:
        await one.venue.trading.place(one.order())
        monkeypatch.setattr(bingx_lists, "PAGE", 1)
        with pytest.raises(VenueUnavailable, match="no more than 1"):
            await one.account(one.order(status=OrderStatus.IN_DOUBT))


async def test_the_answer_to_a_question_must_be_of_the_order_that_was_asked_for() -> None:
    async with scene("bingx", history=2) as one:
        order = one.order()
        await one.venue.trading.place(order)
        one.fault(on="rest", kind="empty_object", match="GET .*trade/order", count=9)
        with pytest.raises((BadMessage, VenueUnavailable)):
            await one.account(order)
        one.server.faults.clear()
        row = {"orderId": 7, "clientOrderId": "another"}
        answer(one, "GET .*trade/order", {"order": row}, count=9)
        with pytest.raises(BadMessage):
            await one.account(order)


@pytest.mark.parametrize("data", [None, {}, "", [{"asset": 7}], [{"asset": "USDT", "availableMargin": "NaN"}]])
async def test_a_garbled_balance_is_no_balance(data: object) -> None:
    async with scene("bingx", history=2) as one:
        answer(one, "user/balance", data, count=9)
        with pytest.raises((BadMessage, VenueUnavailable)):
            await one.account()


# Refusals


@pytest.mark.parametrize(
    ("code", "text", "told"),
    [
        (0, "", None),
        (80012, '{"Code":101253,"Msg":"margin is not enough"}', "101253"),
        (80012, "Service Unavailable", "80012"),
        (80001, "service has some errors, order not exist", "80016"),
        (80001, "The current system is busy", "80001"),
        (80014, "timestamp is invalid", "100421"),
        (109400, "Invalid parameters, err:quantity", "109400"),
        (100421, "Null timestamp or timestamp mismatch", "100421"),
        (100421, "This pair is currently restricted from API trading", "109418"),
    ],
)
def test_where_a_code_says_little_its_words_are_read(code: int, text: str, told: str | None) -> None:
    read = bingx.refusal({"code": code, "msg": text, "data": {}})
    assert (None if read is None else read.code) == told


def test_every_code_that_ccxt_has_a_class_for_means_the_same_here() -> None:
    meant = {
        "InsufficientFunds": (Meaning.FUNDS, Meaning.UNKNOWN),  # 80012 says it in its words only
        "OrderNotFound": (Meaning.MISSING, Meaning.REFUSED),  # 80017 is of positions
        "DuplicateOrderId": (Meaning.EXISTS,),
        "AuthenticationError": (Meaning.DENIED,),
        "InvalidOrder": (Meaning.REFUSED,),
        "BadRequest": (Meaning.REFUSED, Meaning.UNKNOWN),  # 80001 is said of whatever failed
        "OperationFailed": (Meaning.UNKNOWN, Meaning.LATER),
    }
    codes, looked_at = habit_of("bingx").words.codes, 0
    for code, error in exchange_class("bingx")().exceptions["exact"].items():
        wanted = next((meant[kind.__name__] for kind in error.__mro__ if kind.__name__ in meant), None)
        if wanted is None or not code.isdigit() or len(code) < 5 or code in ("100437", "100421", "100490", "100414"):
            continue  # HTTP statuses; withdrawals, what is said of spot; a risk control, under which exits may still go
        looked_at += 1
        assert codes[code].meaning in wanted, (code, error)
    assert looked_at > 20


def test_whatever_the_simulated_exchange_refuses_with_is_in_the_table() -> None:
    spoken = {code for code, _ in wire.REFUSALS.values()}
    spoken |= {code for code, _ in (wire.NO_ORDER, wire.FILLED, wire.DUPLICATE, wire.NO_POSITION, wire.HAS_ORDERS)}
    assert {str(code) for code in spoken} <= set(habit_of("bingx").words.codes)


# Streams


@pytest.mark.parametrize(
    ("frame", "known", "complaint", "acknowledged"),
    [
        ("Ping", True, None, None),
        ("Pong", False, None, None),
        ([], False, None, None),
        ({"nonsense": 1}, False, None, None),
        ({"code": {"value": 0}, "dataType": [1]}, False, None, None),
        ({"code": 0, "dataType": "BTC-USDT@trade", "data": []}, True, None, None),
        ({"code": 9, "dataType": "BTC-USDT@trade", "data": []}, True, None, None),
        ({"id": "x", "code": 0, "msg": "", "dataType": "", "data": None}, True, None, "x"),
        ({"id": "x", "code": 80014, "msg": "no"}, True, "80014: no", "x"),
        ({"code": 100400, "msg": "", "timestamp": 1}, True, "100400: without a word", None),
        ({"e": "SNAPSHOT", "E": 1, "ac": {}}, True, None, None),
        ({"e": "ORDER_TRADE_UPDATE", "E": 1, "o": {}}, True, None, None),
    ],
)
def test_frames_are_known_by_their_form(frame: object, known: bool, complaint: object, acknowledged: object) -> None:
    assert bingx.known(frame) is known
    if known:
        assert (bingx.complaint(frame), bingx.acknowledged(frame)) == (complaint, acknowledged)


def test_two_candles_in_one_frame_come_in_their_order() -> None:
    row = {"c": "1", "o": "1", "h": "1", "l": "1", "v": "1"}
    told = list(bingx.candles({"data": [{**row, "T": 1_700_000_060_000}, {**row, "T": 1_700_000_000_000}]}, ()))
    assert [each.open_ms for each, _ in told] == [1_700_000_000_000, 1_700_000_060_000]


async def test_the_key_of_the_stream_is_renewed_by_us_and_its_confirmation_is_empty() -> None:
    async with scene("bingx", history=2) as one, listening(one.venue, BTC_USDT):
        exchange, path = one.venue.streams.exchange, "PUT /openApi/user/auth/userDataStream"
        with reading(exchange, "renewal"):
            await bingx.renew_listen_key(exchange)
        assert one.server.requests[path] == 1
        for kind in ({"kind": "html"}, {"kind": "status", "status": 404, "body": '{"code": 100404}'}):
            one.fault(on="rest", match="PUT .*userDataStream", **kind)
            with pytest.raises((BadMessage, VenueUnavailable)), reading(exchange, "renewal"):
                await bingx.renew_listen_key(exchange)


async def test_each_opening_asks_for_a_key_of_its_own() -> None:
    async with scene("bingx", history=2) as one:
        for count in (1, 2):
            async with listening(one.venue, BTC_USDT):
                assert one.server.requests["POST /openApi/user/auth/userDataStream"] == count


async def test_the_venues_ping_is_answered_and_the_answer_is_no_message_of_ours(monkeypatch) -> None:
    monkeypatch.setattr(session, "PING_MS", 50)
    monkeypatch.setattr(session, "IDLE_MS", 150)
    async with scene("bingx", history=2) as one, listening(one.venue, BTC_USDT) as heard:
        said = [call for call in one.limiter.calls if call.what == "ws message"]
        await asyncio.sleep(0.4)
        assert [call for call in one.limiter.calls if call.what == "ws message"] == said
        assert not heard.errors
        assert len(one.server.lines) == 2


def test_a_key_that_expired_ends_the_line() -> None:
    assert bingx.over({"e": "listenKeyExpired", "E": 1}) == "listenKeyExpired"
    assert bingx.over("Ping") is bingx.over({"e": "SNAPSHOT"}) is None


# The account


async def test_leverage_and_margin_are_set_for_both_sides_and_read_back() -> None:
    async with scene("bingx", history=2, leverage=7, margin_mode="isolated") as one:
        await one.venue.listing.instruments([BTC_USDT])
        (held,) = [each for each in one.exchange.positions("main") if each.symbol == BTC_USDT]
        assert (held.leverage, held.margin_mode) == (7, "isolated")
    async with scene("bingx", history=2, leverage=7) as one:
        told = {"longLeverage": 5, "shortLeverage": 5}
        answer(one, "GET .*trade/leverage", told)
        with pytest.raises(ConfigError, match="leverage 7 was asked for"):
            await one.venue.listing.instruments([BTC_USDT])


async def test_two_positions_in_a_market_are_refused() -> None:
    async with scene("bingx", history=5) as one:
        await one.venue.trading.place(one.order())
        (row,) = (await one.venue.trading.exchange.swapV2PrivateGetUserPositions())["data"]
        answer(one, "user/positions", [row, {**row, "positionSide": "SHORT"}])
        with pytest.raises(VenueUnavailable, match="one-way"):
            await one.account()


async def test_only_perpetuals_are_asked_for() -> None:
    async with scene("bingx", history=2) as one:
        await one.venue.listing.instruments([BTC_USDT])
        asked = {path for path in one.server.requests if "contracts" in path or "symbols" in path}
        assert asked == {"GET /openApi/swap/v2/quote/contracts"}


async def test_funding_is_read_week_by_week() -> None:
    async with scene("bingx", history=5) as one:
        await one.venue.trading.place(one.order())
        for rate in ("0.0001", "-0.0003") * 3:
            one.exchange.treasury.fund(Decimal(rate))
        since_ms = one.clock.now_ms() - 20 * DAY_MS
        sought = FundingSought(instruments=frozenset({one.instrument}), since_ms=since_ms)
        *payments, _ = await one.venue.trading.account(Gap(funding=sought))
        assert [each.amount for each in payments] == [each.amount for each in one.exchange.payments("main")]
        assert len({each.payment_id for each in payments}) == 6
        assert one.server.requests["GET /openApi/swap/v2/user/income"] == 3


class Hourly:
    """Tells of a payment an hour, two at most in an answer."""

    async def swapV2PrivateGetUserIncome(self, asked):  # noqa: N802 - ccxt's name
        hours = range(-(-asked["startTime"] // 3_600_000), asked["endTime"] // 3_600_000 + 1)
        return {"data": [{"hour": hour} for hour in hours][: asked["limit"]]}


async def test_a_stretch_of_funding_whose_answer_is_full_is_asked_for_in_halves(monkeypatch) -> None:
    monkeypatch.setattr(bingx_account, "PAGE", 2)
    told = await bingx_account._income(Hourly(), 0, DAY_MS)
    assert [row["hour"] for row in told] == list(range(25))


# The key

SAFE = {"permissions": [2, 3], "ipAddresses": ["10.0.0.1"]}


@pytest.mark.parametrize(
    ("changed", "found", "value"),
    [
        ({}, "can_trade", True),
        ({}, "can_withdraw", False),
        ({}, "can_transfer", False),
        ({}, "is_bound", True),
        ({"permissions": [1, 2]}, "can_trade", False),
        ({"permissions": ["3", "5"]}, "can_withdraw", True),
        ({"permissions": [3, 4]}, "can_transfer", True),
        ({"permissions": [3, 7]}, "can_transfer", True),
        ({"ipAddresses": []}, "is_bound", False),
    ],
)
async def test_each_right_of_a_key_is_read(changed, found, value) -> None:
    async with scene("bingx", history=2) as one:
        answer(one, KEY, {**SAFE, **changed})
        assert one.venue.permissions
        assert getattr(await one.venue.permissions(), found) is value


@pytest.mark.parametrize("changed", [{"permissions": None}, {"permissions": ["all"]}, {"ipAddresses": "*"}])
async def test_an_answer_that_cannot_be_read_is_no_permission(changed) -> None:
    async with scene("bingx", history=2) as one:
        answer(one, KEY, {**SAFE, **changed})
        assert one.venue.permissions
        with pytest.raises(BadMessage):
            await one.venue.permissions()
