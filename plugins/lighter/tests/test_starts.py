"""A venue that grants sixty questions a minute: what a start asks, and what is answered when no question is left."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from simulation.adapter_story import AdapterStory
from simulation.story import killed_after
from simulation.trial import LIGHTER

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage, staged

pytestmark = INSTALLED
TOO_MANY = '{"code":23000,"message":"Too Many Requests!"}'
AT_ONCE_S = 40.0  # where it had to wait for the next question, it would be most of a minute
LIFE_S = 10.0  # the market is twelve times as fast as the clock, so in this time there are two candles


class Starts(AdapterStory):
    """A service that is killed again and again; nothing else goes wrong."""

    def __init__(self, lives: int) -> None:
        super().__init__(LIGHTER, 0)
        self._lives = lives
        self.asked: list[Counter[str]] = []  # in each life, what came first first

    async def _live(self) -> None:
        async with self.trial.open():
            requests = self.trial.server.requests
            for _ in range(self._lives):
                requests.clear()
                await killed_after(LIFE_S, self._serve(asyncio.Event()), self.disk)
                self.asked.append(Counter({what: n for what, n in requests.items() if what.startswith("GET")}))


def left(s: Stage, quota: str) -> float:
    assert s.venue.limits is not None
    return next(use.left for use in s.venue.limits().quotas if use.quota == quota)


async def use_up(s: Stage) -> None:
    """All that the address may ask in this minute, but for what is kept for orders."""
    assert s.venue.ask_time is not None
    while left(s, "requests_1m") > 2:
        await s.venue.ask_time()


async def test_with_no_question_left_about_the_market_the_account_is_read_and_a_stop_goes_out() -> None:
    async with staged(QUALITY) as s:
        await s.trading.place(s.order())
        await use_up(s)
        async with asyncio.timeout(AT_ONCE_S):
            await s.trading.place(stop := s.stop(quantity=s.quantity))
            *_, seen = await s.account(stop)
        assert isinstance(seen, ts.AccountSeen)
        assert [held.quantity for held in seen.holdings] == [s.quantity]
        assert [standing.client_order_id for standing in seen.orders] == [stop.order_id]


async def test_leverage_is_counted_apart_from_orders_so_that_many_markets_are_set_at_the_pace_that_is_granted() -> None:
    async with staged(QUALITY, config={"leverage": 10}) as s:
        assert (left(s, "settings_1m"), left(s, "send_1m")) == (39, 60)
        await s.trading.place(s.order())
        assert (left(s, "settings_1m"), left(s, "send_1m")) == (39, 59)


async def test_a_question_that_was_one_too_many_holds_up_questions_and_no_stop() -> None:
    async with staged(QUALITY) as s, listening(s.venue, s.symbol):
        await s.trading.place(s.order())
        s.fault(on="rest", kind="refuse", match="accountActiveOrders", status=429, body=TOO_MANY)
        for _ in range(2):  # the second one does not leave
            with pytest.raises(ts.errors.VenueUnavailable):
                await s.account()
        assert s.server.requests["GET /api/v1/accountActiveOrders"] == 1
        async with asyncio.timeout(AT_ONCE_S):
            await s.trading.place(s.stop(quantity=s.quantity))


async def test_the_permissions_of_all_keys_are_one_question() -> None:
    async with staged(QUALITY) as s:
        assert s.venue.permissions is not None
        assert (await s.venue.permissions()).can_trade
        assert s.server.requests["GET /api/v1/apikeys"] == 1


async def test_a_paid_tiers_questions_are_all_the_accounts_also_those_about_the_market() -> None:
    async with staged(QUALITY, config={"tier": "premium"}) as s:
        before = left(s, "account_weight_1m")
        await s.history.candles(s.instrument, ts.Timeframe.M1, 0, 1)
        assert left(s, "account_weight_1m") < before
        assert left(s, "requests_1m") == 60


def test_what_protects_is_asked_first_at_each_start_and_three_starts_in_a_minute_are_granted() -> None:
    story = Starts(3)
    story.run()
    assert len(story.trial.executions) > 3  # there was something to protect
    for asked in story.asked:
        before = list(asked)[: list(asked).index("GET /api/v1/account")]
        assert not {"GET /api/v1/candles", "GET /api/v1/recentTrades", "GET /api/v1/positionFunding"} & {*before}
        assert asked.total() <= 20
        assert asked["GET /"] == 1


async def test_however_many_orders_have_ended_meanwhile_one_question_tells_of_all() -> None:
    async with staged(QUALITY) as s:
        orders = [s.order(quantity=s.piece(3)) for _ in range(3)]
        for order in orders:
            await s.trading.place(order)
        s.server.requests.clear()
        filled = {event.fill.order_id for event in await s.account(*orders) if isinstance(event, ts.OrderFilled)}
        assert filled == {order.order_id for order in orders}
        assert s.server.requests["GET /api/v1/accountInactiveOrders"] == 1
