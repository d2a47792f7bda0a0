"""What is OKX's own: sizes in contracts, stops among the algo orders, codes within codes, and what ccxt gets wrong."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest
from builtin.ccxt.kit import BTC_USDT, ETH_USDT, MAIN, Scene, scene
from builtin.ccxt.test_lines import streams

from twinstar.builtin.ccxt.habits import habit_of, okx, okx_account
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.streams import has_candles
from twinstar.domain import (
    WS_MESSAGE,
    AccountSeen,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    OrderStatus,
    Role,
    Side,
    Terms,
    Timeframe,
    TimeInForce,
)
from twinstar.domain.meanings import Meaning
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import FundingSought, Gap
from twinstar.sim.model import Kind
from twinstar.sim.wires.okx import errors as wire
from twinstar.testing.conformance.listening import listening

LOOK_UP = "GET /www.okx.com/api/v5/trade/order"


def stop_of(one: Scene, price: Decimal):
    return one.order(kind=OrderKind.STOP, side=Side.SELL, role=Role.STOP, reduce_only=True, stop_price=price)


async def test_quantities_are_contracts_at_the_venue_and_coins_here() -> None:
    async with scene("okx", history=2) as one:
        (instrument,) = await one.venue.listing.instruments([BTC_USDT])
        assert (instrument.quantity_step, instrument.min_quantity) == (Decimal("0.0001"), Decimal("0.0001"))
        await one.venue.trading.place(one.order(quantity=Decimal("0.2")))
        exchange = one.venue.trading.exchange
        (row,) = (await exchange.privateGetAccountPositions())["data"]
        assert row["pos"] == "20"
        (seen,) = await one.account()
        assert [holding.quantity for holding in seen.holdings] == [Decimal("0.2")]


async def test_a_stop_is_one_that_can_only_reduce() -> None:
    """What ccxt makes of a trigger price is not: the venue has that for take-profits and stops only."""
    async with scene("okx", history=2) as one:
        await one.venue.trading.place(one.order())
        stop = stop_of(one, Decimal(50_000))
        venue_order_id = await one.venue.trading.place(stop)
        theirs = one.exchange.order("main", client_id=stop.order_id)
        assert (theirs.request.kind, theirs.request.reduce_only) == (Kind.STOP_MARKET, True)
        (accepted, seen) = await one.account(stop)
        assert (accepted.order_id, accepted.venue_order_id) == (stop.order_id, venue_order_id)
        (standing,) = seen.orders
        assert (standing.client_order_id, standing.kind, standing.stop_price, standing.reduce_only) == (
            stop.order_id, OrderKind.STOP, Decimal(50_000), True,
        )  # fmt: skip
        await one.venue.trading.cancel(stop)
        assert not one.exchange.orders("main", open_only=True)
        with pytest.raises(VenueRejected, match="51400"):
            await one.venue.trading.cancel(stop)
        again = stop_of(one, Decimal(50_000))
        known = msgspec.structs.replace(again, venue_order_id=await one.venue.trading.place(again))
        await one.venue.trading.cancel(known)
        assert not one.exchange.orders("main", open_only=True)


async def test_a_stop_and_a_take_profit_stand_side_by_side_and_are_changed_where_they_stand() -> None:
    async with scene("okx", history=2) as one:
        (instrument,) = await one.venue.listing.instruments([BTC_USDT])
        assert (instrument.resident_targets, instrument.amends_stops) == (True, True)
        await one.venue.trading.place(one.order())
        stop, target = stop_of(one, Decimal(50_000)), stop_of(one, Decimal(70_000))
        target = msgspec.structs.replace(target, kind=OrderKind.TAKE_PROFIT, role=Role.TAKE_PROFIT)
        for order, wanted in ((stop, "51000.5"), (target, "69000")):
            venue_order_id = await one.venue.trading.place(order)
            terms = Terms(quantity=Decimal("0.1"), stop_price=Decimal(wanted))
            assert await one.venue.trading.amend(order, terms) == venue_order_id
        (seen,) = await one.account()
        assert {(o.client_order_id, o.kind, o.quantity, o.stop_price, o.reduce_only) for o in seen.orders} == {
            (stop.order_id, OrderKind.STOP, Decimal("0.1"), Decimal("51000.5"), True),
            (target.order_id, OrderKind.TAKE_PROFIT, Decimal("0.1"), Decimal(69_000), True),
        }
        await one.venue.trading.cancel(target)
        with pytest.raises(VenueRejected, match="51503"):
            await one.venue.trading.amend(target, Terms(quantity=Decimal("0.1"), stop_price=Decimal(70_000)))
        with pytest.raises(VenueRejected, match="51280"):
            await one.venue.trading.amend(stop, Terms(quantity=Decimal("0.1"), stop_price=Decimal(90_000)))


async def test_what_a_stop_became_is_told_as_the_stop_by_the_stream_and_by_a_reading() -> None:
    async with scene("okx", history=2) as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        stop = stop_of(one, one.price // 1 - 20)
        venue_order_id = await one.venue.trading.place(stop)
        for _ in range(3_000):
            if one.exchange.order("main", client_id=stop.order_id).triggered:
                break
            one.exchange.step()

        def fills(events):
            return [e.fill for e in events if isinstance(e, OrderFilled) and e.fill.order_id == stop.order_id]

        await heard.until(lambda heard: sum(f.quantity for f in fills(heard.events)) == stop.quantity)
        told = await one.account(stop)
        executions = [each for each in one.exchange.executions("main") if each.client_id == stop.order_id]
        for told_fills in (fills(heard.events), fills(told)):
            assert {f.fill_id: (f.quantity, f.price, f.fee) for f in told_fills} == {
                str(each.id): (each.quantity, each.price, each.fee) for each in executions
            }
        assert [e.venue_order_id for e in told if isinstance(e, OrderAccepted)] == [venue_order_id]
        assert not heard.of(OrderExpired, OrderCanceled), "that it went off is not its end"


async def test_a_stop_that_is_gone_is_told_at_once_whoever_took_it_away() -> None:
    async with scene("okx", history=2) as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order())
        stop = stop_of(one, Decimal(50_000))
        await one.venue.trading.place(stop)
        one.exchange.cancel("main", one.exchange.order("main", client_id=stop.order_id).id)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert heard.of(OrderCanceled)[0].order_id == stop.order_id


async def test_what_went_off_without_an_order_yet_is_neither_filled_nor_over() -> None:
    row = {"id": "7", "status": "closed", "filled": "5", "timestamp": 1, "info": {"state": "effective", "algoId": "7"}}
    told = okx.found(row)
    assert (told.status, told.filled) == ("open", 0)


async def test_a_fee_is_positive_where_it_was_paid_also_in_the_stream() -> None:
    async with scene("okx", history=2) as one, listening(one.venue, one.symbol) as heard:
        await one.venue.trading.place(one.order(quantity=Decimal("0.001")))
        await heard.until(lambda heard: heard.of(OrderFilled))
        (execution,) = one.exchange.executions("main")
        assert heard.of(OrderFilled)[0].fill.fee == execution.fee > 0


async def test_the_trades_of_an_order_are_read_to_the_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(okx, "FILLS", 2)
    async with scene("okx", history=2) as one:
        order = one.order(quantity=Decimal(1))
        await one.venue.trading.place(order)
        executions = one.exchange.executions("main")
        assert len(executions) > 4
        told = await one.account(order)
        assert len([e for e in told if isinstance(e, OrderFilled)]) == len(executions)


async def test_a_post_only_order_that_would_take_is_acknowledged_and_ends_by_rule() -> None:
    async with scene("okx", history=2) as one, listening(one.venue, one.symbol) as heard:
        through = (one.price * 11 // 10) // 1000 * 1000
        order = one.order(kind=OrderKind.LIMIT, price=through, time_in_force=TimeInForce.POST_ONLY)
        await one.venue.trading.place(order)
        await heard.until(lambda heard: heard.of(OrderExpired))
        (told,) = [event for event in await one.account(order) if isinstance(event, OrderExpired)]
        (over,) = heard.of(OrderExpired)
        assert (over.order_id, over.filled, over.reason) == (order.order_id, 0, told.reason)


async def test_what_ended_without_our_wish_says_so() -> None:
    row = {"id": "1", "status": "canceled", "timestamp": 1, "info": {"state": "canceled", "accFillSz": "0"}}
    by_rule = okx.found({**row, "info": {**row["info"], "cancelSource": "31", "cancelSourceReason": "would take"}})
    assert (by_rule.ended_by_rule, by_rule.reason) == (True, "would take")
    by_user = okx.found({**row, "info": {**row["info"], "cancelSource": "1", "cancelSourceReason": "user"}})
    assert (by_user.ended_by_rule, by_user.reason) == (False, "")


async def test_a_stop_that_the_venue_could_not_place_has_expired_with_its_code() -> None:
    async with scene("okx", history=2) as one:
        await one.venue.trading.place(one.order())
        stop = stop_of(one, Decimal(50_000))
        await one.venue.trading.place(stop)
        body = (await one.venue.trading.exchange.privateGetTradeOrderAlgo({"algoClOrdId": stop.order_id}))["data"][0]
        failed = {"code": "0", "msg": "", "data": [{**body, "state": "order_failed", "failCode": "51008"}]}
        one.fault(on="rest", kind="status", match=".*orders-algo-pending", status=200, body='{"code":"0","data":[]}')
        one.fault(on="rest", kind="status", match=".*order-algo", status=200, body=json.dumps(failed))
        told = await one.account(stop)
        (over,) = [event for event in told if isinstance(event, OrderExpired)]
        assert (over.order_id, over.filled, over.reason) == (stop.order_id, 0, "failed with code 51008")


# Errors


async def test_an_order_that_is_refused_says_why_in_its_row_with_status_200() -> None:
    async with scene("okx", history=2) as one:
        with pytest.raises(VenueRejected, match="51008"):
            await one.venue.trading.place(one.order(quantity=Decimal(100)))
        with pytest.raises(VenueRejected, match="51169"):
            await one.venue.trading.place(one.order(reduce_only=True))
        order = one.order()
        await one.venue.trading.place(order)
        with pytest.raises(OutcomeUnknown, match="51016"):
            await one.venue.trading.place(order)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "1", "data": [], "msg": ""},
        {"code": "1", "data": [{"sCode": "50026", "sMsg": "System error"}], "msg": ""},
        {"code": "0", "data": [{"ordId": "", "clOrdId": "", "sCode": "51008", "sMsg": "no"}], "msg": ""},
        {"code": "50001", "data": [], "msg": "maintenance"},
        {"code": "50004", "data": [], "msg": "time-out"},
    ],
)
async def test_what_is_no_clear_refusal_leaves_an_order_in_doubt(answer: object) -> None:
    async with scene("okx", history=2) as one:
        await one.venue.listing.instruments([BTC_USDT])
        one.spoil_orders("status", status=200, body=json.dumps(answer))
        with pytest.raises(OutcomeUnknown):
            await one.venue.trading.place(one.order())


async def test_an_order_that_the_venue_does_not_know_is_gone_only_after_its_delay() -> None:
    async with scene("okx", history=2) as one:
        await one.venue.listing.instruments([BTC_USDT])
        order = one.order(status=OrderStatus.IN_DOUBT)
        assert [type(event).__name__ for event in await one.account(order)] == ["OrderRejected", "AccountSeen"]
        one.fault(
            on="rest", kind="status", match=LOOK_UP, status=200, body='{"code":"50013","data":[],"msg":"busy"}', count=9
        )
        with pytest.raises(VenueUnavailable):
            await one.account(order)


@pytest.mark.parametrize("wrong", [{"secret": "0" * 64}, {"password": "no"}, {"apiKey": "no"}])
async def test_a_login_that_is_refused_is_for_a_person_to_mend(wrong: dict[str, str]) -> None:
    async with scene("okx", history=2) as one:
        venue = one.connect()
        await venue.streams.exchange.ready()
        for name, value in wrong.items():
            setattr(venue.streams.exchange, name, value)
        market, private = streams(venue, BTC_USDT)
        await market.aclose()
        with pytest.raises(AuthFailed, match=r"600(05|07|24): "):
            await anext(private)
        assert venue.close
        await venue.close()


def test_every_code_that_ccxt_has_a_class_for_means_the_same_here() -> None:
    """Of those that orders, readings and streams can bring; savings, copy trading, bots and transfers have others."""
    meant = {
        "InsufficientFunds": Meaning.FUNDS,
        "RateLimitExceeded": Meaning.LATER,
        "OrderNotFound": Meaning.MISSING,
        "InvalidNonce": Meaning.MISTIMED,
        "AuthenticationError": Meaning.DENIED,
    }
    otherwise = {
        "50112": "a date that cannot be read",
        "60004": "a date that cannot be read",
        "60010": "logged in already is logged in",
        "51016": "such an order exists",
        "51010": "a mode of the account, not the keys",
        "51155": "the market, not the keys",
        "60029": "one channel, not the keys",
        "60030": "one channel, not the keys",
    }  # fmt: skip
    codes = habit_of("okx").words.codes
    told = exchange_class("okx")().exceptions["exact"]
    for code, error in told.items():
        named = next((meant[kind.__name__] for kind in error.__mro__ if kind.__name__ in meant), None)
        is_of_savings = "51735" < code < "51800"
        if code[:2] not in ("50", "51", "60") or is_of_savings or named is None or code in otherwise:
            continue
        assert code in codes, (code, error)
        assert codes[code].meaning is named, (code, error)


def test_whatever_the_simulated_exchange_refuses_with_is_in_the_table() -> None:
    tables = (wire.REFUSALS, wire.CANCEL, wire.AMEND, wire.REACHED)
    spoken = {code for words in tables for code, _ in words.values()}
    spoken |= {code for code, _ in (wire.DUPLICATE_ALGO, wire.MOST_AT_LIMIT, wire.MOST_AT_MARKET)}
    assert spoken <= set(habit_of("okx").words.codes)


# Streams and settings


@pytest.mark.parametrize(
    ("frame", "known", "complaint", "over"),
    [
        ("pong", True, None, None),
        ("gnop", False, None, None),
        ([], False, None, None),
        ({"arg": {"channel": "orders"}, "data": []}, True, None, None),
        ({"arg": {"channel": 7}, "data": []}, False, None, None),
        ({"arg": {"channel": "orders"}, "data": "?"}, False, None, None),
        ({"event": "subscribe", "arg": {"channel": "orders"}}, True, None, None),
        ({"event": "error", "code": "60018", "msg": "no"}, True, "60018: no", None),
        ({"event": "notice", "code": "64008", "msg": "upgrade"}, True, None, "64008: upgrade"),
    ],
)
def test_frames_are_known_by_their_form(frame: object, known: bool, complaint: str | None, over: str | None) -> None:
    assert okx.known(frame) is known
    if known:
        assert (okx.complaint(frame), okx.over(frame)) == (complaint, over)


@pytest.mark.parametrize("confirm", ["", "2", 1, None])
def test_a_candle_that_does_not_say_whether_it_is_over_is_none(confirm: object) -> None:
    row = ["1700000000000", "1", "2", "0.5", "1.5", "100", "1", "1.5", confirm]
    with pytest.raises(ValueError, match="confirm"):
        list(okx.candles({"data": [row]}, ()))


async def test_candles_that_ccxt_would_stream_in_hong_kongs_time_are_made_of_trades() -> None:
    async with scene("okx", history=2) as one:
        exchange = one.venue.streams.exchange
        streamed = {frame.value for frame in Timeframe if has_candles(exchange, frame)}
        assert streamed == {"1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h"}
        told = exchange.timeframes
        assert {name for name, value in told.items() if value in ("6H", "12H", "1D", "1W", "1M")} == set(
            okx.FROM_HONG_KONG
        )


@pytest.mark.parametrize("timeframe", [Timeframe.M1, Timeframe.H6])  # candles, and trades that make them
async def test_a_subscription_stands_by_the_venues_word_and_costs_one_message(timeframe: Timeframe) -> None:
    """It has 480 an hour for a connection: no ping of ours may be one of them, nor a probe beside each."""
    async with scene("okx", history=2) as one:
        one.venue.streams.exchange.streaming["keepAlive"] = 20
        async with listening(one.venue, BTC_USDT, ETH_USDT, timeframe=timeframe) as heard:
            await one.clock.sleep(0.2)
            counted = [call for call in one.limiter.calls if call.what == WS_MESSAGE]
            subscribed, logged_in, opened = 2 + 3, 2, 3
            assert len(counted) == subscribed + logged_in + opened
            assert not heard.errors
            assert one.venue.usage()["frames"] > 2 * len(counted), "the answers to pings are among them"


async def test_the_keys_rights_are_read_and_half_an_answer_is_none() -> None:
    async with scene("okx", history=2) as one:
        assert one.venue.permissions
        told = await one.venue.permissions()
        assert (told.can_trade, told.can_withdraw, told.can_transfer, told.is_bound) == (True, False, None, False)
        row = {"perm": "read_only,withdraw", "ip": "1.2.3.4"}
        for body, expected in (({"data": [row]}, (False, True, True)), ({"data": [{"perm": ""}]}, None)):
            one.fault(
                on="rest", kind="status", match=".*account/config", status=200, body=json.dumps({"code": "0", **body})
            )
            if expected is None:
                with pytest.raises(BadMessage):
                    await one.venue.permissions()
            else:
                told = await one.venue.permissions()
                assert (told.can_trade, told.can_withdraw, told.is_bound) == expected


async def test_funding_is_the_venues_to_the_digit_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(okx_account, "BILLS_PAGE", 2)
    async with scene("okx", history=2) as one:
        await one.venue.listing.instruments([BTC_USDT])
        await one.venue.trading.place(one.order())
        for rate in ("0.0001", "-0.0003", "0.0002", "0.0001", "0.0001"):
            one.exchange.treasury.fund(Decimal(rate))
        sought = FundingSought(instruments=frozenset({one.instrument}), since_ms=one.clock.now_ms() - 60_000)
        *payments, seen = await one.venue.trading.account(Gap(funding=sought))
        assert isinstance(seen, AccountSeen)
        assert [(p.payment_id, p.amount) for p in payments] == [
            (str(paid.id), paid.amount) for paid in one.exchange.payments(MAIN.account)
        ]
