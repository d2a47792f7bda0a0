"""The account as the venue states it: whole or not at all."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from builtin.ccxt.kit import BTC_USDT, EACH, Scene, scene

from twinstar.domain import (
    AccountSeen,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    OrderStatus,
    Role,
    Side,
    Terms,
    TimeInForce,
)


def kinds(events) -> list[str]:
    return [type(event).__name__ for event in events]


def filled(events) -> Decimal:
    return sum((event.fill.quantity for event in events if isinstance(event, OrderFilled)), Decimal(0))


def resting(one: Scene, **changes):
    return one.order(kind=OrderKind.LIMIT, price=one.price * 9 // 10 // 1000 * 1000, **changes)


def doubtful(order, since_ms: int, status: OrderStatus = OrderStatus.IN_DOUBT):
    return msgspec.structs.replace(order, status=status, status_ms=since_ms)


@EACH
async def test_an_order_that_rests_is_known_from_the_listing_alone(name: str) -> None:
    async with scene(name) as one:
        order = resting(one)
        venue_order_id = await one.venue.trading.place(order)
        before = one.venue.usage()["requests"]
        events = await one.account(order)
        assert kinds(events) == ["OrderAccepted", "AccountSeen"]
        assert events[0].venue_order_id == venue_order_id
        reads = {"binance": 2, "binanceusdm": 4, "bingx": 3, "bitget": 4, "bybit": 3, "okx": 4, "upbit": 2}[name]
        assert one.venue.usage()["requests"] - before == reads


@EACH
async def test_what_an_immediate_order_left_over_is_told_as_expired(name: str) -> None:
    async with scene(name) as one:
        near = one.exchange.book(one.symbol, 1).asks[0][0]
        order = one.order(kind=OrderKind.LIMIT, price=near, quantity=Decimal(1), time_in_force=TimeInForce.IOC)
        await one.venue.trading.place(order)
        events = await one.account(order)
        expired = next(event for event in events if isinstance(event, OrderExpired))
        assert expired.filled == filled(events) > 0


@EACH
async def test_an_order_that_was_there_and_is_gone_is_over(name: str) -> None:
    async with scene(name) as one:
        old_ms = one.venue.trading.clock.now_ms() - 60_000
        order = msgspec.structs.replace(doubtful(one.order(), old_ms, OrderStatus.ACCEPTED), venue_order_id="77")
        assert kinds(await one.account(order)) == ["OrderCanceled", "AccountSeen"]


async def test_a_reading_tells_take_profits_from_stops_and_what_became_of_one() -> None:
    async with scene("binanceusdm") as one:
        await one.venue.trading.place(one.order())
        target = one.order(
            kind=OrderKind.TAKE_PROFIT,
            side=Side.SELL,
            role=Role.TAKE_PROFIT,
            reduce_only=True,
            stop_price=one.price * 2 // 1000 * 1000,
        )
        await one.venue.trading.place(target)
        told = await one.account(target)
        (standing,) = told[-1].orders
        assert (standing.client_order_id, standing.kind) == (target.order_id, OrderKind.TAKE_PROFIT)
        assert [type(event).__name__ for event in told] == ["OrderAccepted", "AccountSeen"]


@pytest.mark.parametrize(("age_ms", "told"), [(1_000, False), (3_600_000, True)])
async def test_of_an_amend_in_doubt_the_old_terms_count_only_when_it_can_no_more_arrive(
    age_ms: int, told: bool
) -> None:
    async with scene("binanceusdm") as one:
        await one.venue.trading.place(one.order())
        stop = one.order(
            kind=OrderKind.STOP, side=Side.SELL, role=Role.STOP, reduce_only=True, stop_price=Decimal(50_000)
        )
        await one.venue.trading.place(stop)
        asked = Terms(quantity=stop.quantity, stop_price=Decimal(51_000))
        doubtful = msgspec.structs.replace(
            stop, status=OrderStatus.IN_DOUBT, status_ms=one.clock.now_ms() - age_ms, asked=asked
        )
        amended = [event for event in await one.account(doubtful) if isinstance(event, OrderAmended)]
        assert [event.terms for event in amended] == ([stop.terms] if told else [])
        meant = msgspec.structs.replace(doubtful, asked=stop.terms)
        (amended,) = [event for event in await one.account(meant) if isinstance(event, OrderAmended)]
        assert amended.terms == stop.terms, "those that were asked for count at once"


async def test_an_order_that_was_filled_before_it_could_grow_is_filled_and_in_doubt_no_more() -> None:
    async with scene("binanceusdm") as one:
        sent = one.order()
        await one.venue.trading.place(sent)
        order = msgspec.structs.replace(sent, status=OrderStatus.IN_DOUBT, asked=Terms(quantity=2 * sent.quantity))
        for event in await one.account(order):
            if isinstance(event, OrderFilled):
                order = order.fill(event.fill, event.time_ms)
            if isinstance(event, OrderAmended):
                order = order.amended(event.terms, event.time_ms, event.venue_order_id, event.answers)
        assert (order.status, order.filled, order.asked) == (OrderStatus.FILLED, sent.quantity, None)


@EACH
async def test_an_order_that_was_filled_in_part_and_is_gone_ends_with_its_fills(name: str) -> None:
    async with scene(name) as one:
        old_ms = one.venue.trading.clock.now_ms() - 60_000
        order = msgspec.structs.replace(
            doubtful(one.order(), old_ms, OrderStatus.PARTLY_FILLED), venue_order_id="77", filled=Decimal("0.05")
        )
        ended = next(event for event in await one.account(order) if isinstance(event, OrderCanceled))
        assert ended.filled == Decimal("0.05")


async def test_positions_and_balances_are_stated_to_the_digit() -> None:
    async with scene("binanceusdm") as one:
        await one.venue.trading.place(one.order(side=Side.SELL, quantity=Decimal("0.123")))
        (seen,) = await one.account()
        assert isinstance(seen, AccountSeen)
        (holding,) = seen.holdings
        position = next(each for each in one.exchange.positions("main") if each.symbol == BTC_USDT)
        assert (holding.quantity, holding.instrument.symbol) == (Decimal("-0.123"), BTC_USDT)
        assert holding.entry_price == round(position.entry_price, 5)
