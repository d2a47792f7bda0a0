"""What a stream may lose, and what it may not."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from twinstar.builtin.ccxt.backoff import DROPPED_S, HEALTHY_S, LONGEST_S, REMEMBERED_S, Backoff
from twinstar.builtin.ccxt.feed import Feed
from twinstar.domain import Event, InstrumentId, OrderAccepted, Side, TradeSeen
from twinstar.errors import VenueUnavailable


def accepted(number: int) -> OrderAccepted:
    return OrderAccepted(time_ms=number, order_id=f"order-{number}", venue_order_id=str(number))


def traded(number: int) -> TradeSeen:
    return TradeSeen(
        time_ms=number,
        instrument=InstrumentId("BTC/KRW", "upbit"),
        price=Decimal(1),
        quantity=Decimal(1),
        side=Side.BUY,
    )


def feed_of(capacity: int) -> Feed:
    return Feed("upbit", "orders", lambda result, _, __: result, capacity=capacity)


async def taken(feed: Feed, count: int) -> list[Event | None]:
    return [await feed.next(1.0) for _ in range(count)]


async def test_events_come_in_order_and_then_the_reason_for_the_end() -> None:
    feed = feed_of(10)
    feed.take([accepted(1), accepted(2)], None, "hash")
    feed.fail(VenueUnavailable("upbit", "gone"))
    feed.fail(VenueUnavailable("upbit", "gone once more"))
    assert await taken(feed, 2) == [accepted(1), accepted(2)]
    with pytest.raises(VenueUnavailable, match=r"gone$"):
        await feed.next()


async def test_public_trades_beyond_the_capacity_are_dropped_and_counted() -> None:
    feed = feed_of(2)
    feed.take([traded(number) for number in range(5)], None, "hash")
    assert (await taken(feed, 2), feed.dropped) == ([traded(0), traded(1)], 3)
    assert await feed.next(0.001) is None


async def test_nothing_of_the_account_is_dropped_in_silence() -> None:
    feed = feed_of(2)
    feed.take([accepted(number) for number in range(3)], None, "hash")
    await taken(feed, 2)
    with pytest.raises(VenueUnavailable, match="not taken"):
        await feed.next()


async def test_a_subscription_that_is_never_answered_is_given_up() -> None:
    with pytest.raises(VenueUnavailable, match="no answer"):
        await feed_of(1).standing(0.01)


async def test_a_feed_of_several_subscriptions_stands_when_the_last_of_them_does() -> None:
    feed = feed_of(1)
    feed.expect("orders")
    feed.expect("executions")
    feed.stand("orders")
    with pytest.raises(VenueUnavailable, match="no answer"):
        await feed.standing(0.01)
    feed.stand("executions")
    await feed.standing(0.01)


async def test_where_no_answer_is_promised_a_subscription_that_left_stands_after_a_while() -> None:
    feed = feed_of(1)
    feed.sent()
    await feed.standing(0.01)
    feed.fail(VenueUnavailable("upbit", "refused after all"))
    with pytest.raises(VenueUnavailable, match="refused"):
        await feed.standing(0.01)


def test_a_line_that_keeps_dying_young_is_dialled_ever_more_rarely() -> None:
    backoff, now_s, waits = Backoff(Random(1)), 0.0, []
    for _ in range(12):
        backoff.lost("line", lived_s=0.01, now_s=now_s)
        waits.append(backoff.wait_s("line", now_s))
        now_s += waits[-1]
    assert all(later > earlier for earlier, later in zip(waits[:6], waits[2:8], strict=True))
    assert LONGEST_S / 2 <= waits[-1] <= LONGEST_S
    assert backoff.wait_s("another line", now_s) == 0.0


def test_a_line_that_lived_is_dialled_soon() -> None:
    backoff = Backoff(Random(1))
    for _ in range(8):
        backoff.lost("line", lived_s=0.0, now_s=0.0)
    backoff.lost("line", lived_s=HEALTHY_S + 1, now_s=100.0)
    assert backoff.wait_s("line", 100.0) < 0.3


def test_a_line_that_was_taken_only_to_be_dropped_is_remembered_for_a_while() -> None:
    backoff = Backoff(Random(1))
    for lived_s in (DROPPED_S, HEALTHY_S):
        backoff.lost("line", lived_s=lived_s, now_s=0.0)
        assert not backoff.is_flapping(1.0)
    backoff.lost("another line", lived_s=DROPPED_S - 1, now_s=10.0)
    assert backoff.is_flapping(10.0 + REMEMBERED_S - 1)
    assert not backoff.is_flapping(10.0 + REMEMBERED_S)


def test_the_venue_may_ask_for_a_longer_wait() -> None:
    backoff = Backoff(Random(1))
    backoff.lost("line", lived_s=0.0, now_s=0.0, at_least_s=60.0)
    assert backoff.wait_s("line", 0.0) == 60.0
