"""A stop is there to get out: where the price jumps over it, it has more room than an order at market."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
import pytest

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.listening import Heard, listening
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter.trading import LighterTrading

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
TOO_FAR = '{"code":21735,"message":"SL/TP order price is too far from the trigger price"}'


@asynccontextmanager
async def held(**config: object) -> AsyncIterator[tuple[Stage, Heard]]:
    """A position, and somebody who listens."""
    async with staged(QUALITY, config={"send_over": "socket", **config}) as s, listening(s.venue, s.symbol) as heard:
        await s.trading.place(s.order())
        yield s, heard


async def test_a_stop_gets_out_though_the_price_jumped_past_it_by_more_than_an_order_at_market_may() -> None:
    async with held() as (s, heard):
        await s.trading.place(stop := s.stop())
        s.trade(s.at("0.87"), s.quantity)
        await heard.until(lambda heard: heard.news_of(stop.order_id).count("OrderFilled"))
        assert s.held == 0


async def test_a_stop_whose_price_was_jumped_over_by_more_ends_unfilled_and_says_so() -> None:
    async with held() as (s, heard):
        await s.trading.place(stop := s.stop())
        s.trade(s.at("0.84"), s.quantity)
        await heard.until(lambda heard: heard.of(ts.OrderExpired))
        (over,) = heard.of(ts.OrderExpired)
        assert (over.order_id, over.reason, over.filled) == (stop.order_id, "canceled-too-much-slippage", 0)
        assert s.held == s.quantity


async def test_how_far_it_may_go_is_said_in_the_config() -> None:
    async with held(stop_slippage_percent=10) as (s, heard):
        await s.trading.place(stop := s.stop())
        s.trade(s.at("0.84"), s.quantity)
        await heard.until(lambda heard: heard.news_of(stop.order_id).count("OrderFilled"))


async def test_a_stop_has_its_room_wherever_it_is_signed_ahead_or_moved_and_a_take_profit_has_not() -> None:
    async with held() as (s, _):
        assert isinstance(s.trading, LighterTrading)
        s.trading.expect(stop := s.stop())
        await asyncio.sleep(0.05)
        there = await s.trading.place(stop)
        profit = msgspec.structs.replace(s.stop(stop_price=s.at("1.1")), kind=ts.OrderKind.TAKE_PROFIT)
        await s.trading.place(profit)
        assert rooms(s) == [Decimal("0.95"), Decimal("0.99")]
        known = msgspec.structs.replace(stop, status=ts.OrderStatus.ACCEPTED, venue_order_id=there)
        await s.trading.amend(known, ts.Terms(quantity=stop.quantity, price=None, stop_price=s.at("0.92")))
        assert rooms(s) == [Decimal("0.95"), Decimal("0.99")]


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_stop_whose_room_the_venue_finds_too_wide_goes_with_that_of_an_order_at_market(refusals: int) -> None:
    async with held(send_over="rest") as (s, _):
        there = await s.trading.place(stop := s.stop())
        known = msgspec.structs.replace(stop, status=ts.OrderStatus.ACCEPTED, venue_order_id=there)
        moved = ts.Terms(quantity=stop.quantity, price=None, stop_price=s.at("0.92"))
        for do in (lambda: s.trading.place(s.stop()), lambda: s.trading.amend(known, moved)):
            s.spoil_what_is_sent("refuse", status=400, body=TOO_FAR, count=refusals)
            if refusals == 1:
                await do()
            else:
                with pytest.raises(ts.errors.VenueRejected, match="lower stop_slippage_percent"):
                    await do()
        assert rooms(s) == ([Decimal("0.99"), Decimal("0.99")] if refusals == 1 else [Decimal("0.95")])


def rooms(s: Stage) -> list[Decimal]:
    """What is acceptable, of the price that is waited for."""
    requests = [order.request for order in s.theirs() if order.status.is_open]
    return [round((r.price or 0) / r.trigger_price, 4) for r in requests if r.trigger_price]
