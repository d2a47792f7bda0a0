"""Bitget's unified account, chosen by ``options: {uta: true}``: the same venue with an API and sockets of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from builtin.ccxt.kit import BTC_USDT, Scene, scene

from twinstar.builtin.ccxt.habits import bitget, bitget_unified, habit_of
from twinstar.domain import (
    AccountSeen,
    CandleClosed,
    Event,
    InstrumentId,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    Side,
    Timeframe,
    TimeInForce,
)
from twinstar.errors import AuthFailed, VenueRejected
from twinstar.testing.conformance.listening import Heard, listening

UNIFIED = {"options": {"uta": True}}


@pytest.fixture
async def one() -> AsyncIterator[Scene]:
    async with scene("bitget", **UNIFIED) as made:
        yield made


def test_the_config_says_which_kind_of_account_it_is() -> None:
    assert habit_of("bitget") is habit_of("bitget", {"uta": False}) is bitget.HABIT
    assert habit_of("bitget", {"uta": True}) is bitget_unified.HABIT


async def test_its_market_has_the_steps_of_the_listing_and_its_stops_are_held_here(one: Scene) -> None:
    (found,) = await one.venue.listing.instruments([BTC_USDT])
    listing = one.exchange.listings[BTC_USDT]
    assert (found.quantity_step, found.price_step) == (listing.lot, listing.tick)
    assert (found.min_quantity, found.min_notional) == (listing.min_quantity, listing.min_notional)
    assert not found.resident_stops


async def test_past_candles_are_the_exchanges_to_the_digit(one: Scene) -> None:
    known = one.exchange.candles(BTC_USDT, 60_000, limit=20)
    told = await one.venue.history.candles(
        InstrumentId(BTC_USDT, "bitget"), Timeframe.M1, known[0].open_ms, known[-1].open_ms + 60_000
    )
    assert [(each.open_ms, each.close, each.volume) for each in told] == [
        (each.open_ms, each.close, each.volume) for each in known if each.closed
    ]


async def test_candles_are_streamed(one: Scene) -> None:
    async with listening(one.venue, BTC_USDT) as heard:
        one.minutes(2)
        await heard.until(lambda heard: heard.of(CandleClosed))
        (closed, *_) = [event.candle for event in heard.of(CandleClosed)]
        known = {each.open_ms: each for each in one.exchange.candles(BTC_USDT, 60_000, limit=20)}
        assert closed.close == known[closed.open_ms].close


async def test_an_order_is_told_with_each_fill_and_what_it_cost(one: Scene) -> None:
    async with listening(one.venue, BTC_USDT) as heard:
        order = one.order()
        venue_order_id = await one.venue.trading.place(order)
        await heard.until(lambda heard: filled(heard) == order.quantity)
        assert [event.venue_order_id for event in heard.of(OrderAccepted)] == [venue_order_id]
        known = one.exchange.executions("main")
        assert [(event.fill.fee, event.fill.price) for event in heard.of(OrderFilled)] == [
            (each.fee, each.price) for each in known
        ]
        assert not heard.errors


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def filled(heard: Heard) -> Decimal:
    return sum((event.fill.quantity for event in heard.of(OrderFilled)), Decimal(0))


async def test_what_nobody_heard_the_account_tells_with_the_same_fees(one: Scene) -> None:
    order = one.order()
    await one.venue.trading.place(order)
    events = await one.account(order)
    fills = [event.fill for event in events if isinstance(event, OrderFilled)]
    assert [(each.fill_id, each.fee) for each in fills] == [
        (str(each.id), each.fee) for each in one.exchange.executions("main")
    ]
    (seen,) = (event for event in events if isinstance(event, AccountSeen))
    (position,) = seen.holdings
    assert position.quantity == order.quantity


async def test_a_resting_order_is_listed_canceled_and_told_so(one: Scene) -> None:
    async with listening(one.venue, BTC_USDT) as heard:
        order = one.order(kind=OrderKind.LIMIT, price=one.price // 2, quantity=Decimal("0.01"))
        await one.venue.trading.place(order)
        assert kinds(await one.account(order)) == ["OrderAccepted", "AccountSeen"]
        await one.venue.trading.cancel(order)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert [event.order_id for event in heard.of(OrderCanceled)] == [order.order_id]


async def test_what_an_immediate_order_leaves_over_has_expired(one: Scene) -> None:
    near = one.exchange.book(BTC_USDT, 1).asks[0][0]
    order = one.order(kind=OrderKind.LIMIT, price=near, quantity=Decimal(1), time_in_force=TimeInForce.IOC)
    async with listening(one.venue, BTC_USDT) as heard:
        await one.venue.trading.place(order)
        await heard.until(lambda heard: heard.of(OrderExpired))


async def test_a_short_is_closed_by_an_order_that_only_reduces(one: Scene) -> None:
    await one.venue.trading.place(one.order(side=Side.SELL, quantity=Decimal("0.01")))
    await one.venue.trading.place(one.order(quantity=Decimal("0.02"), reduce_only=True))
    (held,) = (each for each in one.exchange.positions("main") if each.symbol == BTC_USDT)
    assert held.quantity == 0


async def test_more_than_the_account_can_pay_is_refused(one: Scene) -> None:
    with pytest.raises(VenueRejected, match="exceeds the balance"):
        await one.venue.trading.place(one.order(quantity=Decimal(100)))


async def test_the_other_kind_of_account_is_refused_with_the_way_out(one: Scene) -> None:
    await one.account()
    classic = one.connect()
    assert classic.trading is not None
    with pytest.raises(AuthFailed, match="Unified Account"):
        await classic.listing.instruments([BTC_USDT])
    await classic.close()
