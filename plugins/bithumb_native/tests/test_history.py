"""After a long outage: what the venue no longer answers for by name, its history still tells, week by week."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

import twinstar as ts
from twinstar.sim import model
from twinstar.testing.conformance.stage import MAIN, Stage
from twinstar_bithumb_native.history import MOST_WINDOWS, WINDOW_MS, windows

from .test_trading import refusing, stage_of

NOW_MS = 1_800_000_000_000
DAY_MS = 24 * 3_600_000
HISTORY = "GET /v2/orders/history"


def as_we_left_it(order: ts.Order, s: Stage, days: int) -> ts.Order:
    """Accepted, and not heard of since."""
    long_ago_ms = s.clock.now_ms() - days * DAY_MS
    return msgspec.structs.replace(
        order, status=ts.OrderStatus.ACCEPTED, venue_order_id="C01", created_ms=long_ago_ms, status_ms=long_ago_ms
    )


def others(s: Stage, count: int) -> None:
    """Orders that were canceled at once."""
    for number in range(count):
        wish = model.Request(
            symbol=s.symbol,
            side=model.Side.BUY,
            kind=model.Kind.LIMIT,
            quantity=Decimal("0.001"),
            price=s.at("0.5"),
            client_id=f"theirs-{number}",
        )
        s.exchange.cancel(MAIN.account, s.exchange.place(MAIN.account, wish).id)


def fills(events: list[ts.Event]) -> list[ts.Fill]:
    return [event.fill for event in events if isinstance(event, ts.OrderFilled)]


async def test_a_fill_that_only_the_history_remembers_is_found_with_its_trades() -> None:
    async with stage_of() as s:
        order = s.order(side=ts.Side.SELL, quantity=Decimal("0.25"))
        await s.trading.place(order)
        refusing(s, "order_not_found", status=404, on="GET .*/v1/order$")
        found = fills(await s.account(as_we_left_it(order, s, days=20)))
        assert [(each.price, each.quantity) for each in found] == [(e.price, e.quantity) for e in s.executions]
        assert s.asked()[HISTORY] == 3  # 20 days


async def test_where_the_trades_are_forgotten_too_what_they_come_to_is_told_as_one_fill() -> None:
    async with stage_of() as s:
        order = s.order(side=ts.Side.SELL, quantity=Decimal("0.25"))
        await s.trading.place(order)
        refusing(s, "order_not_found", status=404, on="GET .*/v1/order$", count=99)
        left = as_we_left_it(order, s, days=1)
        (fill,) = fills(await s.account(left))
        cost = sum(each.price * each.quantity for each in s.executions)
        assert (fill.quantity, fill.price * fill.quantity) == (Decimal("0.25"), cost)
        assert fill.fee == cost * Decimal("0.0025")
        assert fills(await s.account(left)) == [fill]  # told again, it is the same fill


async def test_of_an_order_that_was_filled_in_part_the_rest_is_told_and_the_whole_costs_what_the_venue_says() -> None:
    async with stage_of() as s:
        order = s.order(side=ts.Side.SELL, quantity=Decimal("0.25"))
        await s.trading.place(order)
        refusing(s, "order_not_found", status=404, on="GET .*/v1/order$", count=99)
        part, price = Decimal("0.1"), s.executions[0].price + 1_000
        known = msgspec.structs.replace(as_we_left_it(order, s, days=1), filled=part, average_price=price)
        (fill,) = fills(await s.account(known))
        assert fill.quantity == Decimal("0.15")
        cost = sum(each.price * each.quantity for each in s.executions)
        assert abs(fill.price * fill.quantity + part * price - cost) < Decimal("0.000001")


@pytest.mark.parametrize(("count", "pages"), [(99, 1), (100, 2), (230, 3)])
async def test_a_window_is_read_page_by_page_to_its_last_order(count: int, pages: int) -> None:
    async with stage_of() as s:
        order = s.order(side=ts.Side.SELL, quantity=Decimal("0.01"))
        await s.trading.place(order)
        others(s, count)
        refusing(s, "order_not_found", status=404, on="GET .*/v1/order$")
        assert fills(await s.account(as_we_left_it(order, s, days=6)))
        assert s.asked()[HISTORY] == pages


async def test_what_the_history_does_not_hold_either_is_over() -> None:
    async with stage_of() as s:
        (canceled, seen) = await s.account(as_we_left_it(s.resting(), s, days=8))
        assert isinstance(canceled, ts.OrderCanceled)
        assert isinstance(seen, ts.AccountSeen)
        assert s.asked()[HISTORY] == 2


async def test_a_history_that_cannot_be_read_to_its_end_is_no_reading_at_all() -> None:
    async with stage_of() as s:
        refusing(s, "server_error", status=500, on="/v2/orders/history", count=99)
        with pytest.raises(ts.errors.VenueUnavailable, match="history"):
            await s.account(as_we_left_it(s.resting(), s, days=1))


async def test_an_order_that_may_still_be_on_its_way_is_not_sought_in_the_history() -> None:
    async with stage_of() as s:
        doubted = s.order(status=ts.OrderStatus.IN_DOUBT, status_ms=s.clock.now_ms())
        (seen,) = await s.account(doubted)
        assert isinstance(seen, ts.AccountSeen)
        assert HISTORY not in s.asked()


@pytest.mark.parametrize(("ms", "count"), [(0, 0), (1, 1), (WINDOW_MS, 1), (WINDOW_MS + 1, 2), (3 * WINDOW_MS, 3)])
def test_windows_leave_no_moment_out_and_are_none_too_long(ms: int, count: int) -> None:
    found = list(windows(NOW_MS - ms, NOW_MS))
    assert len(found) == count
    assert all(end_ms - start_ms <= WINDOW_MS for start_ms, end_ms in found)
    edges = [NOW_MS - ms, *(end_ms for _, end_ms in found)]
    assert [start_ms for start_ms, _ in found] == edges[:-1]
    assert edges[-1] == NOW_MS


def test_an_order_of_unknown_age_is_not_sought_since_the_beginning_of_time() -> None:
    assert len(list(windows(0, NOW_MS))) == MOST_WINDOWS
